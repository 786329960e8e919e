// The time of the dataflows of the sparse unit, in timing level cycle and in the others: counted by hand, and properties
// of random jobs. The unit is alone at the scratchpad: 16 banks of 8 bytes if not said otherwise, so that byte address a
// lies in bank a / 8 mod 16.
#include "models/spu/spu_dataflows.hpp"

#include <numeric>

#include "models/scratchpad/bank_arbiter.hpp"
#include "tests/models/spu/sparse_pass.hpp"

namespace terse::test {
namespace {

struct Level {
  Timing timing = Timing::cycle;
  std::uint32_t banks = 16;
  std::uint32_t read_latency = 1;
};

/// A bench with a clock, in a simulation of its own.
class ClockedBench {
 public:
  explicit ClockedBench(const SpuParameters& parameters, const Level& level = {})
      : context_(std::make_unique<sc_core::sc_simcontext>()) {
    sc_core::sc_curr_simcontext = context_.get();
    sc_core::sc_default_global_context = context_.get();
    UnitBenchParameters all;
    all.spu = parameters;
    arbiter_ = std::make_unique<BankArbiter>("round_robin", ArbitrationGeometry{.banks = level.banks, .ports = 1});
    layout_ = std::make_unique<BankLayout>(1 << 18, level.banks, 8, BankLayout::Interleaving::word);
    domain_ = std::make_unique<ClockDomain>("domain", clock_period, *arbiter_);
    bench_ = std::make_unique<UnitBench>(all);
    bench_->spu.set_timing(level.timing);
    bench_->spu.set_clock({domain_.get(), 0, layout_.get(), level.read_latency});
  }
  ~ClockedBench() {
    sc_core::sc_curr_simcontext = nullptr;
    sc_core::sc_default_global_context = nullptr;
  }
  ClockedBench(const ClockedBench&) = delete;
  ClockedBench& operator=(const ClockedBench&) = delete;

  /// Runs the job, compares its sums, and returns what it took.
  JobRecord run(const SparsePass& pass) {
    bench_->run([&] {
      pass.put(*bench_);
      bench_->spu_driver.run(pass.job);
      EXPECT_EQ(bench_->spu_driver.error(), ErrorCode::none);
      EXPECT_EQ(pass.results(*bench_), pass.expected());
    });
    const JobRecord record = bench_->last();
    const auto sum = std::accumulate(record.cycles.begin(), record.cycles.end(), std::uint64_t{0});
    EXPECT_EQ(static_cast<double>(sum), UnitBench::duration(record)) << "every cycle has one cause";
    return record;
  }

