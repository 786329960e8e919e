// The dataflows of the MAC array, cycle by cycle. Rules: models/clocked/stream_engine.hpp and dataflow_*.cpp.
#include <gtest/gtest.h>

#include "models/ports/job_problem.hpp"
#include "registers/generated/tmac.hpp"
#include "tests/models/tmac/dataflow_bench.hpp"

namespace terse::test {
namespace {

/// Po 2, Pi 2, Px 1; 4 bytes of weights per cycle; set-up 2, pipeline 3.
TmacParameters small_array(const std::string& dataflow) {
  TmacParameters parameters;
  parameters.output_channels = parameters.input_channels = 2;
  parameters.dataflow = dataflow;
  parameters.weight_bits_per_cycle = 32;
  parameters.setup_cycles = 2;
  parameters.pipeline_depth = 3;
  return parameters;
}

std::string repeated(const std::string& text, unsigned times) {
  std::string all;
  for (unsigned i = 0; i < times; ++i) all += text;
  return all;
}

// -- output_stationary ----------------------------------------------------------------------------------------------

// Set-up in cycles 0 and 1. Cycle 2: the first pixel is fetched (bank 0), and two rows of a byte, 4 bytes apart, are one
// beat (bank 8). There in cycle 3: four steps, then the pipeline.
TEST(OutputStationary, FillsSteadilyRunsAndDrains) {
  const TmacParameters array = small_array("output_stationary");
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 2, 2))), "d2w1C4D3");
}

// 3 input channels are two slices, 3 output channels two groups of which the second is half empty: 2 * 4 * 2 steps.
TEST(OutputStationary, OddSizesTakeWholeSteps) {
  const TmacParameters array = small_array("output_stationary");
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 3, 3))), "d2w1C16D3");
}

// Two groups of four steps. Two buffers: the second load hides. One: the first group's last step is in cycle 6, its place
// free in cycle 7: loaded in 7, used in 8.
TEST(OutputStationary, TheOtherBufferHidesTheNextGroupsLoad) {
  TmacParameters array = small_array("output_stationary");
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 2, 4))), "d2w1C8D3");
  array.weight_buffers = 1;
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 2, 4))), "d2w1C4w1C4D3");
}

// K = 4 in a buffer of 2: two parts of one step each, for each of 3 pixels anew: six blocks of one beat. Two buffers: block
// b + 1 is loaded in the cycle of step b. One: it waits for step b's end.
TEST(OutputStationary, LongRowsPassInParts) {
  TmacParameters array = small_array("output_stationary");
  array.weight_buffer_depth = 2;
  EXPECT_EQ(schedule_of(work_of(array, pointwise(3, 4, 2)))->block_count(), 6u);
  EXPECT_EQ(stepped(work_of(array, pointwise(3, 4, 2))), "d2w1C6D3");
  array.weight_buffers = 1;
  EXPECT_EQ(stepped(work_of(array, pointwise(3, 4, 2))), "d2" + repeated("w1C1", 6) + "D3");
  array.weight_buffer_depth = 4;  // the whole row: one block
  EXPECT_EQ(stepped(work_of(array, pointwise(3, 4, 2))), "d2w1C6D3");
}

// Parts end between steps: K = 3 * 3 in a buffer of 5 with Pi 2 are, per kernel column, slices of 2 and 1: 2 1 2 | 1 2 1.
TEST(OutputStationary, PartsEndBetweenSteps) {
  TmacParameters array = small_array("output_stationary");
  array.weight_buffer_depth = 5;
  const Shape shape{.input_width = 3, .input_channels = 3, .output_channels = 1, .kernel_width = 3};
  const TmacWork work = work_of(array, shape);
  const auto schedule = schedule_of(work);
  ASSERT_EQ(schedule->block_count(), 2u);
  Step step;
  for (unsigned i = 0; i < 6; ++i) {
    step.clear();
    ASSERT_TRUE(schedule->next(step));
    EXPECT_EQ(step.block, i / 3) << i;
    EXPECT_EQ(step.last_of_block, i % 3 == 2) << i;
    EXPECT_EQ(step.accumulator_words, i == 5 ? 1u : 0u) << i;
  }
  EXPECT_FALSE(schedule->next(step));
  // Weights 0 to 4 lie in bytes 0 and 1, weights 5 to 8 in bytes 1 and 2.
  WeightBlock block;
  schedule->block(1, block);
  ASSERT_EQ(block.pieces.size(), 1u);
  EXPECT_EQ(block.pieces[0].address, dataflow_weights + 1);
  EXPECT_EQ(block.pieces[0].bytes, 2u);
}

