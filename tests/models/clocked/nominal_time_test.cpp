#include "models/clocked/nominal_time.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace terse {
namespace {

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

 private:
  std::size_t at_ = 0;
};

Step step_of(std::uint32_t cycles, std::uint64_t bytes) {
  Step step;
  step.compute_cycles = cycles;
  if (bytes != 0) step.reads.push_back({0, bytes});
  return step;
}

constexpr std::uint32_t bank_width = 8;

TEST(NominalTime, FetchesHideBehindTheDatapath) {
  ListedSchedule schedule;
  // Two words per cycle: fetches of 3, 1, 3 and 1 cycles, the first of them 1 in the set-up.
  for (const std::uint64_t words : {6u, 2u, 6u, 2u}) schedule.steps.push_back(step_of(1, 8 * words));
  const JobTime time =
      nominal_time(schedule, {.setup_cycles = 5, .pipeline_depth = 2, .fetch_ahead = 2, .fetch_words = 2}, bank_width);
  // Fetched at 2, 3, 6 and 7: that is when the steps start.
  EXPECT_EQ(time.setup, 5u);
  EXPECT_EQ(time.activation_fetch, 4u);
  EXPECT_EQ(time.compute, 4u);
  EXPECT_EQ(time.drain, 2u);
  EXPECT_EQ(time.bytes, 16u * 8);
}

TEST(NominalTime, FetchesAheadUseTheTimeOfALongStep) {
  for (const std::uint32_t ahead : {1u, 2u, 4u}) {
    ListedSchedule schedule;
    schedule.steps = {step_of(6, 8), step_of(0, 8), step_of(0, 8), step_of(0, 8), step_of(1, 8)};
    const JobTime time = nominal_time(schedule, {.fetch_ahead = ahead}, bank_width);
    // The first step takes 0 to 6. The three that only fetch and the last one's operands can all be there at 4 if four
    // have a place in the FIFO. Two places: the first two are there at 2 and leave at 6; the others are there at 7, 8.
    // One place: the first is there at 1 and leaves at 6, the others at 7, 8, 9.
    EXPECT_EQ(time.activation_fetch, ahead == 4 ? 0u : 4u - ahead) << ahead;
    EXPECT_EQ(time.compute, 7u);
  }
}

TEST(NominalTime, ABlockIsOneStream) {
  ListedSchedule schedule;
  schedule.steps.push_back(step_of(1, 0));
  schedule.steps.back().block = 0;
  schedule.blocks.emplace_back();
  schedule.blocks.back().pieces = {{0, 4}, {8, 4}, {16, 4}};
  // 12 bytes, 8 per cycle.
  EXPECT_EQ(nominal_time(schedule, {.load_bytes = 8}, bank_width).weight_load, 2u);
}

}  // namespace
}  // namespace terse
