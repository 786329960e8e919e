#include "models/interrupt/time_base.hpp"

#include <limits>

namespace terse {

TimeBase::TimeBase(std::uint32_t megahertz)
    : megahertz_(megahertz), units_per_microsecond_(sc_core::sc_time(1, sc_core::SC_US).value()) {}

std::uint64_t TimeBase::ticks_at(sc_core::sc_time time) const {
  const std::uint64_t microseconds = time.value() / units_per_microsecond_;
  const std::uint64_t rest = time.value() % units_per_microsecond_;
  return microseconds * megahertz_ + rest * megahertz_ / units_per_microsecond_;
}

std::optional<sc_core::sc_time> TimeBase::time_of(std::uint64_t tick) const {
  const std::uint64_t microseconds = tick / megahertz_;
  const std::uint64_t rest = tick % megahertz_;
  // One microsecond less than the maximum leaves room for the rest.
  if (microseconds >= std::numeric_limits<std::uint64_t>::max() / units_per_microsecond_ - 1) return {};
  const std::uint64_t rounded_up = (rest * units_per_microsecond_ + megahertz_ - 1) / megahertz_;
  return sc_core::sc_time::from_value(microseconds * units_per_microsecond_ + rounded_up);
}

}  // namespace terse
