#include "models/spu/spu_time.hpp"

#include <algorithm>

namespace terse {

using convolution::Shape;

namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

/// Activations that the stored weights gather: those of positions inside the tile.
std::uint64_t gathered(const Shape& shape, const SpuFormat& format, const SpuWeights& weights) {
  if (format.index == registers::spu::IndexFormat::dense) {
    return shape.positions_inside() * shape.input_channels * shape.output_channels;
  }
  std::vector<std::uint64_t> rows, columns;
  for (std::uint32_t tap = 0; tap < shape.kernel_height; ++tap) rows.push_back(shape.rows_inside(tap).size());
  for (std::uint32_t tap = 0; tap < shape.kernel_width; ++tap) columns.push_back(shape.columns_inside(tap).size());
  std::uint64_t sum = 0;
  for (const convolution::SparseEntry& entry : weights.sparse().entries) {
    const std::uint32_t position = entry.position / shape.input_channels;
    sum += rows[position / shape.kernel_width] * columns[position % shape.kernel_width];
  }
  return sum;
}

}  // namespace

SpuCost spu_cost(const Shape& shape, const SpuFormat& format, const SpuWeights& weights,
                 const SpuParameters& parameters) {
  const std::uint64_t channels = std::min(parameters.lanes, shape.output_channels);
  const std::uint64_t pixels = parameters.lanes / channels;
  const std::uint64_t pixel_steps = ceil_div(shape.pixels(), pixels);
  const std::uint64_t ports = parameters.gather_ports == 0 ? parameters.lanes : parameters.gather_ports;
  const std::uint64_t fetch = ceil_div(channels * pixels, ports);
  const bool decodes = format.index != registers::spu::IndexFormat::dense;

  SpuCost cost;
  DoubleBuffer loads;
  std::uint64_t steps = 0, empty_steps = 0, values = 0;
  for (std::uint64_t first = 0; first < shape.output_channels; first += channels) {
    const std::uint64_t end = std::min<std::uint64_t>(first + channels, shape.output_channels);
    std::uint64_t longest = 0, bytes = 0;
    for (std::uint64_t o = first; o < end; ++o) {
      longest = std::max(longest, weights.row_values()[o]);
      values += weights.row_values()[o];
      bytes += weights.row_bytes()[o];
    }
    const std::uint64_t group_steps = pixel_steps * std::max<std::uint64_t>(1, longest);
    steps += group_steps;
    if (longest == 0) empty_steps += group_steps;
    loads.add(ceil_div(8 * bytes, parameters.value_bits_per_cycle), group_steps * fetch);
    cost.weight_bytes += bytes;
    if (decodes) cost.time.index_decode += parameters.index_decode_cycles;
  }
  cost.operations = values * shape.pixels();
  cost.activation_bytes = gathered(shape, format, weights);
  cost.time.setup = parameters.setup_cycles;
  cost.time.weight_load = loads.exposed();
  cost.time.compute = ceil_div(cost.operations, parameters.lanes) + empty_steps;
  cost.time.lane_imbalance = steps - cost.time.compute;
  cost.time.activation_fetch = steps * (fetch - 1);
  cost.time.drain = parameters.pipeline_depth;
  cost.time.bytes = cost.weight_bytes + cost.activation_bytes;
  return cost;
}

}  // namespace terse
