#pragma once
// Real parameters of the core's operations -> the integers that docs/numerics.md defines them by.
#include "compiler/quantized_network.hpp"
#include "formats/core_job.hpp"

namespace terse::compiler {

/// Throws CompileError for scales out of range.
image::CoreSoftmax softmax_parameters(const Layer& layer, const Tensor& input, const Tensor& output);

struct LayerNormParameters {
  image::CoreLayerNorm header;
  std::vector<image::CoreChannel> channels;
};
/// Throws CompileError for a gamma, beta or epsilon that is too great for the output's scale.
LayerNormParameters layer_norm_parameters(const Layer& layer, const Tensor& input, const Tensor& output);

}  // namespace terse::compiler
