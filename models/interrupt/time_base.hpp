#pragma once
#include <cstdint>
#include <optional>
#include <systemc>

namespace terse {

/// Converts between simulated time and ticks of a whole number of MHz, exactly: a period such as 1/3 us is no multiple
/// of the kernel's resolution, so ticks are counted within microseconds.
class TimeBase {
 public:
  explicit TimeBase(std::uint32_t megahertz);

  /// Ticks that have begun by `time`; tick n begins at n / frequency.
  [[nodiscard]] std::uint64_t ticks_at(sc_core::sc_time time) const;
  /// When tick `tick` has begun, in the kernel's resolution (rounded up); nothing when that is after the end of time.
  [[nodiscard]] std::optional<sc_core::sc_time> time_of(std::uint64_t tick) const;

 private:
  std::uint64_t megahertz_;
  std::uint64_t units_per_microsecond_;
};

}  // namespace terse
