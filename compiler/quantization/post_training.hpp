#pragma once
// Quantization after training: a float graph gets QuantizeLinear and DequantizeLinear where the accelerator stores
// activations, with ranges seen in calibration inputs.
#include <vector>

#include "compiler/graph/model.hpp"

namespace terse::compiler {

/// No activation of the graph is quantized.
bool is_float_graph(const graph::Model& model);

/// `inputs`: of the graph's input shape, N = 1. `percentile`: share of each activation's values, in per cent, that its
/// range must hold; 100 takes the extremes. Ranges that begin at 0 become uint8 with zero point 0, others int8.
/// Throws CompileError when a node cannot be evaluated.
void quantize_after_training(graph::Model& model, const std::vector<graph::ConstantTensor>& inputs, double percentile);

}  // namespace terse::compiler
