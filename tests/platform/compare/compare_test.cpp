// `terse compare` and `baseline:` on real runs: the causes sum to the difference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

json figure(const json& comparison, const std::string& name) {
  for (const auto& entry : comparison["figures"]) {
    if (entry["name"] == name) return entry;
  }
  return nullptr;
}

/// result.json of fashion with these settings.
std::string result(const Workspace& folder, const std::string& name, std::vector<std::string> settings) {
  std::vector<std::string> arguments{"run",   "scenarios/fashion.yaml", "-o",    (folder.path() / name).string(),
                                     "--set", "dataset.images=1",       "--set", "run.baselines=none"};
  for (const auto& setting : settings) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  const Outcome outcome = run_terse(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  return (folder.path() / name / "result.json").string();
}

TEST(Compare, CausesSumToTheDifferenceAndNameWhatChanged) {
  const Workspace folder;
  const std::string before = result(folder, "wide", {});
  const std::string after = result(folder, "narrow", {"platform.spu.lanes=1"});
  const Outcome outcome = run_terse({"compare", before, after, "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const json comparison = json::parse(outcome.output);
  ASSERT_EQ(comparison["configuration"].size(), 1u);
  EXPECT_EQ(comparison["configuration"][0], (json{{"path", "platform.spu.lanes"}, {"before", 16}, {"after", 1}}));
  const json cycles = figure(comparison, "cycles_per_inference");
  double sum = 0;
  for (const auto& cause : comparison["causes"]) sum += cause["difference"].get<double>();
  EXPECT_NEAR(sum, cycles["after"].get<double>() - cycles["before"].get<double>(), 1e-3);
  for (const auto& layer : comparison["layers"]) {
    double of_layer = 0;
    for (const auto& cause : layer["causes"]) of_layer += cause["difference"].get<double>();
    EXPECT_NEAR(of_layer, layer["after"].get<double>() - layer["before"].get<double>(), 0.5) << layer["name"];
  }
  // One lane takes 16 times as long as 16 for what they do: that is the greatest cause.
  EXPECT_EQ(comparison["causes"][0]["unit"], "spu");
  EXPECT_EQ(comparison["causes"][0]["cause"], "compute");
  EXPECT_GT(cycles["relative"], 0.1);
  const Outcome text = run_terse({"compare", before, after});
  EXPECT_THAT(text.output,
              AllOf(HasSubstr("platform.spu.lanes: 16 -> 1"), HasSubstr("%  spu compute"), HasSubstr("of which")));
  EXPECT_THAT(run_terse({"compare", before, after, "--format", "csv"}).output, HasSubstr("\r\ncause,spu compute,"));
}

TEST(Compare, AResultWithItselfHasNoDifference) {
  const Workspace folder;
  const std::string one = result(folder, "one", {});
  const json comparison = json::parse(run_terse({"compare", one, one, "--format", "json"}).output);
  EXPECT_TRUE(comparison["configuration"].empty());
  EXPECT_TRUE(comparison["causes"].empty());
  EXPECT_EQ(figure(comparison, "energy_pj")["relative"], 0);
}

TEST(Compare, AScenarioIsRun) {
  const Workspace folder;
  const auto base =
      folder.write("base.yaml", "include: " TERSE_SOURCE_DIR "/scenarios/fashion.yaml\ndataset: {images: 1}\n");
  const auto variant = folder.write("variant.yaml", "include: base.yaml\nplatform: {spu: {lanes: 4}}\n");
  const Outcome outcome = run_terse({"compare", base.string(), variant.string()});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("before  base\nafter   variant\n"), HasSubstr("platform.spu.lanes: 16 -> 4")));
}

TEST(Compare, ABaselineOfTheScenarioIsComparedWithTheRun) {
  const Workspace folder;
  (void)folder.write("base.yaml", "include: " TERSE_SOURCE_DIR "/scenarios/fashion.yaml\ndataset: {images: 1}\n");
  const auto variant =
      folder.write("variant.yaml", "include: base.yaml\nbaseline: base.yaml\nplatform: {spu: {lanes: 4}}\n");
  const Outcome outcome = run_terse({"run", variant.string(), "-o", folder.path().string()});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("compared with base.yaml"), HasSubstr("platform.spu.lanes: 16 -> 4")));
  const json written = json::parse(contents_of(folder.path() / "result.json"));
  EXPECT_EQ(written["comparison"]["schema"], "terse.comparison/1.0");
}

TEST(Compare, WhatIsNoResultIsRefused) {
  const Workspace folder;
  const auto text = folder.write("x.json", "{}");
  EXPECT_THAT(run_terse({"compare", text.string(), text.string()}).errors, HasSubstr("is no result.json"));
  EXPECT_THAT(run_terse({"compare", "nothing", "nothing"}).errors, HasSubstr("there is no 'nothing'; expected is"));
  const auto scenario =
      folder.write("s.yaml", "include: " TERSE_SOURCE_DIR "/scenarios/fashion.yaml\nbaseline: none.json\n");
  const Outcome outcome = run_terse({"run", scenario.string()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("s.yaml:2:11: there is no 'none.json'"));
}

}  // namespace
}  // namespace terse::testing
