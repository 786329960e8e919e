#pragma once
// The sparse high-precision unit: the sparse pass of a tile.
#include <cstdint>

#include "registers/generated/spu.hpp"
#include "sw_driver/hwpe_unit.hpp"

namespace terse::driver {

using SpuJob = registers::spu::Job;

/// Job registers that a job without FORMAT.ROW_ORDER uses.
inline constexpr std::uint32_t spu_plain_registers = (registers::spu::flags - registers::spu::tag) / 4 + 1;

template <Hal H>
class Spu : public HwpeUnit<H> {
 public:
  Spu(H& hal, Interrupts<H>& interrupts) : HwpeUnit<H>(hal, interrupts, UnitKind::spu) {}

  /// Bit f set: index_format f is supported.
  [[nodiscard]] std::uint32_t index_formats() const {
    return registers::spu::fields::cap_formats::index_formats.get(this->read(registers::spu::cap_formats));
  }
  [[nodiscard]] std::uint32_t lanes() const {
    return registers::spu::fields::cap_geometry::lanes.get(this->read(registers::spu::cap_geometry));
  }
  /// Bit b set: values of b bits are supported.
  [[nodiscard]] std::uint32_t value_bits() const {
    namespace fields = registers::spu::fields::cap_formats;
    const std::uint32_t formats = this->read(registers::spu::cap_formats);
    return fields::value_4.get(formats) << 4 | fields::value_8.get(formats) << 8 | fields::value_16.get(formats) << 16;
  }
};

}  // namespace terse::driver
