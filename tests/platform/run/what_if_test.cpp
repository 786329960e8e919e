// `terse run --what-if`: bounds by re-running without one limit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using ::testing::HasSubstr;

/// Cycles per inference by limit.
std::map<std::string, double> bounds(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"run", "scenarios/fashion.yaml", "--what-if", "--format", "json", "--set",
                                       "dataset.images=1", "--set", "run.baselines=none"});
  const Outcome outcome = run_terse(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  std::map<std::string, double> cycles;
  for (const auto& row : nlohmann::json::parse(outcome.output)) {
    EXPECT_TRUE(row["cycles per inference"].is_number()) << row;
    cycles[row["without"]] = row["cycles per inference"].is_number() ? row["cycles per inference"].get<double>() : 0;
  }
  return cycles;
}

TEST(WhatIf, SaysWhatEachLimitCosts) {
  auto cycles = bounds({"--set", "platform.spu.lanes=1", "--set", "platform.dram.bytes_per_cycle=1", "--set",
                        "mapping.keep_activations=false"});  // so that they pass the memory
  for (const char* limit :
       {"DMA bandwidth", "memory latency", "sparse lanes", "dense array", "merge", "core", "driver"})
    EXPECT_EQ(cycles.count(limit), 1u) << limit;
  EXPECT_EQ(cycles.count("bank conflicts"), 0u);  // this level has none
  // What was made scarce is what gives most.
  EXPECT_LT(cycles["sparse lanes"], 0.8 * cycles["none"]);
  EXPECT_LT(cycles["DMA bandwidth"], 0.9 * cycles["none"]);
  EXPECT_GT(cycles["merge"], 0.95 * cycles["none"]);
  EXPECT_LT(cycles["all of them"], cycles["sparse lanes"]);
}

TEST(WhatIf, TheRunAsItIsIsThatOfTerseRun) {
  const Simulation plain = simulate({}, 1);
  EXPECT_EQ(bounds({})["none"], plain.result["cycles_per_inference"]);
}

TEST(WhatIf, BankConflictsAreALimitWhereBanksAreArbitrated) {
  auto cycles = bounds({"--set", "run.timing=cycle", "--set", "platform.scratchpad.banks=4"});
  EXPECT_LT(cycles["bank conflicts"], cycles["none"]);
}

TEST(WhatIf, ARunWithoutAResultHasNoBounds) {
  const Outcome outcome =
      run_terse({"run", "scenarios/fashion.yaml", "--what-if", "--set", "run.watchdog_cycles=1000"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("the run as it is has no result"));
}

}  // namespace
}  // namespace terse::testing
