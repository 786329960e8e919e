#pragma once
// Layers of the core in a network of shapes: their outputs, and the integers of their operations.
#include "compiler/reference/reference.hpp"
#include "compiler/shapes/network_shape.hpp"

namespace terse::compiler {

/// Makes the output tensor of `layer`, whose inputs are set, sets its operation and clips, and appends both to the
/// network. Values stand for reals as follows: the greatest input of a table for 4, of a softmax for 8; the greatest
/// normalized value for 4; of two factors the greatest second one for 1. Products of matrices are scaled so that one in a
/// thousand saturates. Throws CompileError "layer 'NAME': ..." for shapes that do not go together.
void add_core_shape(QuantizedNetwork& network, Layer layer, const LayerShape& shape, std::uint64_t seed,
                    const reference::Activations& activations);

}  // namespace terse::compiler
