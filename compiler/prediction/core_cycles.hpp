#pragma once
// Cycles of a layer on the core: what its kernel in sw_driver/core takes per element, per pixel and at all. Measured on the
// reference platform (cv32e40p timing, operands in DRAM) with scenarios/transformer_block.yaml and a network of one layer
// of each operation on 16 x 16 x 16 activations, timing cycle; two sizes each give element and pixel (docs/compiler.md).
#include <cstdint>

#include "compiler/quantized_network.hpp"

namespace terse::compiler {

/// `layer` is of kind core.
std::uint64_t core_cycles(const QuantizedNetwork& network, const Layer& layer);

}  // namespace terse::compiler
