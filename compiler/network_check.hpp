#pragma once
#include "compiler/quantized_network.hpp"

namespace terse::compiler {

/// Checks that a network is sound before anything is computed from it: indices and order, shapes, sizes of vectors,
/// values in range, patterns kept, fields that fit the job registers, accumulators that cannot overflow. Throws
/// CompileError naming the layer.
void check_network(const QuantizedNetwork& network);

}  // namespace terse::compiler
