#pragma once
// Faults put in on purpose (`faults:` of a scenario): they show that a wrong bit is caught, and where.
#include <vector>

#include "compiler/compiler.hpp"
#include "formats/device_table.hpp"
#include "platform/netlist/platform.hpp"
#include "platform/run/scenario.hpp"

namespace terse::run {

/// Arms the faults of units. Throws ConfigurationError for a layer, tile, channel or weight that does not exist.
void arm_unit_faults(netlist::Platform& platform, const Scenario& scenario, const compiler::CompiledNetwork& compiled);
/// The network image as it gets into memory: with the bits of faults `in: image` flipped. Throws ConfigurationError for
/// a byte or bit that does not exist.
std::vector<std::uint8_t> damaged_image(const Scenario& scenario, const compiler::CompiledNetwork& compiled);
/// Flips the bits of weights in the network image in memory; called after the driver has checked the image.
void flip_weight_bits(netlist::Platform& platform, const Scenario& scenario, const compiler::CompiledNetwork& compiled,
                      const device_table::Arguments& arguments);

}  // namespace terse::run
