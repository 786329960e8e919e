// The compiler's formulas beside the models': tmac against its nominal time over many shapes and parameters, the other
// units against the examples of docs/microarchitecture.md, which tests of the models hold.
#include "compiler/prediction/unit_cycles.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "models/tmac/tmac_cost.hpp"

namespace terse::compiler {
namespace {

/// One array, as the model and as the compiler see it.
struct Array {
  TmacParameters parameters;
  HardwareTiming timing;

  explicit Array(const std::string& dataflow) {
    parameters.dataflow = dataflow;
    using Dataflow = TmacTiming::Dataflow;
    timing.tmac.dataflow = dataflow == "unrolled"            ? Dataflow::unrolled
                           : dataflow == "weight_stationary" ? Dataflow::weight_stationary
                                                             : Dataflow::output_stationary;
    timing.memory.banks = 0;  // the nominal time knows none
  }
  void match() {
    timing.tmac.load_bytes = parameters.weight_bits_per_cycle / 8;
    timing.tmac.weight_buffers = parameters.weight_buffers;
    timing.tmac.weight_buffer_depth = parameters.weight_buffer_depth;
    timing.tmac.fetch_ahead = parameters.fetch_ahead;
    timing.tmac.accumulator_words = parameters.accumulator_words_per_cycle;
    timing.tmac.setup = parameters.setup_cycles;
    timing.tmac.pipeline = parameters.pipeline_depth;
    timing.tmac.unrolled_kernel = parameters.unrolled_kernel;
    timing.tmac.line_buffer_pixels = parameters.line_buffer_pixels;
  }
  [[nodiscard]] std::uint64_t model(const convolution::Shape& shape) const {
    TmacWork work;
    work.parameters = &parameters;
    work.shape = shape;
    work.input_pixel_stride = shape.input_channels;
    work.input_row_stride = std::uint64_t{shape.input_width} * shape.input_channels;
    work.weight_row_stride = (shape.weights_per_channel() + 15) / 16 * 4;  // rows at multiples of 4
    work.weight_address = 1u << 20;
    return tmac_cost(work).time.total();
  }
  [[nodiscard]] std::uint64_t compiler(const convolution::Shape& shape) const {
    DenseWork work;
    work.shape = {.input_height = shape.input_height,
                  .input_width = shape.input_width,
                  .input_channels = shape.input_channels,
                  .output_height = shape.output_height,
                  .output_width = shape.output_width,
                  .output_channels = shape.output_channels,
                  .kernel_height = shape.kernel_height,
                  .kernel_width = shape.kernel_width,
                  .stride_y = shape.stride_y,
                  .stride_x = shape.stride_x,
                  .pad_top = shape.pad_top,
                  .pad_left = shape.pad_left,
                  .input_row_stride = std::uint64_t{shape.input_width} * shape.input_channels,
                  .input_pixel_stride = shape.input_channels};
    work.output_channels_at_once = parameters.output_channels;
    work.input_channels_at_once = parameters.input_channels;
    work.pixels_at_once = parameters.pixels;
    return dense_cycles(work, timing);
  }
};

class Random {
 public:
  std::uint32_t operator()(std::uint32_t low, std::uint32_t high) {
    return std::uniform_int_distribution<std::uint32_t>(low, high)(engine_);
  }
  convolution::Shape shape() {
    Random& r = *this;
    convolution::Shape shape;
    shape.kernel_height = shape.kernel_width = r(0, 1) == 0 ? 1 : 3;
    shape.pad_top = shape.pad_left = shape.kernel_height / 2;
    shape.stride_y = shape.stride_x = r(1, 2);
    shape.input_channels = r(1, 80);
    shape.output_channels = r(1, 80);
    shape.input_height = r(4, 12);
    shape.input_width = r(4, 12);
    shape.output_height = (shape.input_height - 1) / shape.stride_y + 1;
    shape.output_width = (shape.input_width - 1) / shape.stride_x + 1;
    return shape;
  }

