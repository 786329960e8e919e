#include "models/spu/spu_cost.hpp"

#include <numeric>

#include "models/spu/spu_work.hpp"

namespace terse {
namespace {

using convolution::Shape;

std::uint64_t effective_products(const SpuWork& work) {
  const Shape& shape = work.shape;
  if (!work.decodes_indices()) return shape.positions_inside() * shape.input_channels * shape.output_channels;
  std::vector<std::uint64_t> rows, columns;
  for (std::uint32_t tap = 0; tap < shape.kernel_height; ++tap) rows.push_back(shape.rows_inside(tap).size());
  for (std::uint32_t tap = 0; tap < shape.kernel_width; ++tap) columns.push_back(shape.columns_inside(tap).size());
  std::uint64_t sum = 0;
  for (const convolution::SparseEntry& entry : work.weights->sparse().entries) {
    const std::uint32_t position = entry.position / shape.input_channels;
    sum += rows[position / shape.kernel_width] * columns[position % shape.kernel_width];
  }
  return sum;
}

std::uint64_t total(const std::vector<std::uint64_t>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
}

}  // namespace

SpuCost spu_cost(const SpuWork& work, SpuDataflow& dataflow) {
  SpuCost cost;
  cost.time = dataflow.nominal();
  cost.operations = total(work.weights->row_values()) * work.shape.pixels();
  cost.effective = effective_products(work);
  cost.traffic = dataflow.traffic(work, cost.effective);
  if (work.format.index == registers::spu::IndexFormat::relative_columns) {
    cost.weight_bytes = total(work.weights->lane_columns().bytes);
  } else {
    cost.weight_bytes = total(work.weights->row_bytes());
  }
  if (work.parameters->local_weight_memory) cost.weight_bytes = 0;
  cost.activation_bytes = cost.traffic.activations;
  cost.time.bytes = cost.weight_bytes + cost.activation_bytes;
  return cost;
}

}  // namespace terse
