#pragma once
// Platform-level interrupt controller (RISC-V PLIC layout), context 0: machine mode of hart 0.
#include <cstdint>

#include "sw_driver/hal.hpp"

namespace terse::driver {

template <Hal H>
class Plic {
 public:
  static constexpr std::uint32_t priority = 0x000000;  ///< One word per source.
  static constexpr std::uint32_t pending = 0x001000;   ///< One bit per source.
  static constexpr std::uint32_t enable = 0x002000;
  static constexpr std::uint32_t threshold = 0x200000;
  static constexpr std::uint32_t claim_complete = 0x200004;

  explicit Plic(H& hal) : hal_(&hal) {}

  /// All interrupts of priority 1 and more pass.
  void init(std::uint32_t base) {
    base_ = base;
    hal_->write32(base_ + threshold, 0);
  }

  void enable_source(std::uint32_t source, std::uint32_t level = 1) {
    hal_->write32(base_ + priority + 4 * source, level);
    const std::uint32_t address = base_ + enable + 4 * (source / 32);
    hal_->write32(address, hal_->read32(address) | 1u << source % 32);
  }
  void disable_source(std::uint32_t source) {
    const std::uint32_t address = base_ + enable + 4 * (source / 32);
    hal_->write32(address, hal_->read32(address) & ~(1u << source % 32));
    hal_->write32(base_ + priority + 4 * source, 0);
  }
  [[nodiscard]] bool is_pending(std::uint32_t source) {
    return (hal_->read32(base_ + pending + 4 * (source / 32)) >> source % 32 & 1u) != 0;
  }

  /// The most urgent pending source, which is not offered again before complete(); 0: none.
  [[nodiscard]] std::uint32_t claim() { return hal_->read32(base_ + claim_complete); }
  void complete(std::uint32_t source) { hal_->write32(base_ + claim_complete, source); }

 private:
  H* hal_;
  std::uint32_t base_ = 0;
};

}  // namespace terse::driver
