#pragma once
// The ternary MAC array: the dense pass of a tile.
#include <cstdint>

#include "registers/generated/tmac.hpp"
#include "sw_driver/hwpe_unit.hpp"

namespace terse::driver {

using TmacJob = registers::tmac::Job;

/// Job registers that a job without FLAGS.FUSED uses.
inline constexpr std::uint32_t tmac_dense_registers = (registers::tmac::flags - registers::tmac::tag) / 4 + 1;

template <Hal H>
class Tmac : public HwpeUnit<H> {
 public:
  Tmac(H& hal, Interrupts<H>& interrupts) : HwpeUnit<H>(hal, interrupts, UnitKind::tmac) {}

  /// Widest activation in bits.
  [[nodiscard]] std::uint32_t activation_bits() const {
    return registers::tmac::fields::cap_formats::activation_bits.get(this->read(registers::tmac::cap_formats));
  }
  /// Bit f set: weight_format f is supported.
  [[nodiscard]] std::uint32_t weight_formats() const {
    return registers::tmac::fields::cap_formats::weight_formats.get(this->read(registers::tmac::cap_formats));
  }
  /// CAP_FUSED.
  [[nodiscard]] std::uint32_t fused_capabilities() const { return this->read(registers::tmac::cap_fused); }
};

}  // namespace terse::driver
