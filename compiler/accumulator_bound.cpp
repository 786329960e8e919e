#include "compiler/accumulator_bound.hpp"

#include <fmt/format.h>

#include <limits>

#include "compiler/compiler.hpp"
#include "compiler/layer_geometry.hpp"

namespace terse::compiler {

namespace {

Bound activation_range(const Tensor& tensor) {
  if (tensor.is_signed) return {-(std::int64_t{1} << (tensor.bits - 1)), (std::int64_t{1} << (tensor.bits - 1)) - 1};
  return {0, (std::int64_t{1} << tensor.bits) - 1};
}

template <typename Weight>
Bound bound_of(const std::vector<Weight>& weights, std::uint64_t first, std::uint64_t count, const Bound& input) {
  Bound bound;
  if (weights.empty()) return bound;
  for (std::uint64_t i = first; i < first + count; ++i) {
    const std::int64_t weight{weights[i]};
    bound.least += std::min(weight * input.least, weight * input.greatest);
    bound.greatest += std::max(weight * input.least, weight * input.greatest);
  }
  return bound;
}

void check(const Bound& bound, const char* pass, const Layer& layer, std::uint32_t channel) {
  if (bound.least >= std::numeric_limits<std::int32_t>::min() &&
      bound.greatest <= std::numeric_limits<std::int32_t>::max()) {
    return;
  }
  throw CompileError(fmt::format(
      "layer '{}', output channel {}: the {} pass can reach {} to {}, which a 32-bit accumulator cannot hold; use "
      "narrower high-precision values or split the layer's input channels",
      layer.name, channel, pass, bound.least, bound.greatest));
}

}  // namespace

double greatest_magnitude(const Tensor& tensor) {
  return activation_range(tensor).magnitude();
}

AccumulatorBounds accumulator_bounds(const Layer& layer, const std::vector<Tensor>& tensors, std::uint32_t channel) {
  const Bound input = activation_range(tensors[layer.input]);
  const LayerGeometry geometry = geometry_of(layer, tensors);
  if (!geometry.has_weights) {
    const std::int64_t terms = layer.kind == LayerKind::average_pool
                                   ? std::int64_t{layer.window.kernel_height} * layer.window.kernel_width
                                   : 1;
    return {{input.least * terms, input.greatest * terms}, {}};
  }
  const std::uint64_t count = geometry.weights_per_channel;
  const std::uint64_t first = channel * count;
  return {bound_of(layer.ternary, first, count, input), bound_of(layer.high_precision, first, count, input)};
}

void check_accumulators(const QuantizedNetwork& network, const Layer& layer) {
  for (std::uint32_t channel = 0; channel < network.tensors[layer.output].channels; ++channel) {
    const AccumulatorBounds bounds = accumulator_bounds(layer, network.tensors, channel);
    check(bounds.dense, "dense", layer, channel);
    check(bounds.sparse, "sparse", layer, channel);
  }
}

}  // namespace terse::compiler
