#pragma once
// Superposition of both passes, requantization, residual and pooling: the last step of a tile.
#include <cstdint>

#include "registers/generated/merge.hpp"
#include "sw_driver/hwpe_unit.hpp"

namespace terse::driver {

using MergeJob = registers::merge::Job;

template <Hal H>
class Merge : public HwpeUnit<H> {
 public:
  Merge(H& hal, Interrupts<H>& interrupts) : HwpeUnit<H>(hal, interrupts, UnitKind::merge) {}

  /// Accumulators per plane.
  [[nodiscard]] std::uint32_t accumulators() const { return this->read(registers::merge::cap_accumulators); }
};

}  // namespace terse::driver
