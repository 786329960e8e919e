#pragma once
#include <cstdint>
#include <deque>
#include <systemc>

namespace terse {

/// A channel that moves one transfer at a time, for initiators that run ahead of the kernel by different amounts.
///
/// A plain busy-until time would let a core that is a whole quantum ahead block everybody else for that quantum. So the
/// channel remembers *when* it is busy, and a transfer takes the free time from its arrival on, in pieces if need be.
/// The sum of all transfers is what the bandwidth allows, whatever the order in which they are asked for.
class SharedChannel {
 public:
  /// Books `duration` of channel time from `arrival` on and returns when the last of it is over. `now`: the kernel's
  /// time, before which nothing can arrive any more; arrival >= now.
  sc_core::sc_time reserve(sc_core::sc_time now, sc_core::sc_time arrival, sc_core::sc_time duration);

  /// Channel time booked so far.
  [[nodiscard]] sc_core::sc_time busy() const { return sc_core::sc_time::from_value(busy_); }

 private:
  /// [begin, end) in units of the time resolution.
  struct Interval {
    std::uint64_t begin;
    std::uint64_t end;
  };

  std::deque<Interval> intervals_;  ///< By time; never overlapping or touching.
  std::uint64_t busy_ = 0;
};

}  // namespace terse
