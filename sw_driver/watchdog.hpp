#pragma once
// A deadline for everything the driver waits for. The timer ticks once per period; when a whole period passed without
// progress, whatever is under way is stuck. It is found after one to two periods, and costs nothing while work goes on.
#include <cstdint>

#include "sw_driver/clint.hpp"
#include "sw_driver/interrupts.hpp"

namespace terse::driver {

template <Hal H>
class Watchdog {
 public:
  Watchdog(Clint<H>& clint, Interrupts<H>& interrupts) : clint_(&clint), interrupts_(&interrupts) {}

  /// `period` in ticks of mtime.
  void start(std::uint64_t period) {
    period_ = period;
    progress_ = true;
    static_cast<void>(interrupts_->take_timer());
    clint_->arm(clint_->now() + period_);
  }
  void stop() { clint_->disarm(); }
  /// Something went on.
  void kick() { progress_ = true; }

  /// True when a period passed without a kick. Call after each wake-up.
  [[nodiscard]] bool expired() {
    if (!interrupts_->take_timer()) return false;
    if (!progress_) return true;
    progress_ = false;
    clint_->arm(clint_->now() + period_);
    return false;
  }

 private:
  Clint<H>* clint_;
  Interrupts<H>* interrupts_;
  std::uint64_t period_ = 0;
  bool progress_ = false;
};

}  // namespace terse::driver
