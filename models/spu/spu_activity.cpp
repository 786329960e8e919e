#include "models/spu/spu_activity.hpp"

namespace terse {
namespace {

Action mac_of(std::uint32_t value_bits) {
  return value_bits <= 4 ? Action::sparse_mac_4 : value_bits <= 8 ? Action::sparse_mac_8 : Action::sparse_mac_16;
}

}  // namespace

Activity spu_activity(const convolution::Shape& shape, const SpuFormat& format, const SpuCost& cost, bool accumulate) {
  Activity activity;
  const std::uint64_t passes = cost.traffic.value_passes;
  activity[mac_of(format.value_bits)] = cost.effective;
  activity[Action::sparse_gated] = cost.operations - cost.effective;
  activity[Action::sparse_sum_update] = cost.effective;
  activity[Action::sparse_gather] = cost.traffic.activations;
  if (format.index != registers::spu::IndexFormat::dense) {
    activity[Action::sparse_index_decode] = cost.operations / shape.pixels() * passes;
  }
  activity[Action::sparse_weight_write_bits] = 8 * cost.weight_bytes;
  activity[Action::sparse_weight_read_bits] = 8 * cost.weight_bytes * passes;
  activity[Action::sparse_stream_bytes] = cost.weight_bytes;
  activity[Action::sparse_accumulator_reads] = cost.traffic.accumulator_reads + (accumulate ? shape.outputs() : 0);
  activity[Action::sparse_accumulator_writes] = cost.traffic.accumulator_writes;
  return activity;
}

}  // namespace terse
