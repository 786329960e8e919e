#pragma once
// Soundness of a layer of the core.
#include "compiler/quantized_network.hpp"

namespace terse::compiler {

/// Throws CompileError that names the layer and the rule that it breaks. Its tensors exist and are made before it.
void check_core_layer(const QuantizedNetwork& network, const Layer& layer);

}  // namespace terse::compiler
