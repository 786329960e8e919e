#pragma once
// Cycles of a compiled network in timing level cycle.
#include <deque>
#include <vector>

#include "compiler/compiler.hpp"
#include "compiler/image_writer.hpp"
#include "compiler/placement.hpp"

namespace terse::compiler {

/// Fills `prediction` of each plan; returns the cycles of an inference. `writer` holds all layers.
std::uint64_t predict(const QuantizedNetwork& network, const ImageWriter& writer, std::deque<PreparedLayer>& layers,
                      const HardwareLimits& limits, std::vector<LayerPlan>& plans);

}  // namespace terse::compiler
