#pragma once
// Console output on a 16550 with 32-bit register spacing (models/uart).
#include <cstdint>
#include <string_view>

#include "registers/generated/uart.hpp"
#include "sw_driver/hal.hpp"

namespace terse::driver {

template <Hal H>
class Uart {
 public:
  explicit Uart(H& hal) : hal_(&hal) {}

  /// `base` 0: not there, output is dropped.
  void init(std::uint32_t base) {
    base_ = base;
    if (base_ == 0) return;
    hal_->write32(base_ + registers::uart::ier, 0);
    hal_->write32(base_ + registers::uart::lcr, eight_bits);
    hal_->write32(base_ + registers::uart::iir_fcr, enable_fifo);
  }

  void put(std::string_view text) {
    for (const char character : text) put(character);
  }
  void put(char character) {
    if (base_ == 0) return;
    // A transmitter that never empties costs the character, not the program.
    for (int spin = 0; spin < max_spins; ++spin) {
      if ((hal_->read32(base_ + registers::uart::lsr) & transmitter_empty) != 0) break;
    }
    hal_->write32(base_ + registers::uart::rbr_thr, static_cast<unsigned char>(character));
  }

 private:
  static constexpr std::uint32_t eight_bits = 0x03;
  static constexpr std::uint32_t enable_fifo = 0x01;
  static constexpr std::uint32_t transmitter_empty = 0x20;
  static constexpr int max_spins = 100'000;

  H* hal_;
  std::uint32_t base_ = 0;
};

}  // namespace terse::driver