// One word of bank 0 per step. Somebody else gets the bank in the odd cycles from 3 on: fetches are granted in 2, 4, 6, 8.
// A lost cycle is known at its end, hence booked in the next.
TEST(OutputStationary, ABankSharedWithAnotherInitiatorHalvesThePace) {
  const TmacParameters array = small_array("output_stationary");
  const auto taken = [](unsigned cycle) {
    BankSet banks;
    if (cycle >= 3 && cycle % 2 == 1) banks.insert(0);
    return banks;
  };
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 2, 2)), taken), "d2w1C1" + repeated("b1C1", 3) + "D3");
}

// A beat that loses its bank in cycle 2 is loaded in 3.
TEST(OutputStationary, AWeightLoadCanLoseItsBank) {
  const TmacParameters array = small_array("output_stationary");
  const auto taken = [](unsigned cycle) {
    BankSet banks;
    if (cycle == 2) banks.insert(8);
    return banks;
  };
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 2, 2)), taken), "d2w1b1C4D3");
}

// 3 pixels at a time of 2 channels each: 6 bytes of one word. 5 pixels: two blocks.
TEST(OutputStationary, PixelsAtATimeShareWords) {
  TmacParameters array = small_array("output_stationary");
  array.pixels = 3;
  const TmacWork work = work_of(array, pointwise(5, 2, 2));
  EXPECT_EQ(stepped(work), "d2w1C2D3");
  const auto schedule = schedule_of(work);
  Step step;
  ASSERT_TRUE(schedule->next(step));
  ASSERT_EQ(step.reads.size(), 1u);
  EXPECT_EQ(step.reads[0].bytes, 6u);
  EXPECT_EQ(step.accumulator_words, 6u);
}

// 1x1 array: 2 * 3 pixels * 2 channels steps. The four groups' and slices' weights are one byte per channel.
TEST(OutputStationary, AnArrayOfOneMultiplier) {
  TmacParameters array = small_array("output_stationary");
  array.output_channels = array.input_channels = 1;
  EXPECT_EQ(stepped(work_of(array, pointwise(3, 2, 2))), "d2w1C12D3");
}

// 6 sums of a pixel block through a port of 1: ready with cycle c, they are taken in c + 1 to c + 6. Blocks of one step:
// the second one's step would end in cycle 4, and may with the last word, in cycle 9.
TEST(OutputStationary, ASlowAccumulatorPortHoldsTheArrayBack) {
  TmacParameters array = small_array("output_stationary");
  array.pixels = 3;
  array.accumulator_words_per_cycle = 1;
  EXPECT_EQ(stepped(work_of(array, pointwise(6, 2, 2))), "d2w1C1h5C1D6");
}

TEST(OutputStationary, TheBase3DecoderIsOneMorePipelineStage) {
  TmacParameters array = small_array("output_stationary");
  array.ternary_encoding = "base3";
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 2, 2))), "d2w1C4D4");
}

// -- weight_stationary ----------------------------------------------------------------------------------------------

// K = 4: two slices, four pixels each. The second slice's first step adds to sums that have left the pipeline: made in
// cycle 3, out in cycle 7, when it starts.
TEST(WeightStationary, AllPixelsPassASlice) {
  const TmacParameters array = small_array("weight_stationary");
  EXPECT_EQ(schedule_of(work_of(array, pointwise(4, 4, 2)))->block_count(), 2u);
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 4, 2))), "d2w1C8D3");
}

// Two pixels only: the sums of cycle 3 are out in 7; the third step waits in 5 and 6. Those of cycle 4 are out in 8.
TEST(WeightStationary, FewPixelsWaitForThePipeline) {
  const TmacParameters array = small_array("weight_stationary");
  EXPECT_EQ(stepped(work_of(array, pointwise(2, 4, 2))), "d2w1C2h2C2D3");
}

// Two sums per step through a port of one: a step every two cycles.
TEST(WeightStationary, EveryStepUsesTheAccumulatorPort) {
  TmacParameters array = small_array("weight_stationary");
  array.accumulator_words_per_cycle = 1;
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 4, 2))), "d2w1C1" + repeated("h1C1", 7) + "D3");
}

