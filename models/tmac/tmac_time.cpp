#include "models/tmac/tmac_time.hpp"

#include <algorithm>

namespace terse {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

}  // namespace

TmacCost tmac_cost(const convolution::Shape& shape, std::uint64_t row_bytes, const TmacParameters& parameters) {
  const std::uint64_t positions = std::uint64_t{shape.kernel_height} * shape.kernel_width;
  const std::uint64_t steps = ceil_div(shape.pixels(), parameters.pixels) * positions *
                              ceil_div(shape.input_channels, parameters.input_channels);
  TmacCost cost;
  DoubleBuffer weights;
  std::uint64_t groups = 0;
  for (std::uint64_t first = 0; first < shape.output_channels; first += parameters.output_channels, ++groups) {
    const std::uint64_t channels = std::min<std::uint64_t>(parameters.output_channels, shape.output_channels - first);
    weights.add(ceil_div(8 * channels * row_bytes, parameters.weight_bits_per_cycle), steps);
  }
  cost.operations = shape.outputs() * shape.weights_per_channel();
  cost.weight_bytes = shape.output_channels * row_bytes;
  cost.activation_bytes = groups * shape.positions_inside() * shape.input_channels;
  cost.time.setup = parameters.setup_cycles;
  cost.time.weight_load = weights.exposed();
  cost.time.compute = groups * steps;
  cost.time.drain = parameters.pipeline_depth;
  cost.time.bytes = cost.weight_bytes + cost.activation_bytes;
  return cost;
}

}  // namespace terse