 private:
  std::unique_ptr<sc_core::sc_simcontext> context_;
  std::unique_ptr<BankArbiter> arbiter_;
  std::unique_ptr<BankLayout> layout_;
  std::unique_ptr<ClockDomain> domain_;
  std::unique_ptr<UnitBench> bench_;
};

JobRecord run(const SparsePass& pass, const SpuParameters& parameters, const Level& level = {}) {
  return ClockedBench(parameters, level).run(pass);
}
std::uint64_t duration(const SparsePass& pass, const SpuParameters& parameters, const Level& level = {}) {
  return static_cast<std::uint64_t>(UnitBench::duration(run(pass, parameters, level)));
}
std::uint64_t cycles(const JobRecord& record, Cause cause) {
  return UnitBench::cycles(record, cause);
}

/// No set-up, decoder or pipeline.
SpuParameters bare(const std::string& dataflow, std::uint32_t lanes) {
  SpuParameters parameters;
  parameters.lanes = lanes;
  parameters.dataflow = dataflow;
  parameters.setup_cycles = parameters.index_decode_cycles = parameters.pipeline_depth = 0;
  return parameters;
}

/// A 1 x width image without gaps, format absolute, 8-bit values; weights[o][k] other than 0 are stored.
SparsePass row_pass(const Shape& shape, const std::vector<std::int16_t>& weights, std::uint32_t input,
                    std::uint32_t values, std::uint32_t indices, std::uint32_t pointers) {
  Image image{.height = 1, .width = shape.input_width, .channels = shape.input_channels};
  image.pixel_stride = shape.input_channels;
  image.row_stride = image.pixel_stride * image.width;
  image.bytes.assign(image.row_stride, 7);
  SparsePass pass{shape, image, weights, pack_absolute(shape, weights, 8)};
  pass.job.input_address = input;
  pass.job.value_address = values;
  pass.job.index_address = indices;
  pass.job.row_pointer_address = pointers;
  return pass;
}

// -- gather ----------------------------------------------------------------------------------------------------------

// 2 lanes, 2 rows of K = 8 with 3 and 1 values, 4 pixels of 8 bytes: 4 * 3 steps. A pixel is one word, which both lanes
// share. Values (4 bytes), indices (8) and pointers (8) lie in banks 0, 1, 2 and come in one beat, the pixels in banks 3
// to 6. Cycle 0 loads and fetches; the steps take cycles 1 to 12. 16 products on 2 lanes: 8 compute.
TEST(Gather, OneStepPerCycleOnceEverythingIsThere) {
  const Shape shape{.input_width = 4, .input_channels = 8, .output_width = 4, .output_channels = 2};
  const SparsePass pass =
      row_pass(shape, {1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0}, 0x118, 0x8000, 0x20008, 0x30010);
  SpuParameters parameters = bare("gather", 2);
  for (const Timing timing : {Timing::cycle, Timing::functional}) {
    const JobRecord record = run(pass, parameters, {.timing = timing});
    EXPECT_EQ(cycles(record, Cause::weight_load), 1u);
    EXPECT_EQ(cycles(record, Cause::compute), 8u);
    EXPECT_EQ(cycles(record, Cause::lane_imbalance), 4u);
    EXPECT_EQ(UnitBench::duration(record), 13);
  }
  // One buffer, one lane: two groups. 4 bytes a value: the first group has 3 values, 3 + 6 + 4 bytes, 12 steps in cycles 1
  // to 12; its place is free in 13, the second group is loaded then; its 4 steps take 14 to 17.
  parameters = bare("gather", 1);
  parameters.value_buffers = 1;
  EXPECT_EQ(duration(pass, parameters), 18u);
  parameters.value_buffers = 2;
  EXPECT_EQ(duration(pass, parameters), 17u);
}

// 4 lanes, 4 rows of K = 32, row o with values at 8 * o and 8 * o + 1, 2 pixels: 4 steps of 4 words. 8 + 16 + 16 bytes of
// weights are two beats (banks 0, 1, 2, 4 and bank 5); the pixels are in banks 6 to 13.
TEST(Gather, FewerPortsThanWordsTakeSeveralCycles) {
  const Shape shape{.input_width = 2, .input_channels = 32, .output_width = 2, .output_channels = 4};
  std::vector<std::int16_t> weights(4 * 32);
  for (std::size_t o = 0; o < 4; ++o) weights[32 * o + 8 * o] = weights[32 * o + 8 * o + 1] = 1;
  const SparsePass pass = row_pass(shape, weights, 0x130, 0x8000, 0x20008, 0x30020);
  SpuParameters parameters = bare("gather", 4);
  parameters.gather_ports = 1;
  // Step i is fetched in cycles 4 i to 4 i + 3 and takes 4 i + 4. The first wait is for weights, until 2.
  const JobRecord record = run(pass, parameters);
  EXPECT_EQ(cycles(record, Cause::weight_load), 2u);
  EXPECT_EQ(cycles(record, Cause::activation_fetch), 2u + 3 * 3);
  EXPECT_EQ(cycles(record, Cause::compute), 4u);
  // Nominally the first cycle of the first fetch hides in the set-up.
  EXPECT_EQ(duration(pass, parameters, {.timing = Timing::functional}), 16u);
  parameters.gather_ports = 2;  // fetched in 2 i, 2 i + 1; steps in 2, 4, 6, 8
  EXPECT_EQ(duration(pass, parameters), 9u);
  parameters.gather_ports = 0;  // all four banks at once; steps in 2 to 5
  EXPECT_EQ(duration(pass, parameters), 6u);
}

// 4 banks: the lanes' activations at 0, 32, 64, 96 all lie in bank 0 and follow each other in cycles 0 to 3. Weights: banks
// 1 and 2, two words in each: until cycle 2.
TEST(Gather, WordsOfOneBankFollowEachOther) {
  const Shape shape{.input_channels = 128, .output_channels = 4};
  std::vector<std::int16_t> weights(4 * 128);
  for (std::size_t o = 0; o < 4; ++o) weights[128 * o + 32 * o] = 1;
  const SparsePass pass = row_pass(shape, weights, 0x100, 0x8008, 0x20010, 0x30008);
  const JobRecord record = run(pass, bare("gather", 4), {.banks = 4});
  EXPECT_EQ(cycles(record, Cause::weight_load), 2u);
  EXPECT_EQ(cycles(record, Cause::activation_fetch), 2u);
  EXPECT_EQ(cycles(record, Cause::compute), 1u);
  EXPECT_EQ(cycles(record, Cause::bank_conflict), 0u);  // nobody else is there
}

// Rows of 4, 1, 4, 1 values on 2 lanes, one pixel. In ascending order two groups take 4 steps each; with the long rows
// together 4 + 1. The first block is 5 + 10 + 8 bytes, or 8 + 16 + 8: one beat of 32, one word per bank; the second hides.
TEST(Gather, AnOrderThatPairsEqualRowsIsFaster) {
  const Shape shape{.input_channels = 4, .output_channels = 4};
  SparsePass pass = row_pass(shape, {1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1}, 0x160, 0x8000, 0x20020, 0x30050);
  for (const Timing timing : {Timing::cycle, Timing::functional}) {
    EXPECT_EQ(duration(pass, bare("gather", 2), {.timing = timing}), 1u + 8);
  }
  pass.job.format |= 1u << 13;
  pass.job.row_order_address = 0x3E000;
  pass.row_order = {0, 0, 2, 0, 1, 0, 3, 0};
  for (const Timing timing : {Timing::cycle, Timing::functional}) {
    EXPECT_EQ(duration(pass, bare("gather", 2), {.timing = timing}), 1u + 5);
  }
}

// -- broadcast -------------------------------------------------------------------------------------------------------

/// Kernel 1 x 2 over 10 pixels, 4 lanes: vectors of 4, 4 and 2 pixels. Row 0 stores both taps, row 1 the second.
SparsePass ten_pixels() {
  const Shape shape{.input_width = 11, .output_width = 10, .output_channels = 2, .kernel_width = 2};
  return row_pass(shape, {1, 2, 0, 3}, 0x118, 0x8000, 0x20008, 0x30010);
}

// 3 slots of 3 vectors. The second slot of row 0 comes round after 3 steps and waits until the first has left the pipeline:
// 4 + 1 - 3 = 2 cycles. 1 beat, 1 cycle of the decoder, 9 steps, 2 waits, 4 to drain. 30 products: 8 compute.
TEST(Broadcast, SumsGoThroughThePipelineBeforeTheyAreAddedTo) {
  SpuParameters parameters = bare("broadcast", 4);
  parameters.index_decode_cycles = 1;
  parameters.pipeline_depth = 4;
  for (const Timing timing : {Timing::cycle, Timing::functional}) {
    const JobRecord record = run(ten_pixels(), parameters, {.timing = timing});
    EXPECT_EQ(cycles(record, Cause::weight_load), 1u);
    EXPECT_EQ(cycles(record, Cause::index_decode), 1u);
    EXPECT_EQ(cycles(record, Cause::compute), 8u);
    EXPECT_EQ(cycles(record, Cause::lane_imbalance), 1u);
    EXPECT_EQ(cycles(record, Cause::accumulator_hazard), 2u);
    EXPECT_EQ(cycles(record, Cause::drain), 4u);
  }
  parameters.pipeline_depth = 2;  // hidden behind 3 vectors
  EXPECT_EQ(cycles(run(ten_pixels(), parameters), Cause::accumulator_hazard), 0u);
}

// Activations 4 to 8 are zero, so vector 1 (pixels 4 to 7) has nothing to add. Steps, slot . vector: row 0: 0.0 0.2 1.0 1.1
// 1.2, where 1.1 writes zeros; row 1: 0.0 0.1 0.2. 0.0 takes cycles 1 and 2 (decoder first) and has left the pipeline in
// 7; 0.2 takes 3; 1.0 waits in 4 to 6. Pixels 4 2 4 4 2 4 4 2: 7 compute.
TEST(Broadcast, VectorsOfZerosTakeNoStep) {
  SpuParameters parameters = bare("broadcast", 4);
  parameters.index_decode_cycles = 1;
  parameters.pipeline_depth = 4;
  parameters.skip_zero_activations = true;
  SparsePass pass = ten_pixels();
  std::fill_n(pass.image.bytes.begin() + 4, 5, std::uint8_t{0});
  for (const Timing timing : {Timing::cycle, Timing::functional}) {
    const JobRecord record = run(pass, parameters, {.timing = timing});
    EXPECT_EQ(cycles(record, Cause::compute), 7u);
    EXPECT_EQ(cycles(record, Cause::lane_imbalance), 1u);
    EXPECT_EQ(cycles(record, Cause::accumulator_hazard), 3u);
    EXPECT_EQ(UnitBench::duration(record), 17);
  }
}

// -- a 3x3 convolution, as in docs/microarchitecture.md --------------------------------------------------------------

/// 8x8x32 to 8x8x16, padding 1, one value of 8 bits in each 32 of K = 288: 9 slots per row. Activations from bank 0 on,
/// values from bank 8, indices from bank 12.
SparsePass convolution_1_of_32() {
  Random random(8);
  const Shape shape{.input_height = 8,
                    .input_width = 8,
                    .input_channels = 32,
                    .output_height = 8,
                    .output_width = 8,
                    .output_channels = 16,
                    .kernel_height = 3,
                    .kernel_width = 3,
                    .pad_top = 1,
                    .pad_left = 1};
  Image image{.height = 8, .width = 8, .channels = 32, .row_stride = 256, .pixel_stride = 32};
  image.bytes.assign(2048, 3);
  std::vector<std::int16_t> weights(16 * 288);
  for (std::size_t group = 0; group < weights.size() / 32; ++group) {
    weights[32 * group + static_cast<std::size_t>(pick(random, 0, 31))] = 1;
  }
  SparsePass pass{shape, image, weights, pack_n_of_m(shape, weights, 8, 1, 32)};
  pass.job.input_address = 0;
  pass.job.value_address = 0x8040;
  pass.job.index_address = 0x20060;
  return pass;
}

// Values 9 bytes and indices 9 * 5 bits = 6 bytes per row: 240 bytes, 8 beats of 32.
TEST(Convolution, GatherByHand) {
  SpuParameters parameters;  // 16 lanes, set-up 4, decoder 2, pipeline 4
  // 16 rows at one pixel, 9 steps each: 4 + 8 + 2 + 64 * 9 + 4.
  EXPECT_EQ(duration(convolution_1_of_32(), parameters, {.timing = Timing::functional}), 594u);
  // A step's lanes read within the 32 channels of one kernel position: 4 words in 4 banks, one cycle. The first fetches,
  // of banks 0 to 3, delay the loader by one beat.
  const JobRecord record = run(convolution_1_of_32(), parameters);
  EXPECT_EQ(cycles(record, Cause::weight_load), 9u);
  EXPECT_EQ(UnitBench::duration(record), 595);
  parameters.lanes = 8;
  // Two groups of 8 rows, 4 beats each, the second behind the first: 4 + 4 + 2 * (2 + 64 * 9) + 4.
  EXPECT_EQ(duration(convolution_1_of_32(), parameters, {.timing = Timing::functional}), 1168u);
  EXPECT_EQ(duration(convolution_1_of_32(), parameters), 1168u);
}

TEST(Convolution, BroadcastByHand) {
  SpuParameters parameters;
  parameters.dataflow = "broadcast";
  // V = 4: every value but a row's first waits 4 + 1 - 4 = 1. 4 + 8 + 2 + 16 * (9 * 4 + 8) + 4.
  SparsePass pass = convolution_1_of_32();
  EXPECT_EQ(duration(pass, parameters, {.timing = Timing::functional}), 722u);
  // A vector is two rows of 8 pixels. Pixels are 4 words apart, rows 32: all lie in 4 of 16 banks, 4 words in each, or 2
  // where padding leaves one row. Per value 4 + 4 + 4 + 4, or 14 for the upper and the lower kernel row: per row 3 * 44 =
  // 132 cycles of fetches, 2112 in all, which bound the job: 4 + 2112 + 1 + 4, and what the FIFO waits for the first weights.
  EXPECT_GE(duration(pass, parameters), 2121u);
  EXPECT_LE(duration(pass, parameters), 2121u + 20);
  // Pixels 5 words apart lie in 16 different banks: one cycle per step.
  pass.image.pixel_stride = pass.job.input_pixel_stride = 40;
  pass.image.row_stride = pass.job.input_row_stride = 320;
  pass.image.bytes.assign(2560, 3);
  EXPECT_GE(duration(pass, parameters), 722u);
  EXPECT_LE(duration(pass, parameters), 722u + 20);
}

// -- all dataflows ---------------------------------------------------------------------------------------------------

SparsePass random_pass(Random& random, const SpuParameters& parameters, double density) {
  const Shape shape = random_shape(random);
  const std::uint32_t bits = 4u << pick(random, 0, 2);
  const std::uint64_t count = shape.weights_per_channel() * shape.output_channels;
  auto weights = random_values(random, count, bits, density);
  PackedSparse packed;
  if (parameters.dataflow == "activation_broadcast") {
    std::vector<std::uint32_t> order(shape.output_channels);
    std::iota(order.begin(), order.end(), 0u);
    packed = pack_columns(shape, weights, bits, static_cast<std::uint32_t>(pick(random, 1, 8)), parameters.lanes,
                          pick(random, 0, 1) != 0, order);
  } else {
    switch (pick(random, 0, 4)) {
      case 0:
        packed = pack_absolute(shape, weights, bits);
        break;
      case 1:
        packed = pack_relative(shape, weights, bits, static_cast<std::uint32_t>(pick(random, 1, 8)));
        break;
      case 2:
        packed = pack_bitmap(shape, weights, bits);
        break;
      case 3:
        packed = pack_dense(shape, weights, bits);
        break;
      default:
        weights = random_n_of_m(random, shape, bits, 2, 5);
        packed = pack_n_of_m(shape, weights, bits, 2, 5);
    }
  }
  Image image = random_image(random, shape.input_height, shape.input_width, shape.input_channels, false);
  const std::int64_t zeros = pick(random, 0, 4);  // in quarters
  for (auto& byte : image.bytes) byte = pick(random, 1, 4) <= zeros ? std::uint8_t{0} : byte;
  return {shape, std::move(image), std::move(weights), std::move(packed)};
}

SpuParameters random_parameters(Random& random, const std::string& dataflow) {
  const auto number = [&](std::int64_t low, std::int64_t high) {
    return static_cast<std::uint32_t>(pick(random, low, high));
  };
  SpuParameters parameters;
  parameters.dataflow = dataflow;
  parameters.lanes = number(0, 1) == 0 ? number(1, 5) : number(1, 40);
  parameters.gather_ports = number(0, 5);
  parameters.fetch_ahead = number(1, 5);
  parameters.skip_zero_activations = dataflow != "gather" && number(0, 1) == 1;
  parameters.fifo_depth = number(1, 9);
  parameters.local_weight_memory = dataflow == "activation_broadcast" && number(0, 1) == 1;
  parameters.value_bits_per_cycle = 8u << number(0, 6);
  parameters.value_buffers = number(1, 2);
  parameters.index_decode_cycles = number(0, 3);
  parameters.setup_cycles = number(0, 5);
  parameters.pipeline_depth = number(0, 6);
  return parameters;
}

TEST(Dataflows, SameSumsInAllLevelsAndNeverFasterThanNominal) {
  Random random(5);
  for (const std::string& dataflow : spu_dataflows().names()) {
    for (unsigned seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(testing::Message() << dataflow << " " << seed);
      const SpuParameters parameters = random_parameters(random, dataflow);
      const SparsePass pass = random_pass(random, parameters, std::array{0.0, 0.03, 0.2, 1.0}[seed % 4]);
      const Level level{.banks = 1u << seed % 5, .read_latency = seed % 4};
      Level nominal = level;
      nominal.timing = Timing::functional;
      EXPECT_GE(duration(pass, parameters, level), duration(pass, parameters, nominal));
      if (HasFailure()) return;
    }
  }
}

// Without a limit on ports, nominal times come from steps that are made one; with a limit that never binds, from single
// steps. Causes agree, too.
TEST(Dataflows, StepsMadeOneTakeTheSameTime) {
  Random random(6);
  for (const std::string dataflow : {"gather", "broadcast"}) {
    for (unsigned seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(testing::Message() << dataflow << " " << seed);
      SpuParameters parameters = random_parameters(random, dataflow);
      const SparsePass pass = random_pass(random, parameters, std::array{0.0, 0.03, 0.2, 1.0}[seed % 4]);
      parameters.gather_ports = 0;
      const JobRecord merged = run(pass, parameters, {.timing = Timing::functional});
      parameters.gather_ports = 4096;
      EXPECT_EQ(run(pass, parameters, {.timing = Timing::functional}).cycles, merged.cycles);
    }
  }
}

/// The durations of a job with ever more of something; none may be longer than the one before.
template <class Change>
void never_slower(const SparsePass& pass, SpuParameters parameters, const std::vector<std::uint32_t>& numbers,
                  const Change& change) {
  for (const Timing timing : {Timing::cycle, Timing::functional}) {
    std::uint64_t before = ~std::uint64_t{0};
    for (const std::uint32_t number : numbers) {
      change(parameters, number);
      const std::uint64_t now = duration(pass, parameters, {.timing = timing});
      EXPECT_LE(now, before) << number;
      before = now;
    }
  }
}

TEST(Dataflows, MoreHardwareIsNeverSlower) {
  Random random(7);
  const Shape shape{.input_height = 8,
                    .input_width = 8,
                    .input_channels = 16,
                    .output_height = 8,
                    .output_width = 8,
                    .output_channels = 16,
                    .kernel_height = 3,
                    .kernel_width = 3,
                    .pad_top = 1,
                    .pad_left = 1};
  const SparsePass regular = n_of_m_pass(random, shape, 8, 1, 16, false);
  const SparsePass irregular = absolute_pass(random, shape, 8, 0.05, false);
  for (const std::string dataflow : {"gather", "broadcast"}) {
    SCOPED_TRACE(dataflow);
    SpuParameters parameters;
    parameters.dataflow = dataflow;
    never_slower(regular, parameters, {1, 2, 4, 8, 16}, [](SpuParameters& p, std::uint32_t n) { p.lanes = n; });
    never_slower(irregular, parameters, {1, 2, 4, 8, 16},
                 [](SpuParameters& p, std::uint32_t n) { p.gather_ports = n; });
    never_slower(irregular, parameters, {1, 2, 4, 8}, [](SpuParameters& p, std::uint32_t n) { p.fetch_ahead = n; });
    never_slower(irregular, parameters, {1, 2}, [](SpuParameters& p, std::uint32_t n) { p.value_buffers = n; });
    never_slower(irregular, parameters, {8, 32, 256},
                 [](SpuParameters& p, std::uint32_t n) { p.value_bits_per_cycle = n; });
    never_slower(irregular, parameters, {6, 4, 0}, [](SpuParameters& p, std::uint32_t n) { p.pipeline_depth = n; });
  }
}

TEST(Dataflows, WhatADataflowCannotDoIsRefused) {
  SpuParameters parameters;
  EXPECT_TRUE(parameters.problems().empty());
  parameters.skip_zero_activations = parameters.local_weight_memory = true;
  ASSERT_EQ(parameters.problems().size(), 2u);
  EXPECT_EQ(parameters.problems()[0].parameter, "skip_zero_activations");
  EXPECT_EQ(parameters.problems()[1].parameter, "local_weight_memory");
  parameters.dataflow = "broadcast";
  ASSERT_EQ(parameters.problems().size(), 1u);
  EXPECT_EQ(parameters.problems()[0].parameter, "local_weight_memory");
  parameters.dataflow = "activation_broadcast";
  EXPECT_TRUE(parameters.problems().empty());
}

}  // namespace
}  // namespace terse::test
