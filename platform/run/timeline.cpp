#include "platform/run/timeline.hpp"

#include <algorithm>

namespace terse::run {
namespace {

/// `visit` is called with every list of the timeline and how to get the interval of its items.
template <class Visit>
void for_each_list(Timeline& timeline, Visit visit) {
  const auto itself = [](const Interval& interval) { return interval; };
  const auto time = [](const auto& item) { return item.time; };
  visit(timeline.inferences, itself);
  visit(timeline.layers, time);
  for (UnitRow& row : timeline.units) visit(row.jobs, time);
  visit(timeline.sleeps, itself);
  visit(timeline.calls, time);
  for (InterruptRow& row : timeline.interrupts) visit(row.high, itself);
}

}  // namespace

void bound(Timeline& timeline, std::uint64_t limit, std::uint64_t complete_until) {
  std::vector<std::uint64_t> begins;
  for_each_list(timeline, [&](const auto& list, auto interval) {
    for (const auto& item : list) begins.push_back(interval(item).begin);
  });
  std::ranges::sort(begins);
  // Nothing that begins at or after `shown` stays; ties go together, so that no row is cut differently from another.
  timeline.shown = begins.size() > limit ? begins[limit] : timeline.cycles;
  timeline.shown = std::min(timeline.shown, complete_until);
  if (timeline.shown >= timeline.cycles) return;
  timeline.left_out = 0;
  for_each_list(timeline, [&](auto& list, auto interval) {
    timeline.left_out += std::erase_if(list, [&](const auto& item) { return interval(item).begin >= timeline.shown; });
  });
}

}  // namespace terse::run
