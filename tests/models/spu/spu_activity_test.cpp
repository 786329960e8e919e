// What jobs of the sparse unit count for their energy, by hand.
#include "models/spu/spu_activity.hpp"

#include "tests/models/spu/sparse_pass.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse::test {
namespace {

class SpuActivityTest : public SystemcTest {
 protected:
  /// A row of pixels without gaps. `packed`: of the weights.
  static SparsePass row_of(const Shape& shape, const Bytes& activations, const std::vector<std::int16_t>& weights,
                           const PackedSparse& packed) {
    Image image{.height = 1, .width = shape.input_width, .channels = shape.input_channels};
    image.pixel_stride = shape.input_channels;
    image.row_stride = image.pixel_stride * image.width;
    image.bytes = activations;
    return {shape, image, weights, packed};
  }
  static Activity activity_of(const SparsePass& pass, const SpuParameters& parameters) {
    UnitBenchParameters all;
    all.spu = parameters;
    UnitBench bench(all);
    bench.run([&] {
      pass.put(bench);
      bench.spu_driver.run(pass.job);
      EXPECT_EQ(bench.spu_driver.error(), ErrorCode::none);
      EXPECT_EQ(pass.results(bench), pass.expected());
    });
    return bench.last().activity;
  }
};

// 4 pixels of 8 channels, 2 rows with 3 and 1 values of 8 bits. 4 lanes: 2 rows at 2 pixels at a time, so the 4 values are
// read, and their indices decoded, twice; each of 16 products fetches its activation. Values take 4 bytes, indices 8,
// pointers 8: 20 bytes are loaded, 12 read out at a time.
TEST_F(SpuActivityTest, GatherReadsAValueForThePixelsDoneAtATime) {
  const Shape shape{.input_width = 4, .input_channels = 8, .output_width = 4, .output_channels = 2};
  const std::vector<std::int16_t> weights = {1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0};
  SpuParameters parameters;
  parameters.lanes = 4;
  const Activity activity =
      activity_of(row_of(shape, Bytes(32, 7), weights, pack_absolute(shape, weights, 8)), parameters);
  EXPECT_EQ(activity[Action::sparse_mac_8], 16u);
  EXPECT_EQ(activity[Action::sparse_mac_16], 0u);
  EXPECT_EQ(activity[Action::sparse_gated], 0u);
  EXPECT_EQ(activity[Action::sparse_zero_activation], 0u);
  EXPECT_EQ(activity[Action::sparse_sum_update], 16u);
  EXPECT_EQ(activity[Action::sparse_gather], 16u);
  EXPECT_EQ(activity[Action::sparse_index_decode], 4u * 2);
  EXPECT_EQ(activity[Action::sparse_stream_bytes], 20u);
  EXPECT_EQ(activity[Action::sparse_weight_write_bits], 8u * 20);
  EXPECT_EQ(activity[Action::sparse_weight_read_bits], 8u * 12 * 2);
  EXPECT_EQ(activity[Action::sparse_accumulator_writes], 8u);
  EXPECT_EQ(activity[Action::sparse_accumulator_reads], 0u);
  EXPECT_EQ(activity[Action::sparse_queue_push], 0u);
}

// Format dense: values of zero are gated, but their activations are fetched, and there is no index. 3 of 8 values.
TEST_F(SpuActivityTest, ZerosOfFormatDenseAreGated) {
  const Shape shape{.input_width = 4, .input_channels = 8, .output_width = 4};
  const std::vector<std::int16_t> weights = {1, 2, 3, 0, 0, 0, 0, 0};
  SpuParameters parameters;
  parameters.lanes = 1;
  const Activity activity =
      activity_of(row_of(shape, Bytes(32, 7), weights, pack_dense(shape, weights, 16)), parameters);
  EXPECT_EQ(activity[Action::sparse_mac_16], 3u * 4);
  EXPECT_EQ(activity[Action::sparse_gated], 5u * 4);
  EXPECT_EQ(activity[Action::sparse_gather], 8u * 4);
  EXPECT_EQ(activity[Action::sparse_index_decode], 0u);
  EXPECT_EQ(activity[Action::sparse_weight_read_bits], 8u * 16 * 4);
}

// One value at ten pixels, in vectors of 4, 4, 2; the second vector and the first pixel are zero. The second vector's
// products are left out, its sums written; the first pixel's is made, as its vector has others.
TEST_F(SpuActivityTest, SkippedProductsCount) {
  const Shape shape{.input_width = 10, .output_width = 10};
  const std::vector<std::int16_t> weights = {5};
  const SparsePass pass = row_of(shape, {0, 7, 7, 7, 0, 0, 0, 0, 7, 7}, weights, pack_absolute(shape, weights, 8));
  SpuParameters parameters;
  parameters.lanes = 4;
  parameters.dataflow = "broadcast";
  parameters.skip_zero_activations = true;
  const Activity activity = activity_of(pass, parameters);
  EXPECT_EQ(activity[Action::sparse_mac_8], 6u);
  EXPECT_EQ(activity[Action::sparse_gated], 0u);
  EXPECT_EQ(activity[Action::sparse_zero_activation], 4u);
  EXPECT_EQ(activity[Action::sparse_gather], 6u);
  EXPECT_EQ(activity[Action::sparse_index_decode], 1u);
  EXPECT_EQ(activity[Action::sparse_weight_read_bits], 8u + 16);
  EXPECT_EQ(activity[Action::sparse_accumulator_writes], 10u);
  EXPECT_EQ(activity[Action::sparse_accumulator_reads], 0u);
}

// The same without skipping, and with a row of two values (K = 2): sums come back for the second.
TEST_F(SpuActivityTest, BroadcastReadsEachValueOnceAndSumsAnew) {
  const Shape shape{.input_width = 5, .input_channels = 2, .output_width = 5};
  const std::vector<std::int16_t> weights = {5, 6};
  SpuParameters parameters;
  parameters.lanes = 4;
  parameters.dataflow = "broadcast";
  const Activity activity =
      activity_of(row_of(shape, Bytes(10, 7), weights, pack_absolute(shape, weights, 8)), parameters);
  EXPECT_EQ(activity[Action::sparse_mac_8], 10u);
  EXPECT_EQ(activity[Action::sparse_zero_activation], 0u);
  EXPECT_EQ(activity[Action::sparse_index_decode], 2u);
  EXPECT_EQ(activity[Action::sparse_accumulator_writes], 10u);
  EXPECT_EQ(activity[Action::sparse_accumulator_reads], 5u);
}

/// 5 pixels of 2 channels, the second one zero at the first two; lane 0 has an entry in column 0, lane 1 in column 1, each of 8
/// + 4 bits.
SparsePass two_lanes() {
  const Shape shape{.input_width = 5, .input_channels = 2, .output_width = 5, .output_channels = 2};
  Image image{.height = 1, .width = 5, .channels = 2, .row_stride = 10, .pixel_stride = 2};
  image.bytes = {7, 0, 7, 0, 7, 7, 7, 7, 7, 7};
  const std::vector<std::int16_t> weights = {3, 0, 0, 5};
  return {shape, image, weights, pack_columns(shape, weights, 8, 4, 2, false, {0, 1})};
}

// 8 activations other than zero go to the queues of both lanes; each finds its column's two pointers of 16 bits in both
// lanes, and one entry. Pixels are fetched whole.
TEST_F(SpuActivityTest, QueuesPointersAndEntriesOfLanesCount) {
  SpuParameters parameters;
  parameters.lanes = 2;
  parameters.dataflow = "activation_broadcast";
  parameters.skip_zero_activations = true;
  const Activity activity = activity_of(two_lanes(), parameters);
  EXPECT_EQ(activity[Action::sparse_mac_8], 8u);
  EXPECT_EQ(activity[Action::sparse_zero_activation], 2u);
  EXPECT_EQ(activity[Action::sparse_gated], 0u);
  EXPECT_EQ(activity[Action::sparse_gather], 0u);
  EXPECT_EQ(activity[Action::sparse_fetch_bytes], 10u);
  EXPECT_EQ(activity[Action::sparse_fetches], 5u);
  EXPECT_EQ(activity[Action::sparse_broadcast_bits], 8u * 8);
  EXPECT_EQ(activity[Action::sparse_queue_push], 16u);
  EXPECT_EQ(activity[Action::sparse_queue_pop], 16u);
  EXPECT_EQ(activity[Action::sparse_index_decode], 8u);
  EXPECT_EQ(activity[Action::sparse_local_read_bits], 8u * 12 + 16 * 2 * 16);
  // Per lane a byte of values, one of indices, three pointers.
  EXPECT_EQ(activity[Action::sparse_local_write_bits], 2u * 8 * 8);
  EXPECT_EQ(activity[Action::sparse_weight_read_bits], 0u);
  EXPECT_EQ(activity[Action::sparse_weight_write_bits], 0u);
  EXPECT_EQ(activity[Action::sparse_accumulator_writes], 10u);
}

TEST_F(SpuActivityTest, ZerosAreSentWhereTheyAreNotSkipped) {
  SpuParameters parameters;
  parameters.lanes = 2;
  parameters.dataflow = "activation_broadcast";
  parameters.local_weight_memory = true;
  const Activity activity = activity_of(two_lanes(), parameters);
  EXPECT_EQ(activity[Action::sparse_mac_8], 10u);
  EXPECT_EQ(activity[Action::sparse_zero_activation], 0u);
  EXPECT_EQ(activity[Action::sparse_queue_push], 20u);
  EXPECT_EQ(activity[Action::sparse_local_write_bits], 0u);
}

// A lane needs 8 bits of values, 4 of indices and 1025 pointers of 2 bytes: more than 1 KiB, less than 4.
TEST_F(SpuActivityTest, EntriesThatDoNotFitALanesMemoryAreRefused) {
  const Shape shape{.input_channels = 1024};
  std::vector<std::int16_t> weights(1024);
  weights[5] = 1;
  const SparsePass pass = row_of(shape, Bytes(1024, 7), weights, pack_columns(shape, weights, 8, 4, 1, false, {0}));
  UnitBenchParameters parameters;
  parameters.spu.dataflow = "activation_broadcast";
  parameters.spu.local_weight_kib = 1;
  UnitBench bench(parameters);
  bench.run([&] {
    pass.put(bench);
    bench.spu_driver.expect_failure(pass.job, ErrorCode::illegal_value, map::value_address);
  });
}

}  // namespace
}  // namespace terse::test
