#pragma once
// Core-local interruptor (SiFive CLINT layout): software interrupt, timer. Only hart 0 is driven.
#include <cstdint>
#include <limits>

#include "sw_driver/hal.hpp"

namespace terse::driver {

template <Hal H>
class Clint {
 public:
  static constexpr std::uint32_t msip = 0x0000;
  static constexpr std::uint32_t mtimecmp = 0x4000;
  static constexpr std::uint32_t mtime = 0xBFF8;

  explicit Clint(H& hal) : hal_(&hal) {}

  void init(std::uint32_t base) {
    base_ = base;
    disarm();
    set_software_interrupt(false);
  }
  void term() { disarm(); }

  /// Ticks of the time base. The two words cannot be read at once; when the low word wrapped in between, its value is
  /// that of the new high word or less than one read later, so a second look settles it.
  [[nodiscard]] std::uint64_t now() const {
    const std::uint32_t before = hal_->read32(base_ + mtime + 4);
    std::uint32_t low = hal_->read32(base_ + mtime);
    const std::uint32_t high = hal_->read32(base_ + mtime + 4);
    if (high != before) low = hal_->read32(base_ + mtime);
    return std::uint64_t{high} << 32 | low;
  }

  /// The timer interrupt becomes pending when mtime >= ticks.
  void arm(std::uint64_t ticks) {
    // High word first to the maximum, so that no intermediate value lies in the past.
    hal_->write32(base_ + mtimecmp + 4, std::numeric_limits<std::uint32_t>::max());
    hal_->write32(base_ + mtimecmp, static_cast<std::uint32_t>(ticks));
    hal_->write32(base_ + mtimecmp + 4, static_cast<std::uint32_t>(ticks >> 32));
  }
  void disarm() { arm(std::numeric_limits<std::uint64_t>::max()); }

  void set_software_interrupt(bool pending) { hal_->write32(base_ + msip, pending ? 1 : 0); }

 private:
  H* hal_;
  std::uint32_t base_ = 0;
};

}  // namespace terse::driver
