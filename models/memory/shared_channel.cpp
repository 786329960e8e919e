#include "models/memory/shared_channel.hpp"

#include <algorithm>

namespace terse {

sc_core::sc_time SharedChannel::reserve(sc_core::sc_time now, sc_core::sc_time arrival, sc_core::sc_time duration) {
  while (!intervals_.empty() && intervals_.front().end < now.value()) intervals_.pop_front();
  busy_ += duration.value();

  Interval merged{.begin = arrival.value(), .end = arrival.value()};
  std::uint64_t remaining = duration.value();
  const auto first = std::lower_bound(intervals_.begin(), intervals_.end(), merged.begin,
                                      [](const Interval& interval, std::uint64_t time) { return interval.end < time; });
  auto next = first;
  while (remaining > 0 && next != intervals_.end()) {
    if (next->begin > merged.end) {
      const std::uint64_t taken = std::min(remaining, next->begin - merged.end);
      merged.end += taken;
      remaining -= taken;
      if (remaining == 0) break;
    }
    merged.end = next->end;
    ++next;
  }
  merged.end += remaining;
  const sc_core::sc_time finished = sc_core::sc_time::from_value(merged.end);

  // All time from arrival to the end is busy now: one interval replaces those it has swallowed or touches.
  if (next != first) merged.begin = std::min(merged.begin, first->begin);
  if (next != intervals_.end() && next->begin == merged.end) {
    merged.end = next->end;
    ++next;
  }
  intervals_.insert(intervals_.erase(first, next), merged);
  return finished;
}

}  // namespace terse
