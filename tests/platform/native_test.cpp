// The driver on the host against the same models: same bits, same verdicts, same errors as on the core.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using ::testing::HasSubstr;

class Native : public ::testing::TestWithParam<const char*> {};

TEST_P(Native, GivesTheOutputsOfTheCore) {
  const std::string timing = std::string("run.timing=") + GetParam();
  const Simulation core = simulate({timing}, 3), native = simulate({timing, "run.firmware=native"}, 3);
  ASSERT_EQ(native.outcome.exit_code, 0) << native.outcome.output << native.outcome.errors;
  EXPECT_EQ(native.result.at("verified"), true);
  EXPECT_EQ(native.result.at("accuracy"), core.result.at("accuracy"));
  EXPECT_EQ(native.result.at("checked_outputs"), core.result.at("checked_outputs"));
  EXPECT_EQ(native.result.at("driver"), "native");
  EXPECT_EQ(core.result.at("driver"), "riscv");
  EXPECT_THAT(native.outcome.output, HasSubstr("driver       native on the host"));
  // Instructions take no time; jobs take theirs.
  EXPECT_LT(native.result.at("cycles_per_inference"), core.result.at("cycles_per_inference").get<double>());
  EXPECT_GT(native.result.at("cycles_per_inference"),
            native.result.at("passes").at("dense").at("cycles").get<double>());
  EXPECT_LT(native.result.at("instructions"), 10);  // the core sleeps
}

INSTANTIATE_TEST_SUITE_P(Levels, Native, ::testing::Values("functional", "approximate", "cycle"),
                         [](const auto& level) { return std::string(level.param); });

TEST(Native, EveryCycleHasOneCause) {
  const Simulation run = simulate({"run.firmware=native", "run.timing=cycle"}, 1);
  for (const auto& [unit, causes] : run.result.at("stalls").items()) {
    double sum = 0;
    for (const auto& cycles : causes) sum += cycles.get<double>();
    EXPECT_EQ(sum, run.result.at("cycles").get<double>()) << unit;
  }
  EXPECT_GT(run.result.at("stalls").at("cpu").at("asleep"), 0);
}

TEST(Native, FindsWhatTheCoreFinds) {
  const std::string fault = "faults=[{in: weight, layer: block1.conv2, pass: dense, channel: 3, position: 11, bit: 0}]";
  const Simulation core = simulate({fault}, 1), native = simulate({fault, "run.firmware=native"}, 1);
  EXPECT_EQ(native.outcome.exit_code, 1);
  EXPECT_EQ(native.outcome.exit_code, core.outcome.exit_code);
  EXPECT_EQ(native.result.at("first_mismatch"), core.result.at("first_mismatch"));
}

/// A damaged image: code, sentence and TAG are the driver's own in both cases, and so is the line that noticed.
TEST(Native, ReportsErrorsAlike) {
  const std::string fault = "faults=[{in: image, position: 5000, bit: 3}]";
  const Simulation core = simulate({fault}, 1), native = simulate({fault, "run.firmware=native"}, 1);
  EXPECT_EQ(native.outcome.exit_code, 3);
  ASSERT_FALSE(native.result.at("guest_failure").is_null());
  for (const char* key : {"code", "text", "line"}) {
    EXPECT_EQ(native.result.at("guest_failure").at(key), core.result.at("guest_failure").at(key)) << key;
  }
  EXPECT_THAT(native.result.at("guest_failure").at("file").get<std::string>(), HasSubstr("sw_driver/"));
}

TEST(Native, WhatNeedsAProgramOnTheCoreIsRefused) {
  const Outcome outcome = run_terse({"run", "scenarios/fashion.yaml", "--firmware", "native", "--trace", "/dev/null"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("native leaves the core without a program, so there is no --trace"));
}

/// The profile's cycles are those between the firmware's marks, but for what measuring takes.
TEST(Profile, IsThatOfTheSimulator) {
  for (const char* firmware : {"run.firmware=native", "run.timing=cycle"}) {
    const Simulation run = simulate({firmware, "run.profile=true"}, 2);
    ASSERT_EQ(run.outcome.exit_code, 0) << run.outcome.errors;
    for (const auto& layer : run.result.at("layers")) {
      const std::string name = layer.at("name");
      const std::size_t at = run.outcome.errors.find("guest: " + name + ": ");
      ASSERT_NE(at, std::string::npos) << run.outcome.errors;
      const double printed = std::stod(run.outcome.errors.substr(at + 9 + name.size()));
      EXPECT_NEAR(printed, layer.at("cycles").get<double>(), 400) << name;
    }
  }
}

}  // namespace
}  // namespace terse::testing
