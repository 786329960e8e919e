#include "models/merge/merge_time.hpp"

#include <algorithm>

namespace terse {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

}  // namespace

MergeCost merge_cost(const MergeJob& job, const MergeParameters& parameters) {
  const convolution::Shape& shape = job.shape;
  const std::uint64_t window = job.activations ? std::uint64_t{shape.kernel_height} * shape.kernel_width : 1;
  MergeCost cost;
  DoubleBuffer records;
  for (std::uint64_t first = 0; first < shape.output_channels; first += parameters.output_channels) {
    const std::uint64_t channels = std::min<std::uint64_t>(parameters.output_channels, shape.output_channels - first);
    const std::uint64_t reads = job.uses_accumulators() ? ceil_div(channels, parameters.accumulator_banks) : 1;
    const std::uint64_t compute = shape.pixels() * window;
    const std::uint64_t hazard = shape.pixels() * (std::max(reads, window) - window);
    cost.time.compute += compute;
    cost.time.accumulator_hazard += hazard;
    records.add(ceil_div(RequantizationRecord::bytes * channels, parameters.record_bytes_per_cycle), compute + hazard);
  }
  cost.bytes_read = RequantizationRecord::bytes * shape.output_channels;
  if (job.activations) cost.bytes_read += shape.positions_inside() * shape.output_channels;
  if (job.residual) cost.bytes_read += shape.outputs();
  cost.bytes_written = shape.outputs() * job.output_bytes;
  cost.time.setup = parameters.setup_cycles;
  cost.time.weight_load = records.exposed();
  cost.time.drain = parameters.pipeline_depth;
  cost.time.bytes = cost.bytes_read + cost.bytes_written;
  return cost;
}

}  // namespace terse