// One buffer: every slice's load shows.
TEST(WeightStationary, OneBufferShowsEveryLoad) {
  TmacParameters array = small_array("weight_stationary");
  array.weight_buffers = 1;
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 4, 4))), "d2" + repeated("w1C4", 4) + "D3");
}

// -- unrolled --------------------------------------------------------------------------------------------------------

// 4x4 pixels, three into the line buffer per cycle. The first output's bottom right tap is pixel 5: two fetches, cycles 0
// and 1; from then on no output needs more than one fetch. The last sum is handed over in one cycle more.
TEST(Unrolled, StartsWhenTheFirstOutputsInputsAreThere) {
  TmacParameters array = small_array("unrolled");
  array.setup_cycles = array.pipeline_depth = 0;
  EXPECT_EQ(stepped(work_of(array, same_3x3(4, 1, 1))), "a2C16D1");
}

// Stride 2 on 8x8: output (y, x) needs (2y + 1) * 8 + 2x + 2 pixels, in fetches of three:
//   4 4 5 6 | 9 10 10 11 | 14 15 16 16 | 20 20 21 22
// One fetch per cycle, and one cycle for a step that needs none: the rows' first outputs need 4, 3, 3 and 4 cycles, all
// others one, and steps begin in cycles 4 to 7, 10 to 13, 16 to 19 and 23 to 26.
TEST(Unrolled, StridesWaitForTheLineBufferAtEveryRow) {
  TmacParameters array = small_array("unrolled");
  array.setup_cycles = array.pipeline_depth = 0;
  EXPECT_EQ(stepped(work_of(array, same_3x3(8, 1, 1, 2))), "a4C4a2C4a2C4a3C4D1");
}

// 1x1 kernel, no padding: output p needs pixel p.
TEST(Unrolled, SmallKernelsLeaveMultipliersIdle) {
  const TmacParameters array = small_array("unrolled");
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 2, 2))), "d2w1C4D3");
  // Two channel slices: 2 * 4 steps, the second slice's sums added to those four steps ago.
  EXPECT_EQ(stepped(work_of(array, pointwise(4, 4, 2))), "d2w1C8D3");
}

TEST(Unrolled, EachInputPixelIsReadOncePerGroupAndSlice) {
  const TmacParameters array = small_array("unrolled");
  const TmacCost cost = tmac_cost(work_of(array, same_3x3(6, 3, 3)));
  EXPECT_EQ(cost.activation_bytes, 2u * 36 * 3);  // two groups; slices of 2 and 1 channels
  // With stride 2 the last needed pixel of 8x8 is the last one.
  EXPECT_EQ(tmac_cost(work_of(array, same_3x3(8, 2, 2, 2))).activation_bytes, 64u * 2);
}

TEST(Unrolled, LargerKernelsAndDilationAreRefused) {
  const TmacParameters array = small_array("unrolled");
  const auto refused = [&](const Shape& shape) -> std::uint32_t {
    try {
      (void)schedule_of(work_of(array, shape));
    } catch (const JobProblem& problem) {
      EXPECT_EQ(problem.code(), registers::hwpe::ErrorCode::illegal_value);
      return problem.address();
    }
    return 0;
  };
  Shape shape = same_3x3(8, 1, 1);
  EXPECT_EQ(refused(shape), 0u);
  shape.kernel_width = 4;
  EXPECT_EQ(refused(shape), registers::tmac::kernel);
  shape = same_3x3(8, 1, 1);
  shape.dilation_y = 2;
  EXPECT_EQ(refused(shape), registers::tmac::padding);
}

/// CUTIE (arXiv:2011.01713, cycle model from its RTL's line buffer controller): 96 input channels, 3x3, two cycles of control.
/// 64 banks, so that three pixels of 96 bytes pass in a cycle.
struct Cutie {
  TmacParameters array;
  BankLayout layout{1 << 20, 64, 8, BankLayout::Interleaving::word};

  Cutie() {
    array.output_channels = array.input_channels = 96;
    array.dataflow = "unrolled";
    array.weight_bits_per_cycle = 65536;
    array.setup_cycles = 2;
    array.pipeline_depth = 2;
  }
};

