// Counts of whole jobs, small enough to be counted by hand.
#include "models/activity/activity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "models/merge/merge_activity.hpp"
#include "models/tmac/tmac_activity.hpp"
#include "models/tmac/tmac_weights.hpp"

namespace terse {
namespace {

using registers::tmac::WeightFormat;

/// 3 x 3 pixels of 2 channels, kernel 3 x 3, padded to the same size, 2 output channels. A kernel row (or column) meets
/// the tile in 2, 3, 2 of the output's rows: (2 + 3 + 2)^2 = 49 of the 81 pairs of pixel and kernel position are inside.
convolution::Shape small_shape() {
  convolution::Shape shape;
  shape.input_height = shape.input_width = shape.output_height = shape.output_width = 3;
  shape.input_channels = shape.output_channels = 2;
  shape.kernel_height = shape.kernel_width = 3;
  shape.pad_top = shape.pad_left = 1;
  return shape;
}

Activity dense_activity(const convolution::TernaryMatrix& weights, const TmacParameters& parameters, bool accumulate,
                        WeightFormat format = WeightFormat::ternary_2bit) {
  const TmacWork work{.parameters = &parameters,
                      .shape = small_shape(),
                      .input_row_stride = 12,
                      .input_pixel_stride = 4,
                      .weight_row_stride = 20,
                      .weights_per_byte = weights_per_byte(format)};
  return tmac_activity(small_shape(), weights, format, tmac_cost(work), parameters, accumulate);
}

TEST(Activity, NamesAreDistinctAndBelongToTheirPass) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < action_count; ++i) {
    const ActionDescription& action = description(static_cast<Action>(i));
    EXPECT_TRUE(names.insert(action.name).second) << action.name;
    const char* prefixes[] = {"dense_", "sparse_", "merge_", "dma_"};
    EXPECT_TRUE(action.name.starts_with(prefixes[static_cast<std::size_t>(action.pass)])) << action.name;
    EXPECT_FALSE(action.sentence.empty()) << action.name;
  }
}

TEST(Activity, Adds) {
  Activity sum, one;
  one[Action::dense_fetches] = 3;
  one[Action::dma_memory_write_bytes] = 5;
  sum += one;
  sum += one;
  EXPECT_EQ(sum[Action::dense_fetches], 6u);
  EXPECT_EQ(sum[Action::dma_memory_write_bytes], 10u);
  EXPECT_EQ(sum[Action::dense_mac_int8], 0u);
}

TEST(TmacActivity, CountsWhatTheDefinitionSays) {
  TmacParameters parameters;
  parameters.output_channels = parameters.input_channels = 2;
  convolution::TernaryMatrix weights;
  weights.resize(2, 18);
  std::fill(weights.weights.begin(), weights.weights.end(), std::int8_t{1});
  const Activity activity = dense_activity(weights, parameters, false);
  EXPECT_EQ(activity[Action::dense_mac_ternary], 49u * 2 * 2);
  EXPECT_EQ(activity[Action::dense_gated_ternary], (81u - 49) * 2 * 2);
  EXPECT_EQ(activity[Action::dense_sum_update], 18u * 9);           // each of 18 outputs, in 9 steps
  EXPECT_EQ(activity[Action::dense_activation_bits], 49u * 2 * 8);  // one group, so each activation once
  // Two rows of 18 weights of 2 bits are written once and read for each of 9 pixels.
  EXPECT_EQ(activity[Action::dense_weight_write_bits], 72u);
  EXPECT_EQ(activity[Action::dense_weight_read_bits], 72u * 9);
  EXPECT_EQ(activity[Action::dense_fetch_bytes], 98u);
  EXPECT_EQ(activity[Action::dense_fetches], 49u);
  EXPECT_EQ(activity[Action::dense_accumulator_writes], 18u);
  EXPECT_EQ(activity[Action::dense_accumulator_reads], 0u);
  EXPECT_EQ(dense_activity(weights, parameters, true)[Action::dense_accumulator_reads], 18u);
}

TEST(TmacActivity, ZeroWeightsAreGated) {
  TmacParameters parameters;
  convolution::TernaryMatrix weights;
  weights.resize(2, 18);
  std::fill(weights.weights.begin(), weights.weights.end(), std::int8_t{-1});
  // Kernel position 4 (the middle) of output channel 0: inside for all 9 pixels, 2 channels.
  weights.weights[8] = weights.weights[9] = 0;
  const Activity activity = dense_activity(weights, parameters, false);
  EXPECT_EQ(activity[Action::dense_mac_ternary], 196u - 18);
  EXPECT_EQ(activity[Action::dense_gated_ternary], 128u + 18);
}

