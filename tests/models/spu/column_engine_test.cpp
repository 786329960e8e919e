// The hardware of dataflow activation_broadcast, stepped by hand, and held against EIE's published times.
#include "models/spu/column_engine.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/models/clocked/stepped.hpp"

namespace terse {
namespace {

using testing::causes_of;

/// 4 banks of 8 bytes.
const BankLayout layout(1 << 16, 4, 8, BankLayout::Interleaving::word);

/// A fully connected layer: one pixel, as many columns as activations.
struct Layer {
  std::vector<std::uint8_t> activations = {};
  LaneEntries lanes = {};
  std::uint32_t line_words = 1;
  bool skip_zeros = true;
  std::uint64_t address = 0;
  std::vector<Piece> load = {};

  [[nodiscard]] ActivationLines lines() const {
    convolution::Shape shape;
    shape.input_channels = static_cast<std::uint32_t>(activations.size());
    shape.output_channels = lanes.lanes;
    return {{.shape = shape, .first = activations.data(), .address = address, .row_stride = 0, .pixel_stride = 0},
            line_words,
            8,
            skip_zeros};
  }
  [[nodiscard]] std::string causes(ColumnEngineParameters parameters,
                                   const std::function<BankSet(unsigned)>& taken = {}) const {
    ActivationLines source = lines();
    parameters.lanes = std::max(parameters.lanes, lanes.lanes);
    ColumnEngine engine(parameters, lanes, source, load, layout);
    return causes_of(engine, taken);
  }
};

// Cycle 0 fetches the line, there in 1. Activations are sent in 1 and 2; the lane works in 2 (two entries: and 3), 4.
TEST(ColumnEngine, OneLaneWorksOneEntryPerCycle) {
  const Layer layer{.activations = {5, 6}, .lanes = {1, {2, 1}}};
  EXPECT_EQ(layer.causes({}), "alCCC");
  EXPECT_EQ(layer.causes({.setup_cycles = 2, .index_decode_cycles = 1, .pipeline_depth = 3}),
            "ddi"
            "lCCC"
            "DDD");
}

TEST(ColumnEngine, ZerosTakeNoCycleUnlessTheyAreSent) {
  Layer layer{.activations = {0, 5, 0, 0, 6}, .lanes = {1, {1, 1, 1, 1, 1}}};
  EXPECT_EQ(layer.causes({}), "alCC");
  layer.skip_zeros = false;
  EXPECT_EQ(layer.causes({}), "alCCCCC");
}

// The lane takes a cycle for a column in which it has nothing.
TEST(ColumnEngine, AnEmptyColumnTakesACycle) {
  const Layer layer{.activations = {1, 1, 1}, .lanes = {1, {1, 0, 1}}};
  EXPECT_EQ(layer.causes({}), "alClC");
}

// Two lanes, three columns; lane 0 has 1, 1, 1 entries, lane 1 has 3, 0, 2. Sent in 1, 2, 3.
//   cycle   2  3  4  5  6  7
//   lane 0  x  x  x  .  .  .
//   lane 1  x  x  x  -  x  x     (- is the empty column)
// 8 entries: 4 compute. Working lanes 2 2 2 0 1 1: compute in 2, 3, 4, lost 5, compute in 6 for the lane that works in 7 too.
TEST(ColumnEngine, ComputeIsTheTimeOfPerfectBalance) {
  const Layer layer{.activations = {1, 1, 1}, .lanes = {2, {1, 3, 1, 0, 1, 2}}};
  EXPECT_EQ(layer.causes({}), "alCCClCl");
}

// FIFO of one place: sent in 1, worked on in 2 to 4, the place is free in 5: the second is sent then, and so on.
// Lane 1 has one entry per column. Working 2 1 1 | 2 1 1: compute 2, lost (credit) ... 4 + 4 entries through 2 lanes: 4.
//   cycle    1 2 3 4 5 6 7 8
//   working  0 2 1 1 0 2 1 1
//   compute    x x     x x      cycles 4 and 8 are paid for by 3 and 7
// 2, 3, 4 are blocked while an activation waits; 8 is not: all are sent.
TEST(ColumnEngine, AFullFifoBlocksTheBroadcast) {
  const Layer layer{.activations = {1, 1}, .lanes = {2, {3, 1, 3, 1}}};
  EXPECT_EQ(layer.causes({.fifo_depth = 1}), "alCCflCCl");
  // With two places the second is sent in 2, lane 1 goes on in 3: working 2 2 1 1 1 1 in 2 to 7.
  EXPECT_EQ(layer.causes({.fifo_depth = 2}), "alCCClCl");
}

// Three lines of 8 activations, all but the last of each zero: a line per cycle is fetched, one activation per line sent.
TEST(ColumnEngine, LinesAreFetchedAheadOneByOne) {
  Layer layer{.activations = std::vector<std::uint8_t>(24), .lanes = {1, std::vector<std::uint32_t>(24, 1)}};
  layer.activations[7] = layer.activations[15] = layer.activations[23] = 1;
  EXPECT_EQ(layer.causes({}), "alCCC");
  // Latency 3: lines are there in 3, 4, and, as two at a time are there or on their way and the first has left in 3, the
  // third asked for in 4 is there in 7. Sent in 3, 4, 7; worked on in 4, 5, 8.
  EXPECT_EQ(layer.causes({.read_latency = 3}), "aaalCCalC");
  // Three lines at a time: sent in 3, 4, 5.
  EXPECT_EQ(layer.causes({.read_latency = 3, .fetch_ahead = 3}), "aaalCCC");
}

// A run that begins in the middle of a word: lines are cut at words. 5 bytes from address 6 on are words 0 and 1.
TEST(ColumnEngine, LinesAreCutAtWords) {
  const Layer layer{.activations = {1, 1, 1, 1, 1}, .lanes = {1, {1, 1, 1, 1, 1}}, .address = 6};
  ActivationLines lines = layer.lines();
  ActivationLine line;
  EXPECT_EQ(lines.left(), 5u);
  ASSERT_TRUE(lines.next(line));
  EXPECT_EQ(line.piece.address, 6u);
  EXPECT_EQ(line.columns, (std::vector<std::uint32_t>{0, 1}));
  ASSERT_TRUE(lines.next(line));
  EXPECT_EQ(line.columns, (std::vector<std::uint32_t>{2, 3, 4}));
  EXPECT_EQ(lines.left(), 0u);
  EXPECT_FALSE(lines.next(line));
}

TEST(ColumnEngine, ABankTakenByOthersIsAConflict) {
  const Layer layer{.activations = {1}, .lanes = {1, {1}}};
  const auto taken = [](unsigned cycle) {
    BankSet banks;
    if (cycle < 2) banks.insert(0);
    return banks;
  };
  // Granted in 2, there in 3; the two conflicts are known at the ends of cycles 0 and 1.
  EXPECT_EQ(layer.causes({}, taken), "abblC");
}

// 20 bytes, 8 per cycle, behind the activations' line on bank 0: granted in 1, 2, 3; usable from 4 on.
TEST(ColumnEngine, LaneMemoriesAreFilledFirst) {
  Layer layer{.activations = {1}, .lanes = {1, {1}}};
  layer.load = {{32, 20}};
  EXPECT_EQ(layer.causes({.load_bytes = 8}), "wwwwlC");
  layer.load = {{40, 20}};  // bank 1: beats in 0, 1, 2
  EXPECT_EQ(layer.causes({.load_bytes = 8}), "wwwlC");
}

// -- random layers -----------------------------------------------------------------------------------------------------

/// Rows dealt to the lanes in turn, i.i.d. masks, gaps of `gap_bits` with fillers; 0: no fillers.
Layer random_layer(unsigned seed, std::uint32_t inputs, std::uint32_t outputs, double weight_density,
                   double activation_density, std::uint32_t lanes, std::uint32_t gap_bits) {
  std::mt19937_64 random(seed);
  std::bernoulli_distribution active(activation_density);
  std::geometric_distribution<std::uint32_t> gap(weight_density);
  Layer layer{.activations = {}, .lanes = {lanes, std::vector<std::uint32_t>(std::size_t{inputs} * lanes)}};
  for (std::uint32_t k = 0; k < inputs; ++k) {
    layer.activations.push_back(active(random) ? 1 : 0);
    for (std::uint32_t lane = 0; lane < lanes; ++lane) {
      const std::uint32_t rows = (outputs - lane + lanes - 1) / lanes;
      std::uint32_t& entries = layer.lanes.entries[std::size_t{k} * lanes + lane];
      for (std::uint32_t row = 0;;) {
        const std::uint32_t zeros = gap(random);
        if (zeros >= rows - row) break;  // the column's end needs no fillers
        if (gap_bits != 0) entries += zeros >> gap_bits;
        ++entries;
        row += zeros + 1;
        if (row >= rows) break;
      }
    }
  }
  return layer;
}

std::uint64_t cycles(const Layer& layer, ColumnEngineParameters parameters) {
  ActivationLines source = layer.lines();
  parameters.lanes = layer.lanes.lanes;
  ColumnEngine engine(parameters, layer.lanes, source, {}, layout);
  std::uint64_t count = 0;
  while (!engine.finished()) {
    engine.step(engine.request());
    ++count;
  }
  return count;
}

struct Published {
  const char* name;
  std::uint32_t inputs, outputs;
  double weights, activations;  ///< Densities.
  double theoretical_us, actual_us;
};

// EIE (Han et al., ISCA 2016), table of wall-clock times: 64 lanes, gaps of 4 bits, FIFOs of 8, 800 MHz. The densities are
// published rounded to 1 % and real masks cluster, hence 12 %.
class EieTest : public ::testing::TestWithParam<Published> {};

TEST_P(EieTest, AgreesWithThePublishedTime) {
  const Published& row = GetParam();
  const ColumnEngineParameters eie{.index_decode_cycles = 2, .pipeline_depth = 4, .fetch_ahead = 2, .fifo_depth = 8};
  const auto microseconds = [](std::uint64_t count) { return static_cast<double>(count) / 800; };
  const auto error = [](double ours, double published) { return std::abs(ours / published - 1); };

  Layer layer = random_layer(1, row.inputs, row.outputs, row.weights, row.activations, 64, 4);
  ActivationLines source = layer.lines();
  ColumnEngineParameters parameters = eie;
  parameters.lanes = 64;
  ColumnEngine engine(parameters, layer.lanes, source, {}, layout);
  std::uint64_t count = 0;
  for (; !engine.finished(); ++count) engine.step(engine.request());
  const Clocked::Cycles passed = engine.take_passed();
  const double actual = microseconds(count);
  const double theoretical = microseconds(passed[static_cast<std::size_t>(Cause::compute)]);
  EXPECT_LT(error(theoretical, row.theoretical_us), 0.12) << theoretical;
  EXPECT_LT(error(actual, row.actual_us), 0.12) << actual;
  RecordProperty("theoretical_ns", static_cast<int>(1000 * theoretical));
  RecordProperty("actual_ns", static_cast<int>(1000 * actual));

  // Without fillers lanes have less to do, and the error is worse.
  const double bare =
      microseconds(cycles(random_layer(1, row.inputs, row.outputs, row.weights, row.activations, 64, 0), eie));
  RecordProperty("without_fillers_ns", static_cast<int>(1000 * bare));
  EXPECT_GT(error(bare, row.actual_us), error(actual, row.actual_us)) << bare;
  EXPECT_LT(bare, 0.93 * row.actual_us);
}

INSTANTIATE_TEST_SUITE_P(Layers, EieTest,
                         ::testing::Values(Published{"Alex6", 9216, 4096, 0.09, 0.351, 28.1, 30.3},
                                           Published{"Alex7", 4096, 4096, 0.09, 0.353, 11.7, 12.2},
                                           Published{"NtWd", 600, 8791, 0.11, 1.0, 13.0, 13.9}),
                         [](const auto& row) { return row.param.name; });

TEST(ColumnEngine, DeeperFifosAreNeverSlower) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Layer layer = random_layer(seed, 300, 200 + 37 * seed, 0.02 + 0.02 * seed, 0.5, 1 + seed % 9, 4);
    std::uint64_t shallower = ~std::uint64_t{0};
    for (const std::uint32_t depth : {1u, 2u, 3u, 4u, 8u, 16u, 300u}) {
      const std::uint64_t count = cycles(layer, {.fifo_depth = depth});
      EXPECT_LE(count, shallower) << "seed " << seed << " depth " << depth;
      shallower = count;
    }
  }
}

TEST(ColumnEngine, LeastCyclesNeverPromisesTooMany) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    const Layer layer = random_layer(seed, 100, 60, 0.1, 0.3 * (seed % 4), 1 + seed, 4);
    ActivationLines source = layer.lines();
    ColumnEngine engine({.lanes = 1 + seed, .setup_cycles = 3, .pipeline_depth = seed % 3}, layer.lanes, source, {},
                        layout);
    std::vector<std::uint64_t> promised;
    while (!engine.finished()) {
      promised.push_back(engine.least_cycles());
      engine.step(engine.request());
    }
    for (std::size_t cycle = 0; cycle < promised.size(); ++cycle) {
      EXPECT_LE(promised[cycle], promised.size() - cycle) << "in cycle " << cycle;
    }
  }
}

}  // namespace
}  // namespace terse
