#include "models/spu/spu_activity.hpp"

#include <algorithm>

namespace terse {
namespace {

Action mac_of(std::uint32_t value_bits) {
  return value_bits <= 4 ? Action::sparse_mac_4 : value_bits <= 8 ? Action::sparse_mac_8 : Action::sparse_mac_16;
}

}  // namespace

Activity spu_activity(const convolution::Shape& shape, const SpuFormat& format, const SpuCost& cost,
                      const SpuParameters& parameters, bool accumulate) {
  const std::uint64_t channels = std::min(parameters.lanes, shape.output_channels);
  const std::uint64_t pixels = parameters.lanes / channels;
  const std::uint64_t passes = (shape.pixels() + pixels - 1) / pixels;  // over the stored values
  Activity activity;
  activity[mac_of(format.value_bits)] = cost.activation_bytes;  // a byte is gathered for each MAC with an effect
  activity[Action::sparse_gated] = cost.operations - cost.activation_bytes;
  activity[Action::sparse_sum_update] = cost.activation_bytes;
  activity[Action::sparse_gather] = cost.activation_bytes;
  if (format.index != registers::spu::IndexFormat::dense) {
    activity[Action::sparse_index_decode] = cost.operations / shape.pixels() * passes;
  }
  activity[Action::sparse_weight_write_bits] = 8 * cost.weight_bytes;
  activity[Action::sparse_weight_read_bits] = 8 * cost.weight_bytes * passes;
  activity[Action::sparse_stream_bytes] = cost.weight_bytes;
  activity[Action::sparse_accumulator_reads] = accumulate ? shape.outputs() : 0;
  activity[Action::sparse_accumulator_writes] = shape.outputs();
  return activity;
}

}  // namespace terse
