#pragma once
// The core's operations, evaluated element by element from their definitions in docs/numerics.md.
#include <cstdint>
#include <vector>

#include "compiler/quantized_network.hpp"

namespace terse::reference {

/// The output of a layer of kind core; its inputs are in `activations`, by index of QuantizedNetwork::tensors.
std::vector<std::int32_t> evaluate_core(const compiler::QuantizedNetwork& network, const compiler::Layer& layer,
                                        const std::vector<std::vector<std::int32_t>>& activations);

}  // namespace terse::reference
