#pragma once
// mcycle, minstret and time.
#include <cstdint>
#include <functional>
#include <utility>

#include "models/riscv/local_time.hpp"

namespace terse::riscv {

/// A 64-bit counter that follows a source which never stops: writing moves its offset, inhibiting freezes it.
class FollowingCounter {
 public:
  std::uint64_t value(std::uint64_t source) const { return inhibited_ ? frozen_ : source - offset_; }
  void set(std::uint64_t value, std::uint64_t source) {
    offset_ = source - value;
    frozen_ = value;
  }
  void inhibit(bool inhibited, std::uint64_t source) {
    set(value(source), source);
    inhibited_ = inhibited;
  }

 private:
  std::uint64_t offset_ = 0;
  std::uint64_t frozen_ = 0;
  bool inhibited_ = false;
};

/// Ticks of the timebase: tick n begins at n / megahertz microseconds exactly, as mtime in the CLINT counts them, even
/// where the period is no multiple of the time resolution.
struct TimebaseRatio {
  std::uint64_t megahertz = 1;
  std::uint64_t units_per_microsecond = 1;  ///< of the kernel's time resolution

  std::uint64_t ticks_at(std::uint64_t now) const {
    const std::uint64_t microseconds = now / units_per_microsecond;
    return microseconds * megahertz + now % units_per_microsecond * megahertz / units_per_microsecond;
  }
};

/// Timing rule: an instruction's own cycles have passed when it reads a counter. So the first instruction after reset,
/// fetched without latency, reads mcycle = 1 and minstret = 0.
class Counters {
 public:
  static constexpr std::uint32_t cycle_bit = 1;  // in mcountinhibit and mcounteren
  static constexpr std::uint32_t time_bit = 2;
  static constexpr std::uint32_t instret_bit = 4;

  Counters(const LocalTime& time, const std::uint64_t& retired, std::uint64_t period, const TimebaseRatio& timebase)
      : time_(time), retired_(retired), period_(period), timebase_(timebase) {}

  std::uint64_t cycle() const { return cycle_.value(time_.now / period_); }
  std::uint64_t instret() const { return instret_.value(retired_); }
  std::uint64_t time() const { return time_source_ ? time_source_(time_.now) : timebase_.ticks_at(time_.now); }

  void set_cycle(std::uint64_t value) { cycle_.set(value, time_.now / period_); }
  /// The instruction that writes minstret does not count itself: the next one reads what was written.
  void set_instret(std::uint64_t value) { instret_.set(value, retired_ + 1); }

  /// Takes `time` from elsewhere: ticks at a local time.
  void set_time_source(std::function<std::uint64_t(std::uint64_t now)> source) { time_source_ = std::move(source); }

  std::uint32_t inhibited() const { return inhibited_; }
  void set_inhibited(std::uint32_t bits) {
    inhibited_ = bits & (cycle_bit | instret_bit);
    cycle_.inhibit((inhibited_ & cycle_bit) != 0, time_.now / period_);
    // As with a write: the change holds from the next instruction on.
    instret_.inhibit((inhibited_ & instret_bit) != 0, retired_ + 1);
  }

 private:
  const LocalTime& time_;
  const std::uint64_t& retired_;
  std::uint64_t period_;
  TimebaseRatio timebase_;
  std::function<std::uint64_t(std::uint64_t)> time_source_;
  FollowingCounter cycle_;
  FollowingCounter instret_;
  std::uint32_t inhibited_ = 0;
};

}  // namespace terse::riscv
