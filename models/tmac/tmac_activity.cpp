#include "models/tmac/tmac_activity.hpp"

#include "models/convolution/ceil_div.hpp"
#include "models/convolution/products.hpp"

namespace terse {
namespace {

using registers::tmac::WeightFormat;

struct WeightActions {
  Action mac, gated;
  std::uint64_t bits;  ///< In the weight buffer.
};

WeightActions actions_of(WeightFormat format) {
  switch (format) {
    case WeightFormat::int2:
      return {Action::dense_mac_int2, Action::dense_gated_int2, 2};
    case WeightFormat::int4:
      return {Action::dense_mac_int4, Action::dense_gated_int4, 4};
    case WeightFormat::int8:
      return {Action::dense_mac_int8, Action::dense_gated_int8, 8};
    default:
      return {Action::dense_mac_ternary, Action::dense_gated_ternary, 2};
  }
}

}  // namespace

Activity tmac_activity(const convolution::Shape& shape, const convolution::TernaryMatrix& weights, WeightFormat format,
                       const TmacCost& cost, const TmacParameters& parameters, bool accumulate) {
  const std::uint64_t slices = ceil_div(shape.input_channels, parameters.input_channels);
  const std::uint64_t positions = std::uint64_t{shape.kernel_height} * shape.kernel_width;
  Activity activity;
  const WeightActions weight = actions_of(format);
  activity[weight.mac] = convolution::products_inside(shape, weights);
  activity[weight.gated] = cost.operations - activity[weight.mac];
  if (format == WeightFormat::ternary_base3) activity[Action::dense_trit_decode] = cost.weights_loaded;
  activity[Action::dense_sum_update] = shape.outputs() * positions * slices;
  activity[Action::dense_activation_bits] = cost.activation_bytes * parameters.activation_bits;
  activity[Action::dense_weight_write_bits] = cost.weights_loaded * weight.bits;
  activity[Action::dense_weight_read_bits] =
      weight.bits * (cost.weights_stay ? cost.weights_loaded
                                       : shape.output_channels * shape.weights_per_channel() *
                                             ceil_div(shape.pixels(), parameters.pixels));
  activity[Action::dense_stream_bytes] = cost.weight_bytes;
  activity[Action::dense_fetch_bytes] = cost.activation_bytes;
  activity[Action::dense_fetches] = cost.fetches;
  activity[Action::dense_accumulator_reads] = cost.sums_taken_back + (accumulate ? shape.outputs() : 0);
  activity[Action::dense_accumulator_writes] = cost.sums_handed_over;
  return activity;
}

}  // namespace terse
