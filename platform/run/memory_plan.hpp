#pragma once
// Where the network lives in the DRAM: image, activations (arena), inputs, outputs, one after the other.
#include <cstdint>

#include "compiler/compiler.hpp"
#include "formats/device_table.hpp"
#include "platform/run/scenario.hpp"

namespace terse::run {

/// Bus addresses for the firmware. Throws ConfigurationError when the DRAM is too small.
device_table::Arguments plan_memory(const Scenario& scenario, const compiler::CompiledNetwork& compiled);

}  // namespace terse::run