// 32x32: 2 + ceil(34 / 3) + 1024 = 1038; 16x16: 2 + ceil(18 / 3) + 256 = 264; and the pipeline of 2. One output channel, whose
// weights are there before the line buffer is filled: CUTIE loads a layer's weights during the layer before.
TEST(Unrolled, CutiesScheduleIsMetToTheCycle) {
  const Cutie cutie;
  EXPECT_EQ(stepped_cycles(work_of(cutie.array, same_3x3(32, 96, 1)), cutie.layout), 1038u + 2);
  EXPECT_EQ(stepped_cycles(work_of(cutie.array, same_3x3(16, 96, 1)), cutie.layout), 264u + 2);
}

// With all 96 output channels the first load of weights hides behind the filling of the line buffer, others behind the group
// before.
TEST(Unrolled, ASecondGroupsWeightsLoadMeanwhile) {
  const Cutie cutie;
  const JobTime one = tmac_cost(work_of(cutie.array, same_3x3(32, 96, 96))).time;
  const JobTime two = tmac_cost(work_of(cutie.array, same_3x3(32, 96, 192))).time;
  EXPECT_EQ(one.compute, 1024u);
  // 96 rows of 216 bytes, 8192 per cycle: 3 cycles, while the line buffer fills in 12, the first of them in the set-up.
  EXPECT_EQ(one.weight_load, 0u);
  EXPECT_EQ(one.activation_fetch, 11u);
  EXPECT_EQ(two.weight_load, 0u);
  EXPECT_EQ(two.activation_fetch, 2 * 11u);  // one fetch per step leaves none for the next line buffer
  EXPECT_EQ(two.compute, 2048u);
}

// -- all ---------------------------------------------------------------------------------------------------------------

TmacParameters random_array(Random& random, const std::string& dataflow) {
  const auto number = [&](std::int64_t low, std::int64_t high) {
    return static_cast<std::uint32_t>(pick(random, low, high));
  };
  TmacParameters array;
  array.dataflow = dataflow;
  array.output_channels = number(1, 6);
  array.input_channels = number(1, 6);
  array.pixels = dataflow == "unrolled" ? 1 : number(1, 4);
  array.unrolled_kernel = 5;
  array.line_buffer_pixels = number(0, 6);
  array.weight_bits_per_cycle = 8u << number(0, 4);
  array.weight_buffers = number(1, 2);
  array.weight_buffer_depth = number(0, 1) == 0 ? 0 : array.input_channels * 25 + number(0, 9);
  if (dataflow != "unrolled" && array.weight_buffer_depth != 0)
    array.weight_buffer_depth = array.input_channels + number(0, 9);
  array.fetch_ahead = number(1, 5);
  array.accumulator_words_per_cycle = number(0, 3);
  array.setup_cycles = number(0, 4);
  array.pipeline_depth = number(0, 5);
  return array;
}

TEST(Dataflows, NoJobIsFasterThanItsNominalTimeAndLeastCyclesAreExact) {
  Random random(11);
  for (unsigned i = 0; i < 300; ++i) {
    const std::string dataflow = tmac_dataflows().names()[i % 3];
    const TmacParameters array = random_array(random, dataflow);
    ASSERT_TRUE(array.problems().empty()) << array.problems().front().message;
    Shape shape = random_shape(random);
    if (dataflow == "unrolled") shape.dilation_x = shape.dilation_y = 1;
    const TmacWork work = work_of(array, shape);
    SCOPED_TRACE(fmt::format("{} {}", i, dataflow));

    const auto schedule = schedule_of(work);
    const std::uint64_t least = schedule->least_cycles();
    std::uint64_t sum = 0, next_block = 0, sums = 0;
    Step step;
    while (schedule->next(step)) {
      sum += step.cycles();
      if (step.block != Step::no_block) {
        ASSERT_EQ(step.block, next_block);
      }
      if (step.last_of_block) ++next_block;
      if (step.depends_on_back == 0) sums += step.accumulator_words;
      step.clear();
    }
    EXPECT_EQ(sum, least);
    EXPECT_EQ(next_block, schedule->block_count());
    EXPECT_EQ(sums, shape.outputs());
    EXPECT_GE(stepped_cycles(work), tmac_cost(work).time.total());
  }
}

