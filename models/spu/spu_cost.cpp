#include "models/spu/spu_cost.hpp"

#include <numeric>

#include "models/convolution/products.hpp"
#include "models/spu/spu_work.hpp"

namespace terse {
namespace {

std::uint64_t total(const std::vector<std::uint64_t>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
}

}  // namespace

SpuCost spu_cost(const SpuWork& work, SpuDataflow& dataflow) {
  SpuCost cost;
  cost.time = dataflow.nominal();
  cost.operations = work.stored_values() * work.shape.pixels();
  cost.effective = work.decodes_indices() ? convolution::products_inside(work.shape, work.weights->sparse())
                                          : convolution::products_inside(work.shape, work.weights->dense());
  cost.traffic = dataflow.traffic(work, cost.effective);
  if (work.format.index == registers::spu::IndexFormat::relative_columns) {
    cost.weight_bytes = total(work.weights->lane_columns().bytes);
  } else {
    cost.weight_bytes = total(work.weights->row_bytes());
  }
  if (work.parameters->local_weight_memory) cost.weight_bytes = 0;
  cost.activation_bytes = cost.traffic.gathers + cost.traffic.broadcasts;
  cost.time.bytes = cost.weight_bytes + cost.activation_bytes;
  return cost;
}

}  // namespace terse