TEST(TmacActivity, FormatsCountAsWhatIsMultiplied) {
  TmacParameters parameters;
  parameters.weight_type = "int8";
  convolution::TernaryMatrix weights;
  weights.resize(2, 18);
  std::fill(weights.weights.begin(), weights.weights.end(), std::int8_t{100});
  const Activity wide = dense_activity(weights, parameters, false, WeightFormat::int8);
  EXPECT_EQ(wide[Action::dense_mac_int8], 196u);
  EXPECT_EQ(wide[Action::dense_gated_int8], 128u);
  EXPECT_EQ(wide[Action::dense_mac_ternary], 0u);
  EXPECT_EQ(wide[Action::dense_weight_write_bits], 36u * 8);
  EXPECT_EQ(wide[Action::dense_trit_decode], 0u);
  const Activity packed = dense_activity(weights, parameters, false, WeightFormat::ternary_base3);
  EXPECT_EQ(packed[Action::dense_mac_ternary], 196u);
  EXPECT_EQ(packed[Action::dense_trit_decode], 36u);
  EXPECT_EQ(packed[Action::dense_weight_write_bits], 36u * 2);
  EXPECT_EQ(packed[Action::dense_stream_bytes], 2u * 4);  // five of 18 weights in a byte
}

TEST(TmacActivity, MorePixelsAtATimeShareAWeightRead) {
  TmacParameters parameters;
  convolution::TernaryMatrix weights;
  weights.resize(2, 18);
  parameters.pixels = 4;  // 9 pixels in 3 turns
  EXPECT_EQ(dense_activity(weights, parameters, false)[Action::dense_weight_read_bits], 72u * 3);
}

TEST(TmacActivity, MoreGroupsFetchActivationsAnew) {
  TmacParameters parameters;
  convolution::TernaryMatrix weights;
  weights.resize(2, 18);
  parameters.output_channels = 1;
  const Activity activity = dense_activity(weights, parameters, false);
  EXPECT_EQ(activity[Action::dense_activation_bits], 2u * 49 * 2 * 8);
  EXPECT_EQ(activity[Action::dense_fetches], 2u * 49);
}

// Two rows of 18 weights of 2 bits: they pass from the buffer into the array once, whatever the number of pixels.
TEST(TmacActivity, WeightsThatStayAreReadOnce) {
  TmacParameters parameters;
  parameters.output_channels = parameters.input_channels = 2;
  convolution::TernaryMatrix weights;
  weights.resize(2, 18);
  for (const char* dataflow : {"weight_stationary", "unrolled"}) {
    parameters.dataflow = dataflow;
    const Activity activity = dense_activity(weights, parameters, false);
    EXPECT_EQ(activity[Action::dense_weight_write_bits], 72u) << dataflow;
    EXPECT_EQ(activity[Action::dense_weight_read_bits], 72u) << dataflow;
  }
  // A sum goes to the accumulators in each of 9 slices, and comes back in all but the first.
  parameters.dataflow = "weight_stationary";
  EXPECT_EQ(dense_activity(weights, parameters, false)[Action::dense_accumulator_writes], 18u * 9);
  EXPECT_EQ(dense_activity(weights, parameters, false)[Action::dense_accumulator_reads], 18u * 8);
}

// K = 18 in a buffer of 6 weights per channel: three parts, which pass through it for each of 9 pixels; with 4 pixels at a
// time for each of 3 blocks. What is decoded passes the decoder as often.
TEST(TmacActivity, AShallowBufferIsFilledAnew) {
  TmacParameters parameters;
  parameters.output_channels = parameters.input_channels = 2;
  parameters.weight_buffer_depth = 6;
  convolution::TernaryMatrix weights;
  weights.resize(2, 18);
  EXPECT_EQ(dense_activity(weights, parameters, false)[Action::dense_weight_write_bits], 72u * 9);
  EXPECT_EQ(dense_activity(weights, parameters, false)[Action::dense_weight_read_bits], 72u * 9);
  parameters.pixels = 4;
  const Activity packed = dense_activity(weights, parameters, false, WeightFormat::ternary_base3);
  EXPECT_EQ(packed[Action::dense_weight_write_bits], 72u * 3);
  EXPECT_EQ(packed[Action::dense_trit_decode], 36u * 3);
}

TEST(MergeActivity, CountsPlanesResidualsAndPieces) {
  MergeParameters parameters;
  parameters.output_channels = 1;  // 2 channels: two pieces a pixel
  MergeJob job;
  job.shape = small_shape();
  job.shape.kernel_height = job.shape.kernel_width = 1;
  job.shape.pad_top = job.shape.pad_left = 0;
  job.dense_plane = job.sparse_plane = job.residual = true;
  const Activity activity = merge_activity(job, parameters);
  EXPECT_EQ(activity[Action::merge_accumulator_reads], 36u);
  EXPECT_EQ(activity[Action::merge_requantize], 18u);
  EXPECT_EQ(activity[Action::merge_residual], 18u);
  EXPECT_EQ(activity[Action::merge_pool], 0u);
  EXPECT_EQ(activity[Action::merge_stream_bytes], 32u);
  EXPECT_EQ(activity[Action::merge_fetches], 18u);
  EXPECT_EQ(activity[Action::merge_write_bytes], 18u);
  EXPECT_EQ(activity[Action::merge_writes], 18u);
}

}  // namespace
}  // namespace terse
