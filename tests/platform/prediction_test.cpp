// The compiler's prediction beside the simulated cycles of every scenario that ships.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

struct Shipped {
  std::string scenario, superposition;
};

class Prediction : public ::testing::TestWithParam<Shipped> {};

nlohmann::json run_cycle(const std::string& scenario, const std::vector<std::string>& settings) {
  const Workspace workspace;
  std::vector<std::string> arguments = {"run", "scenarios/" + scenario + ".yaml", "-o", workspace.path().string()};
  for (const std::string& setting : settings) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  const Outcome outcome = run_terse(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
  return nlohmann::json::parse(contents_of(workspace.path() / "result.json"));
}

TEST_P(Prediction, IsWithinTenPerCentOfTheSimulation) {
  const nlohmann::json result = run_cycle(
      GetParam().scenario,
      {"run.timing=cycle", "dataset.images=1", "run.baselines=none", "run.superposition=" + GetParam().superposition});
  const double simulated = result.at("cycles_per_inference"), predicted = result.at("predicted_cycles");
  EXPECT_NEAR(predicted, simulated, 0.10 * simulated);
  double sum = 0;
  for (const auto& layer : result.at("layers")) sum += layer.at("predicted_cycles").get<double>();
  EXPECT_NEAR(sum, predicted, 0.02 * predicted);  // but for the inference's begin and end
}

/// Every scenario in scenarios/, and fashion in the other modes. Networks for ImageNet take minutes in timing level cycle:
/// docs/compiler.md has their errors.
std::vector<Shipped> shipped() {
  std::vector<Shipped> all{{"fashion", "sequential"}, {"fashion", "fused"}};
  for (const auto& entry : std::filesystem::directory_iterator(TERSE_SOURCE_DIR "/scenarios")) {
    const std::string name = entry.path().stem().string();
    const bool is_large = name == "resnet18" || name == "mobilenet_v2";
    if (entry.path().extension() == ".yaml" && !is_large) all.push_back({name, "concurrent"});
  }
  std::ranges::sort(all, {}, [](const Shipped& item) { return item.scenario + item.superposition; });
  return all;
}

INSTANTIATE_TEST_SUITE_P(ShippedNetworks, Prediction, ::testing::ValuesIn(shipped()),
                         [](const auto& item) { return item.param.scenario + "_" + item.param.superposition; });

TEST(KeptActivations, ChangeNoBitAndSaveCycles) {
  const std::vector<std::string> common{"run.timing=cycle", "dataset.images=2", "run.baselines=none"};
  std::vector<std::string> stored = common;
  stored.emplace_back("mapping.keep_activations=false");
  stored.emplace_back("mapping.early_weights=false");
  const nlohmann::json before = run_cycle("fashion", stored), after = run_cycle("fashion", common);
  EXPECT_EQ(after.at("verified"), true);
  EXPECT_EQ(after.at("accuracy"), before.at("accuracy"));
  EXPECT_LT(after.at("cycles_per_inference"), before.at("cycles_per_inference").get<double>());
  EXPECT_LT(after.at("passes").at("dma").at("operations"),
            before.at("passes").at("dma").at("operations").get<double>());
}

}  // namespace
}  // namespace terse::testing
