#pragma once
// Attribution of every cycle to exactly one cause: the counters of the control block and the running job's own tally.
//
// At any time one cause is current. Whole cycles are booked to it when it changes, so the causes sum to ELAPSED and a
// job's causes to its duration, whatever the unit does; a snapshot in the middle of a wait is exact too.
#include <array>
#include <cstdint>

#include "models/hwpe/cause.hpp"

namespace terse {

class PerformanceCounters {
 public:
  using Cycles = std::array<std::uint64_t, cause_count>;

  /// From cycle `now` on the unit's time goes to `cause`. Cycles are numbered by the unit's clock.
  void switch_to(Cause cause, std::uint64_t now);
  /// The same, and the tally of a job starts at zero.
  void start_job(Cause cause, std::uint64_t now);
  /// The same time, attributed by somebody else: `passed` sums to the cycles since the last call of anything here.
  void add(const Cycles& passed, std::uint64_t now);
  /// Of the cycles booked to `from` in this job, `cycles` belong to `to`.
  void reattribute(Cause from, Cause to, std::uint64_t cycles, std::uint64_t now);
  /// The job's cycles up to `now`.
  [[nodiscard]] const Cycles& job_cycles(std::uint64_t now);

  void enable(bool enabled, std::uint64_t now);
  void clear(std::uint64_t now);
  /// Remembers all counters as of `now` for snapshot_value().
  void snapshot(std::uint64_t now);
  [[nodiscard]] std::uint64_t snapshot_value(registers::hwpe::Counter counter) const;

 private:
  void book(std::uint64_t now);

  std::uint64_t since_ = 0;  ///< Cycle up to which all time is booked.
  Cause cause_ = Cause::idle;
  bool enabled_ = true;
  std::uint64_t elapsed_ = 0;
  Cycles cycles_{};
  Cycles job_cycles_{};
  std::uint64_t snapshot_elapsed_ = 0;
  Cycles snapshot_{};
};

}  // namespace terse