 private:
  std::mt19937 engine_{1};
};

class Dataflows : public ::testing::TestWithParam<const char*> {};

TEST_P(Dataflows, TakeWhatTheModelSays) {
  Random random;
  for (int i = 0; i < 300; ++i) {
    Array array(GetParam());
    const bool unrolled = array.parameters.dataflow == "unrolled";
    array.parameters.output_channels = random(1, 40);
    array.parameters.input_channels = random(1, 40);
    array.parameters.pixels = unrolled ? 1 : random(1, 4);
    array.parameters.weight_buffers = random(1, 2);
    array.parameters.weight_bits_per_cycle = 8u << random(0, 6);
    array.parameters.pipeline_depth = random(0, 6);
    array.match();
    const convolution::Shape shape = random.shape();
    // Rows of a block lie side by side in bytes that two of them can share, which the formula does not look at.
    const auto expected = static_cast<double>(array.model(shape));
    EXPECT_NEAR(static_cast<double>(array.compiler(shape)), expected, std::max(2.0, 0.01 * expected)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Dataflows, ::testing::Values("output_stationary", "weight_stationary", "unrolled"),
                         [](const auto& item) { return std::string(item.param); });

/// docs/microarchitecture.md, "A 3x3 convolution" of tmac: 8x8x32 to 8x8x64, padding 1.
convolution::Shape documented() {
  return {.input_height = 8,
          .input_width = 8,
          .input_channels = 32,
          .output_height = 8,
          .output_width = 8,
          .output_channels = 64,
          .kernel_height = 3,
          .kernel_width = 3,
          .pad_top = 1,
          .pad_left = 1};
}

TEST(DenseCycles, AreThoseOfTheDocumentedExamples) {
  Array output("output_stationary");
  EXPECT_EQ(output.compiler(documented()), 1232u);
  output.timing.tmac.weight_buffers = 1;
  EXPECT_EQ(output.compiler(documented()), 1304u);
  Array parts("output_stationary");
  parts.timing.tmac.weight_buffer_depth = 96;
  EXPECT_EQ(parts.compiler(documented()), 9227u);
  Array stationary("weight_stationary");
  EXPECT_EQ(stationary.compiler(documented()), 1168u);
  Array unrolled("unrolled");
  EXPECT_EQ(unrolled.compiler(documented()), 216u);
}

/// CUTIE (docs/microarchitecture.md, "The line buffer"): 96 channels, 3x3, 2 cycles of control, no pipeline; its weights are
/// there.
TEST(DenseCycles, FillTheLineBufferAsCutieDoes) {
  Array cutie("unrolled");
  cutie.parameters.output_channels = cutie.parameters.input_channels = 96;
  cutie.timing.tmac.setup = 2;
  cutie.timing.tmac.pipeline = 0;
  cutie.timing.tmac.load_bytes = 1u << 20;
  convolution::Shape shape = documented();
  shape.input_channels = shape.output_channels = 96;
  shape.input_height = shape.input_width = shape.output_height = shape.output_width = 32;
  EXPECT_EQ(cutie.compiler(shape), 1038u);
  shape.input_height = shape.input_width = shape.output_height = shape.output_width = 16;
  EXPECT_EQ(cutie.compiler(shape), 264u);
}

/// docs/microarchitecture.md, "A 3x3 convolution" of spu: 8x8x32 to 8x8x16, 1:32.
SparseWork documented_sparse(std::uint32_t lanes) {
  SparseWork work;
  work.shape = {.input_height = 8,
                .input_width = 8,
                .input_channels = 32,
                .output_height = 8,
                .output_width = 8,
                .output_channels = 16,
                .kernel_height = 3,
                .kernel_width = 3,
                .pad_top = 1,
                .pad_left = 1,
                .input_row_stride = 256,
                .input_pixel_stride = 32};
  work.lanes = lanes;
  static const std::vector<std::uint32_t> positions{5, 37, 69, 101, 133, 165, 197, 229, 261};
  for (int row = 0; row < 16; ++row) {
    work.row_values.push_back(9);
    work.row_bytes.push_back(15);
    work.positions.push_back(&positions);
  }
  return work;
}

TEST(SparseCycles, AreThoseOfTheDocumentedExamples) {
  HardwareTiming timing;
  timing.memory.banks = 0;
  EXPECT_EQ(sparse_cycles(documented_sparse(16), timing), 594u);
  EXPECT_EQ(sparse_cycles(documented_sparse(8), timing), 1168u);
  timing.spu.dataflow = SpuTiming::Dataflow::broadcast;
  EXPECT_EQ(sparse_cycles(documented_sparse(16), timing), 722u);
}

/// Broadcast wants one channel of 16 pixels: 32 bytes apart they lie in 4 of 16 banks, 4 words in each, so a step takes 4
/// cycles; padding makes it less. The document has 2132 cycles of the model for random positions.
TEST(SparseCycles, KnowWhereOperandsMeetInBanks) {
  HardwareTiming timing;
  timing.spu.dataflow = SpuTiming::Dataflow::broadcast;
  EXPECT_NEAR(static_cast<double>(sparse_cycles(documented_sparse(16), timing)), 2132, 0.1 * 2132);
}

/// docs/microarchitecture.md, merge: 2 x 3 pixels of 4 channels: set-up 2, 8 beats of records, 6 pixels, 4 cycles of drain.
TEST(MergeCycles, AreThoseOfTheDocumentedExample) {
  namespace fields = registers::merge::fields;
  registers::merge::Job job{};
  job.output_size = fields::output_size::height.make(2) | fields::output_size::width.make(3);
  job.channels = 4;
  job.flags = fields::flags::use_dense.make(1);
  MergeTiming timing{.output_channels = 4, .record_bytes = 8, .setup = 2, .pipeline = 3};
  EXPECT_EQ(merge_cycles(job, timing), 20u);
  // "With 2 places the steps are in cycles 10, 11, 15, 16": 5 cycles for each 2 pixels, so the last is in 21, and 25 in all.
  timing.write_ahead = 2;
  EXPECT_NEAR(static_cast<double>(merge_cycles(job, timing)), 25, 4);
}

/// models/dma/dma.hpp: one burst of 64 bytes, 8 per cycle, read time 30, the scratchpad takes a word per cycle.
TEST(TransferCycles, ABurstIsReadAndWritten) {
  registers::dma::Job job{};
  job.length = 64;
  job.lines = job.planes = 1;
  const MemoryTiming memory{.bus_latency = 2, .memory_latency = 20};  // and 8 beats
  EXPECT_EQ(transfer_cycles(job, false, {}, memory), 4 + 30 + 8u);
}

TEST(TransferCycles, LinesWithoutGapsAreOneLongLine) {
  registers::dma::Job gaps{}, none{};
  gaps.length = none.length = 8;
  gaps.lines = none.lines = 64;
  gaps.planes = none.planes = 1;
  none.source_line_stride = none.destination_line_stride = 8;
  gaps.source_line_stride = 16;
  gaps.destination_line_stride = 8;
  // 8 bursts of 64 bytes, or 64 bursts of 8.
  EXPECT_LT(2 * transfer_cycles(none, false, {}, {}), transfer_cycles(gaps, false, {}, {}));
}

}  // namespace
}  // namespace terse::compiler
