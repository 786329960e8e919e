#include "platform/run/attribution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace terse::run {
namespace {

constexpr std::size_t index_of(Cause cause) {
  return static_cast<std::size_t>(cause);
}

StallsOfUnit named(const std::string& unit, const std::array<double, cause_count>& cycles) {
  StallsOfUnit stalls{.unit = unit, .causes = {}};
  for (std::size_t cause = 0; cause < cause_count; ++cause) {
    stalls.causes.emplace_back(cause_names[cause], cycles[cause]);
  }
  return stalls;
}

StallsOfUnit core_stalls(const std::array<double, cause_count>& cycles) {
  return {.unit = "cpu",
          .causes = {{"execute", cycles[index_of(Cause::compute)]}, {"asleep", cycles[index_of(Cause::idle)]}}};
}

}  // namespace

Attribution::Attribution(const std::vector<std::string>& units, const std::vector<RecordedJob>& jobs,
                         const std::vector<Sleep>& sleeps, sc_core::sc_time clock_period, std::uint64_t cycles)
    : period_(clock_period.value()), cycles_(cycles) {
  make_background(jobs, sleeps);
  for (const std::string& unit : units) add_unit(unit, jobs);
}

void Attribution::make_background(const std::vector<RecordedJob>& jobs, const std::vector<Sleep>& sleeps) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> transfers;
  for (const RecordedJob& job : jobs) {
    if (job.pass == Pass::dma) transfers.emplace_back(cycle(job.record.start), cycle(job.record.end));
  }
  std::ranges::sort(transfers);
  std::uint64_t now = 0;
  const auto until = [&](std::uint64_t end, Cause cause) {
    end = std::min(end, cycles_);
    if (end <= now) return;
    Segment segment{.begin = now, .end = end};
    segment.cycles[index_of(cause)] = static_cast<double>(end - now);
    background_.push_back(segment);
    now = end;
  };
  auto transfer = transfers.begin();
  for (const Sleep& sleep : sleeps) {
    const std::uint64_t begin = cycle(sleep.begin), end = cycle(sleep.end);
    until(begin, Cause::driver);
    for (; transfer != transfers.end() && transfer->first < end; ++transfer) {
      if (transfer->second <= now) continue;
      until(transfer->first, Cause::idle);
      until(std::min(transfer->second, end), Cause::dma_wait);
      if (transfer->second > end) break;  // it goes on in the next sleep
    }
    until(end, Cause::idle);
  }
  until(cycles_, Cause::driver);

  now = 0;
  background_.swap(core_);
  for (const Sleep& sleep : sleeps) {
    until(cycle(sleep.begin), Cause::compute);
    until(cycle(sleep.end), Cause::idle);
  }
  until(cycles_, Cause::compute);
  background_.swap(core_);
}

void Attribution::add_without_job(Unit& unit, std::uint64_t begin, std::uint64_t end) const {
  auto segment =
      std::ranges::partition_point(background_, [&](const Segment& candidate) { return candidate.end <= begin; });
  for (; segment != background_.end() && segment->begin < end; ++segment) {
    Segment part{.begin = std::max(begin, segment->begin), .end = std::min(end, segment->end)};
    const double share =
        static_cast<double>(part.end - part.begin) / static_cast<double>(segment->end - segment->begin);
    for (std::size_t cause = 0; cause < cause_count; ++cause) {  // one of them is all
      part.cycles[cause] = std::round(segment->cycles[cause] * share);
    }
    unit.segments.push_back(part);
  }
}

void Attribution::add_unit(const std::string& name, const std::vector<RecordedJob>& jobs) {
  Unit unit{.name = name, .segments = {}};
  std::uint64_t now = 0;
  for (const RecordedJob& job : jobs) {  // a unit's jobs end, and are recorded, in order
    if (job.record.unit != name) continue;
    Segment segment{.begin = cycle(job.record.start), .end = cycle(job.record.end)};
    for (std::size_t cause = 0; cause < cause_count; ++cause) {
      segment.cycles[cause] = static_cast<double>(job.record.cycles[cause]);
    }
    if (segment.begin > now) add_without_job(unit, now, segment.begin);
    now = segment.end;
    unit.segments.push_back(segment);
  }
  if (now < cycles_) add_without_job(unit, now, cycles_);
  units_.push_back(std::move(unit));
}

void Attribution::add(const Unit& unit, std::uint64_t begin, std::uint64_t end, Cycles& sum) const {
  auto segment =
      std::ranges::partition_point(unit.segments, [&](const Segment& candidate) { return candidate.end <= begin; });
  for (; segment != unit.segments.end() && segment->begin < end; ++segment) {
    if (segment->begin == segment->end) continue;
    const std::uint64_t inside = std::min(end, segment->end) - std::max(begin, segment->begin);
    const double share = static_cast<double>(inside) / static_cast<double>(segment->end - segment->begin);
    for (std::size_t cause = 0; cause < cause_count; ++cause) sum[cause] += segment->cycles[cause] * share;
  }
}

Stalls Attribution::total() const {
  Stalls stalls;
  const auto check = [&](const std::string& name, const Cycles& sum) {
    double all = 0;
    for (const double cycles : sum) all += cycles;
    if (all == static_cast<double>(cycles_)) return;
    throw std::logic_error(
        fmt::format("the causes of {} sum to {:.0f} cycles, but the run has {}", name, all, cycles_));
  };
  for (const Unit& unit : units_) {
    Cycles sum{};
    for (const Segment& segment : unit.segments) {
      for (std::size_t cause = 0; cause < cause_count; ++cause) sum[cause] += segment.cycles[cause];
    }
    check(unit.name, sum);
    stalls.push_back(named(unit.name, sum));
  }
  Cycles sum{};
  add({.name = "cpu", .segments = core_}, 0, cycles_, sum);
  check("cpu", sum);
  stalls.push_back(core_stalls(sum));
  return stalls;
}

Stalls Attribution::between(const std::vector<LayerSpan>& spans, double count) const {
  Stalls stalls;
  const auto sum_of = [&](const Unit& unit) {
    Cycles sum{};
    for (const LayerSpan& span : spans) add(unit, cycle(span.begin), cycle(span.end), sum);
    for (double& cycles : sum) cycles /= count;
    return sum;
  };
  for (const Unit& unit : units_) stalls.push_back(named(unit.name, sum_of(unit)));
  stalls.push_back(core_stalls(sum_of({.name = "cpu", .segments = core_})));
  return stalls;
}

}  // namespace terse::run
