#pragma once
// What the accelerator's units are doing, for whoever asks why nothing goes on.
#include <cstdint>
#include <string>
#include <vector>

#include "platform/netlist/platform.hpp"
#include "platform/run/result.hpp"

namespace terse::run {

/// A control block on the bus: a unit, or one channel of the DMA ("dma[0]").
struct ControlBlock {
  std::string name;
  std::string type;
  std::uint64_t base = 0;
};
std::vector<ControlBlock> control_blocks(const netlist::PlatformSettings& settings);

/// Read without side effects.
UnitState unit_state(netlist::Platform& platform, const ControlBlock& block);
/// One entry per unit, DMA channels each on their own.
std::vector<UnitState> unit_states(netlist::Platform& platform, const netlist::PlatformSettings& settings);

}  // namespace terse::run
