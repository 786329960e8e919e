#include "models/tmac/tmac_activity.hpp"

#include <algorithm>

namespace terse {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

}  // namespace

std::uint64_t effective_macs(const convolution::Shape& shape, const convolution::TernaryMatrix& weights) {
  std::uint64_t macs = 0;
  for (std::uint32_t row = 0; row < shape.kernel_height; ++row) {
    for (std::uint32_t column = 0; column < shape.kernel_width; ++column) {
      const std::uint64_t first = (std::uint64_t{row} * shape.kernel_width + column) * shape.input_channels;
      std::uint64_t nonzero = 0;
      for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
        const auto begin = weights.weights.begin() + static_cast<std::ptrdiff_t>(o * weights.columns + first);
        nonzero +=
            static_cast<std::uint64_t>(shape.input_channels - std::count(begin, begin + shape.input_channels, 0));
      }
      macs += nonzero * shape.rows_inside(row).size() * shape.columns_inside(column).size();
    }
  }
  return macs;
}

Activity tmac_activity(const convolution::Shape& shape, const convolution::TernaryMatrix& weights, const TmacCost& cost,
                       const TmacParameters& parameters, bool accumulate) {
  const std::uint64_t groups = ceil_div(shape.output_channels, parameters.output_channels);
  const std::uint64_t slices = ceil_div(shape.input_channels, parameters.input_channels);
  const std::uint64_t positions = std::uint64_t{shape.kernel_height} * shape.kernel_width;
  Activity activity;
  activity[Action::dense_mac_ternary] = effective_macs(shape, weights);
  activity[Action::dense_gated_ternary] = cost.operations - activity[Action::dense_mac_ternary];
  activity[Action::dense_sum_update] = shape.outputs() * positions * slices;
  activity[Action::dense_activation_bits] = cost.activation_bytes * parameters.activation_bits;
  activity[Action::dense_weight_write_bits] = 8 * cost.weight_bytes;
  activity[Action::dense_weight_read_bits] = 8 * cost.weight_bytes * ceil_div(shape.pixels(), parameters.pixels);
  activity[Action::dense_stream_bytes] = cost.weight_bytes;
  activity[Action::dense_fetch_bytes] = cost.activation_bytes;
  activity[Action::dense_fetches] = groups * shape.positions_inside() * slices;
  activity[Action::dense_accumulator_reads] = accumulate ? shape.outputs() : 0;
  activity[Action::dense_accumulator_writes] = shape.outputs();
  return activity;
}

}  // namespace terse
