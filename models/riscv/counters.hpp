#pragma once
// mcycle, minstret, time, and the hardware performance monitors mhpmcounter3 to mhpmcounter6.
#include <algorithm>
#include <array>
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
  bool inhibited() const { return inhibited_; }

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

/// What the hart counts, from zero and never set back; what software sees follows it at an offset.
struct EventCounts {
  // Kept up only while CsrFile::counts_events(): nobody follows them otherwise.
  std::uint64_t taken_branches = 0;  ///< and jumps; not traps and mret
  std::uint64_t loads = 0;           ///< lr and the load half of atomic operations included
  std::uint64_t stores = 0;  ///< sc, whether it succeeds or not, and the store half of atomic operations included
  // Kept up always.
  std::uint64_t cycles_asleep = 0;  ///< in wfi
};

/// Values of mhpmevent3 to mhpmevent6.
enum class MonitoredEvent : std::uint32_t { none, taken_branch, load, store, stall_cycle };

/// Timing rule: an instruction's own cycles have passed when it reads a counter. So the first instruction after reset,
/// fetched without latency, reads mcycle = 1 and minstret = 0. It has not retired then, but will: its last cycle is no
/// stall cycle.
class Counters {
 public:
  static constexpr std::uint32_t cycle_bit = 1;  // in mcountinhibit and mcounteren
  static constexpr std::uint32_t time_bit = 2;
  static constexpr std::uint32_t instret_bit = 4;
  static constexpr unsigned first_monitor = 3;  // number and bit of mhpmcounter3
  static constexpr unsigned monitor_count = 4;
  static constexpr std::uint32_t monitor_bits = ((1u << monitor_count) - 1) << first_monitor;

  Counters(const LocalTime& time, const std::uint64_t& retired, const EventCounts& events, std::uint64_t period,
           const TimebaseRatio& timebase)
      : time_(time), retired_(retired), events_(events), period_(period), timebase_(timebase) {}

  std::uint64_t cycle() const { return cycle_.value(cycles_now()); }
  std::uint64_t instret() const { return instret_.value(retired_); }
  std::uint64_t time() const {
    return time_source_ ? time_source_(time_.now * period_) : timebase_.ticks_at(time_.now * period_);
  }

  void set_cycle(std::uint64_t value) { cycle_.set(value, cycles_now()); }
  /// The instruction that writes minstret does not count itself: the next one reads what was written.
  void set_instret(std::uint64_t value) { instret_.set(value, retired_ + 1); }

  /// Takes `time` from elsewhere: ticks at a local time.
  void set_time_source(std::function<std::uint64_t(std::uint64_t now)> source) { time_source_ = std::move(source); }

  // Monitors count from 0 here: 0 is mhpmcounter3.
  std::uint64_t monitor(unsigned index) const {
    const Monitor& monitor = monitors_[index];
    return monitor.counter.value(count_of(monitor.event));
  }
  void set_monitor(unsigned index, std::uint64_t value) {
    Monitor& monitor = monitors_[index];
    monitor.counter.set(value, count_of(monitor.event));
  }
  MonitoredEvent event(unsigned index) const { return monitors_[index].event; }
  /// The counter keeps its value and goes on from there.
  void select_event(unsigned index, MonitoredEvent event) {
    const std::uint64_t value = monitor(index);
    monitors_[index].event = event;
    set_monitor(index, value);
  }
  /// Whether a running monitor follows an event that the hart has to count for it: one of EventCounts' first three.
  bool counts_events() const {
    return std::ranges::any_of(monitors_, [](const Monitor& monitor) {
      return !monitor.counter.inhibited() && monitor.event >= MonitoredEvent::taken_branch &&
             monitor.event <= MonitoredEvent::store;
    });
  }

  std::uint32_t inhibited() const { return inhibited_; }
  void set_inhibited(std::uint32_t bits) {
    inhibited_ = bits & (cycle_bit | instret_bit | monitor_bits);
    cycle_.inhibit((inhibited_ & cycle_bit) != 0, cycles_now());
    // As with a write: the change holds from the next instruction on.
    instret_.inhibit((inhibited_ & instret_bit) != 0, retired_ + 1);
    for (unsigned i = 0; i < monitor_count; ++i) {
      const bool inhibit = (inhibited_ >> (first_monitor + i) & 1) != 0;
      monitors_[i].counter.inhibit(inhibit, count_of(monitors_[i].event));
    }
  }

 private:
  struct Monitor {
    MonitoredEvent event = MonitoredEvent::none;
    FollowingCounter counter;
  };

  std::uint64_t cycles_now() const { return time_.now; }

  std::uint64_t stall_cycles() const {
    const std::uint64_t busy = events_.cycles_asleep + retired_ + 1;  // 1: the instruction that reads
    const std::uint64_t cycles = cycles_now();
    return cycles > busy ? cycles - busy : 0;
  }

  std::uint64_t count_of(MonitoredEvent event) const {
    switch (event) {
      case MonitoredEvent::none:
        break;
      case MonitoredEvent::taken_branch:
        return events_.taken_branches;
      case MonitoredEvent::load:
        return events_.loads;
      case MonitoredEvent::store:
        return events_.stores;
      case MonitoredEvent::stall_cycle:
        return stall_cycles();
    }
    return 0;
  }

  const LocalTime& time_;
  const std::uint64_t& retired_;
  const EventCounts& events_;
  std::uint64_t period_;
  TimebaseRatio timebase_;
  std::function<std::uint64_t(std::uint64_t)> time_source_;
  FollowingCounter cycle_;
  FollowingCounter instret_;
  std::array<Monitor, monitor_count> monitors_;
  std::uint32_t inhibited_ = 0;
};

}  // namespace terse::riscv
