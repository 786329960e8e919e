#include "models/clocked/stream_engine.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/models/clocked/stepped.hpp"

namespace terse {
namespace {

using testing::causes_of;

/// Steps and blocks as given.
class ListedSchedule final : public Schedule {
 public:
  std::vector<Step> steps;
  std::vector<WeightBlock> blocks;

  bool next(Step& step) override {
    if (at_ == steps.size()) return false;
    step = steps[at_++];
    return true;
  }
  void block(std::uint64_t index, WeightBlock& block) override { block = blocks[index]; }
  [[nodiscard]] std::uint64_t block_count() const override { return blocks.size(); }
  [[nodiscard]] std::uint64_t least_cycles() const override {
    std::uint64_t sum = 0;
    for (const Step& step : steps) sum += step.cycles();
    return sum;
  }

 private:
  std::size_t at_ = 0;
};

/// 4 banks of 8 bytes, interleaved by word: address 8 * b lies in bank b.
const BankLayout layout(4096, 4, 8, BankLayout::Interleaving::word);

Step reading(std::uint64_t address, std::uint64_t bytes) {
  Step step;
  step.reads.push_back({address, bytes});
  return step;
}

StreamParameters no_overhead() {
  return {.setup_cycles = 0, .pipeline_depth = 0, .fetch_ahead = 2, .load_bytes = 8};
}

std::string run(const StreamParameters& parameters, ListedSchedule& schedule,
                const std::function<BankSet(unsigned)>& taken = {}) {
  StreamEngine engine(parameters, schedule, layout);
  return causes_of(engine, taken);
}

TEST(StreamEngine, StepsFollowEachOtherWithoutGapOnceTheFirstOperandsAreThere) {
  ListedSchedule schedule;
  for (unsigned i = 0; i < 3; ++i) schedule.steps.push_back(reading(8 * i, 8));
  // Cycle 0 fetches step 0, there in cycle 1 (read latency 1); from then on one fetch and one step per cycle.
  EXPECT_EQ(run(no_overhead(), schedule), "aCCC");
}

TEST(StreamEngine, SetUpAndPipelineFrameTheSteps) {
  ListedSchedule schedule;
  schedule.steps.push_back(reading(0, 8));
  StreamParameters parameters = no_overhead();
  parameters.setup_cycles = 2;
  parameters.pipeline_depth = 3;
  EXPECT_EQ(run(parameters, schedule), "ddaCDDD");
}

TEST(StreamEngine, AReadLatencyShowsOnceWhenEnoughStepsAreFetchedAhead) {
  ListedSchedule schedule;
  for (unsigned i = 0; i < 4; ++i) schedule.steps.push_back(reading(8 * i, 8));
  StreamParameters parameters = no_overhead();
  parameters.read_latency = 3;
  parameters.fetch_ahead = 4;
  EXPECT_EQ(run(parameters, schedule), "aaaCCCC");
}

TEST(StreamEngine, WordsOfOneBankFollowEachOther) {
  ListedSchedule schedule;
  // 0 and 32 lie in bank 0: two cycles; the next step's operands come from bank 1 in the third.
  schedule.steps.push_back(reading(0, 8));
  schedule.steps.back().reads.push_back({32, 8});
  schedule.steps.push_back(reading(8, 8));
  EXPECT_EQ(run(no_overhead(), schedule), "aaCC");
}

TEST(StreamEngine, ABankTakenByOthersIsAConflict) {
  ListedSchedule schedule;
  schedule.steps.push_back(reading(0, 8));
  schedule.steps.push_back(reading(8, 8));
  const auto taken = [](unsigned cycle) {
    BankSet banks;
    if (cycle < 2) banks.insert(0);
    return banks;
  };
  // Bank 0 is granted in cycle 2, there in 3. That cycles 0 and 1 were lost to others is known at their ends, hence booked
  // in 1 and 2.
  EXPECT_EQ(run(no_overhead(), schedule, taken), "abbCC");
}

TEST(StreamEngine, ADoubleBufferHidesALoadBehindTheStepsBefore) {
  for (const std::uint32_t buffers : {1u, 2u}) {
    ListedSchedule schedule;
    for (unsigned block = 0; block < 2; ++block) {
      for (unsigned i = 0; i < 3; ++i) {
        Step step;
        step.block = block;
        step.last_of_block = i == 2;
        schedule.steps.push_back(step);
      }
      schedule.blocks.emplace_back();
      schedule.blocks.back().pieces.push_back({0, 16});  // two beats of 8 bytes
    }
    StreamParameters parameters = no_overhead();
    parameters.weight_buffers = buffers;
    // Block 0: cycles 0 and 1, usable in 2. Two buffers: block 1 is loaded in 2 and 3, hidden. One: its place is free
    // from the cycle after the third step, 5; loaded in 5 and 6.
    EXPECT_EQ(run(parameters, schedule), buffers == 2 ? "wwCCCCCC" : "wwCCCwwCCC");
  }
}

TEST(StreamEngine, FetchComesBeforeLoadOnTheUnitsOwnPort) {
  ListedSchedule schedule;
  schedule.steps.push_back(reading(0, 8));
  schedule.steps.back().block = 0;
  schedule.blocks.emplace_back();
  schedule.blocks.back().pieces.push_back({32, 8});  // bank 0, too: granted in cycle 1
  EXPECT_EQ(run(no_overhead(), schedule), "wwC");
}

TEST(StreamEngine, ABeatGoesOnInTheNextPiece) {
  ListedSchedule schedule;
  schedule.steps.emplace_back();
  schedule.steps.back().block = 0;
  schedule.blocks.emplace_back();
  // Three rows of 4 bytes, in banks 0, 1 and 2: 12 bytes are two beats of 8.
  schedule.blocks.back().pieces = {{0, 4}, {8, 4}, {16, 4}};
  EXPECT_EQ(run(no_overhead(), schedule), "wwC");
  // In one bank, the first beat's two words follow each other.
  ListedSchedule same_bank;
  same_bank.steps.emplace_back();
  same_bank.steps.back().block = 0;
  same_bank.blocks.emplace_back();
  same_bank.blocks.back().pieces = {{0, 4}, {32, 4}, {64, 4}};
  EXPECT_EQ(run(no_overhead(), same_bank), "wwwC");
}

TEST(StreamEngine, PiecesThatMeetInAWordShareIt) {
  ListedSchedule schedule;
  schedule.steps.push_back(reading(1, 3));
  schedule.steps.back().reads.push_back({5, 5});  // word 0 again, and word 1
  EXPECT_EQ(run(no_overhead(), schedule), "aC");
}

TEST(StreamEngine, StepsOfNoCyclesOnlyFetch) {
  ListedSchedule schedule;
  for (unsigned i = 0; i < 4; ++i) {
    schedule.steps.push_back(reading(8 * i, 8));
    if (i < 3) schedule.steps.back().compute_cycles = 0;
  }
  schedule.steps.emplace_back();
  // Fetches in cycles 0 to 3; the datapath has its first step in cycle 4.
  EXPECT_EQ(run(no_overhead(), schedule), "aaaaCC");
  ListedSchedule at_the_end;
  at_the_end.steps.push_back(reading(0, 8));
  at_the_end.steps.push_back(reading(8, 8));
  at_the_end.steps.back().compute_cycles = 0;
  EXPECT_EQ(run(no_overhead(), at_the_end), "aCD");  // what nobody uses is there in cycle 2
}

TEST(StreamEngine, AStepsCyclesAreAttributedInOrder) {
  ListedSchedule schedule;
  Step step = reading(0, 8);
  step.index_decode_cycles = 1;
  step.compute_cycles = 2;
  step.lane_imbalance_cycles = 3;
  step.accumulator_hazard_cycles = 1;
  schedule.steps.push_back(step);
  EXPECT_EQ(run(no_overhead(), schedule), "aiCClllh");
}

TEST(StreamEngine, TheAccumulatorPortHoldsBackAStepsLastCycle) {
  ListedSchedule schedule;
  for (unsigned i = 0; i < 2; ++i) {
    schedule.steps.push_back(reading(8 * i, 8));
    schedule.steps.back().accumulator_words = 3;
  }
  // Step 0 ends with cycle 1; its 3 words take cycles 2 to 4; step 1 may end with cycle 4, the last of them: it waits in
  // 2 and 3. Its own words take 5 to 7: drain.
  EXPECT_EQ(run(no_overhead(), schedule), "aChhCDDD");
}

TEST(StreamEngine, AStepWaitsForTheSumsItAddsTo) {
  ListedSchedule schedule;
  schedule.steps.push_back(reading(0, 8));
  schedule.steps.push_back(reading(8, 8));
  schedule.steps.back().depends_on_back = 1;
  StreamParameters parameters = no_overhead();
  parameters.pipeline_depth = 2;
  EXPECT_EQ(run(parameters, schedule), "aChhCDD");
}

TEST(StreamEngine, AFullOutputFifoStopsTheDatapath) {
  ListedSchedule schedule;
  for (unsigned i = 0; i < 3; ++i) {
    schedule.steps.emplace_back();
    schedule.steps.back().writes.push_back({0, 16});
    schedule.steps.back().writes.push_back({32, 16});  // two words in each of banks 0 and 1: two cycles
  }
  StreamParameters parameters = no_overhead();
  parameters.write_ahead = 1;
  // Step 0 ends with cycle 1, is written in 2 and 3; step 1 starts in 4, is written in 5 and 6 ...
  EXPECT_EQ(run(parameters, schedule), "aCffCffCDD");
}

TEST(StreamEngine, LeastCyclesNeverPromisesTooMany) {
  ListedSchedule schedule;
  for (unsigned i = 0; i < 5; ++i) {
    schedule.steps.push_back(reading(8 * i, 24));
    schedule.steps.back().accumulator_words = i;
    schedule.steps.back().writes.push_back({8 * i, 8});
  }
  StreamParameters parameters = no_overhead();
  parameters.setup_cycles = 3;
  parameters.pipeline_depth = 4;
  StreamEngine engine(parameters, schedule, layout);
  std::vector<std::uint64_t> promised;
  while (!engine.finished()) {
    promised.push_back(engine.least_cycles());
    engine.step(engine.request());
  }
  for (std::size_t cycle = 0; cycle < promised.size(); ++cycle) {
    EXPECT_LE(promised[cycle], promised.size() - cycle) << "in cycle " << cycle;
    EXPECT_GE(promised[cycle], 1u);
  }
}

}  // namespace
}  // namespace terse
