// Timing level cycle on whole runs: bits, reproducibility, and where every cycle went.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

double sum_of(const nlohmann::json& causes) {
  return std::accumulate(causes.begin(), causes.end(), 0.0,
                         [](double sum, const nlohmann::json& cycles) { return sum + cycles.get<double>(); });
}

void expect_verified(const Simulation& run) {
  ASSERT_EQ(run.outcome.exit_code, 0) << run.outcome.output << run.outcome.errors;
  ASSERT_EQ(run.result.at("verified"), true);
}

class EveryLevel : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryLevel, EveryCycleOfEveryUnitHasOneCause) {
  const Simulation run = simulate({std::string("run.timing=") + GetParam()}, 2);
  expect_verified(run);
  const auto& stalls = run.result.at("stalls");
  for (const char* unit : {"tmac", "spu", "merge", "dma[0]", "dma[1]", "cpu"}) {
    SCOPED_TRACE(unit);
    EXPECT_EQ(sum_of(stalls.at(unit)), run.result.at("cycles").get<double>());
    for (const auto& layer : run.result.at("layers")) {
      const double cycles = layer.at("cycles");
      EXPECT_NEAR(sum_of(layer.at("stalls").at(unit)), cycles, 1e-6 * cycles) << layer.at("name");
    }
  }
  EXPECT_EQ(stalls.at("cpu").at("execute"), run.result.at("core_active_cycles"));
  EXPECT_GT(stalls.at("tmac").at("compute"), 0);
  EXPECT_GT(stalls.at("merge").at("driver"), 0);
}

INSTANTIATE_TEST_SUITE_P(Levels, EveryLevel, ::testing::Values("functional", "approximate", "cycle"),
                         [](const auto& level) { return std::string(level.param); });

TEST(CycleRun, DoesNotDependOnTheQuantumOrOnRepetition) {
  const Simulation reference = simulate({"run.timing=cycle"}, 2);
  expect_verified(reference);
  for (const char* quantum : {"1e6", "1e6", "1000", "10", "1"}) {
    SCOPED_TRACE(quantum);
    const Simulation run = simulate({"run.timing=cycle", std::string("run.quantum_ns=") + quantum}, 2);
    expect_verified(run);
    for (const char* key : {"cycles", "instructions", "layers", "stalls", "scratchpad", "accuracy"}) {
      EXPECT_EQ(run.result.at(key), reference.result.at(key)) << key;
    }
  }
}

TEST(CycleRun, BlockInterleavingIsSlowerAndConflictsNameTheWinner) {
  const Simulation word = simulate({"run.timing=cycle"}, 1);
  const Simulation block = simulate({"run.timing=cycle", "platform.scratchpad.interleaving=block"}, 1);
  expect_verified(word);
  expect_verified(block);
  EXPECT_GT(block.result.at("cycles"), word.result.at("cycles"));
  EXPECT_EQ(block.result.at("accuracy"), word.result.at("accuracy"));
  std::uint64_t losses = 0, lost_to = 0;
  for (const auto& bank : block.result.at("scratchpad").at("banks")) losses += bank.at("losses").get<std::uint64_t>();
  for (const auto& port : block.result.at("scratchpad").at("ports")) {
    for (const auto& count : port.at("lost_to")) lost_to += count.get<std::uint64_t>();
  }
  EXPECT_GT(losses, 0u);
  EXPECT_EQ(losses, lost_to);
  EXPECT_THAT(block.outcome.output, ::testing::HasSubstr(" lost to "));
}

}  // namespace
}  // namespace terse::testing
