#pragma once
// What the accelerator's units are doing, for whoever asks why nothing goes on.
#include <vector>

#include "platform/netlist/platform.hpp"
#include "platform/run/result.hpp"

namespace terse::run {

/// One entry per unit, DMA channels each on their own ("dma[0]"), read from the control blocks without side effects.
std::vector<UnitState> unit_states(netlist::Platform& platform, const netlist::PlatformSettings& settings);

}  // namespace terse::run
