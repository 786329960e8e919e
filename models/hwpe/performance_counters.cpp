#include "models/hwpe/performance_counters.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace terse {

using registers::hwpe::Counter;

void PerformanceCounters::book(std::uint64_t now) {
  const std::uint64_t passed = now - since_;
  since_ = now;
  job_cycles_[static_cast<std::size_t>(cause_)] += passed;
  if (!enabled_) return;
  cycles_[static_cast<std::size_t>(cause_)] += passed;
  elapsed_ += passed;
}

void PerformanceCounters::add(const Cycles& passed, std::uint64_t now) {
  assert(std::accumulate(passed.begin(), passed.end(), std::uint64_t{0}) == now - since_);
  for (std::size_t cause = 0; cause < passed.size(); ++cause) {
    job_cycles_[cause] += passed[cause];
    if (enabled_) cycles_[cause] += passed[cause];
  }
  if (enabled_) elapsed_ += now - since_;
  since_ = now;
}

void PerformanceCounters::reattribute(Cause from, Cause to, std::uint64_t cycles, std::uint64_t now) {
  book(now);
  const auto move = [&](Cycles& tally) {  // software may have cleared or stopped its counters meanwhile
    const std::uint64_t moved = std::min(cycles, tally[static_cast<std::size_t>(from)]);
    tally[static_cast<std::size_t>(from)] -= moved;
    tally[static_cast<std::size_t>(to)] += moved;
  };
  move(job_cycles_);
  move(cycles_);
}

void PerformanceCounters::switch_to(Cause cause, std::uint64_t now) {
  book(now);
  cause_ = cause;
}

void PerformanceCounters::start_job(Cause cause, std::uint64_t now) {
  switch_to(cause, now);
  job_cycles_.fill(0);
}

const PerformanceCounters::Cycles& PerformanceCounters::job_cycles(std::uint64_t now) {
  book(now);
  return job_cycles_;
}

void PerformanceCounters::enable(bool enabled, std::uint64_t now) {
  book(now);
  enabled_ = enabled;
}

void PerformanceCounters::clear(std::uint64_t now) {
  book(now);
  elapsed_ = 0;
  cycles_.fill(0);
}

void PerformanceCounters::snapshot(std::uint64_t now) {
  book(now);
  snapshot_elapsed_ = elapsed_;
  snapshot_ = cycles_;
}

std::uint64_t PerformanceCounters::snapshot_value(Counter counter) const {
  return counter == Counter::elapsed ? snapshot_elapsed_ : snapshot_[static_cast<std::size_t>(counter) - 1];
}

}  // namespace terse