// The table of docs/microarchitecture.md, "A 3x3 convolution", which derives the nominal ones.
TEST(Dataflows, ExamplesInTheDocumentation) {
  const Shape shape = same_3x3(8, 32, 64);
  const auto expect = [&](const TmacParameters& array, std::uint64_t nominal, std::uint64_t alone) {
    EXPECT_EQ(tmac_cost(work_of(array, shape)).time.total(), nominal) << array.dataflow;
    EXPECT_EQ(stepped_cycles(work_of(array, shape)), alone) << array.dataflow;
  };
  TmacParameters array;
  expect(array, 1232, 1232);
  array.weight_buffers = 1;
  expect(array, 1304, 1304);
  array.weight_buffers = 2;
  array.weight_buffer_depth = 96;
  expect(array, 9227, 9659);
  array.weight_buffer_depth = 0;
  array.pixels = 4;
  expect(array, 368, 424);
  array.pixels = 1;
  array.dataflow = "weight_stationary";
  expect(array, 1168, 1168);
  array.accumulator_words_per_cycle = 16;
  expect(array, 2319, 2319);
  array.accumulator_words_per_cycle = 0;
  array.dataflow = "unrolled";
  expect(array, 216, 234);
}

// -- directions --------------------------------------------------------------------------------------------------------

std::uint64_t cycles_of(const TmacParameters& array, const Shape& shape) {
  return tmac_cost(work_of(array, shape)).time.total();
}

TEST(Dataflows, ALargerArrayIsNeverSlower) {
  for (const std::string& dataflow : tmac_dataflows().names()) {
    for (const Shape& shape : {same_3x3(9, 12, 20), pointwise(1, 64, 32), same_3x3(7, 3, 5, 2)}) {
      for (std::uint32_t TmacParameters::*size :
           {&TmacParameters::output_channels, &TmacParameters::input_channels, &TmacParameters::pixels}) {
        if (dataflow == "unrolled" && size == &TmacParameters::pixels) continue;
        TmacParameters array = small_array(dataflow);
        std::uint64_t before = cycles_of(array, shape);
        for (unsigned doubling = 0; doubling < 5; ++doubling) {
          array.*size *= 2;
          const std::uint64_t now = cycles_of(array, shape);
          EXPECT_LE(now, before) << dataflow << " " << array.*size;
          before = now;
        }
      }
    }
  }
}

TEST(Dataflows, BuffersAndPortsHelpOrDoNotMatter) {
  const Shape shape = same_3x3(5, 12, 8);
  for (const std::string& dataflow : tmac_dataflows().names()) {
    const TmacParameters array = small_array(dataflow);
    const std::uint64_t cycles = cycles_of(array, shape);
    TmacParameters other = array;
    other.weight_buffers = 1;
    EXPECT_GT(cycles_of(other, shape), cycles) << dataflow;
    other = array;
    other.weight_bits_per_cycle = 8;
    EXPECT_GT(cycles_of(other, shape), cycles) << dataflow;
    other = array;
    other.accumulator_words_per_cycle = 1;
    EXPECT_GE(cycles_of(other, shape), cycles) << dataflow;
    other = array;
    other.setup_cycles += 3;
    EXPECT_EQ(cycles_of(other, shape), cycles + 3) << dataflow;
  }
  TmacParameters array = small_array("output_stationary");
  const std::uint64_t whole = cycles_of(array, shape);
  array.weight_buffer_depth = 20;  // 100 of K + 8: six parts, each reloaded for 25 pixels through 4 bytes per cycle
  array.weight_bits_per_cycle = 8;
  EXPECT_GT(cycles_of(array, shape), whole);
}

TEST(Dataflows, ParametersThatExcludeEachOtherAreRefused) {
  TmacParameters array = small_array("unrolled");
  EXPECT_TRUE(array.problems().empty());
  array.pixels = 2;
  ASSERT_EQ(array.problems().size(), 1u);
  EXPECT_EQ(array.problems()[0].parameter, "pixels");
  array.pixels = 1;
  array.weight_buffer_depth = 9 * 2 - 1;
  ASSERT_EQ(array.problems().size(), 1u);
  EXPECT_EQ(array.problems()[0].parameter, "weight_buffer_depth");
  array.weight_buffer_depth = 9 * 2;
  EXPECT_TRUE(array.problems().empty());
  array = small_array("weight_stationary");
  array.weight_buffer_depth = 1;
  ASSERT_EQ(array.problems().size(), 1u);
}

}  // namespace
}  // namespace terse::test
