// The networks that ship as scenarios, each as a user runs it: verified layer by layer, the small ones in the timing level
// cycle, those for ImageNet in approximate.
#include <gtest/gtest.h>

#include <string>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

struct Network {
  const char* name;
  const char* timing;
  unsigned layers;
};

class ShippedScenario : public ::testing::TestWithParam<Network> {};

TEST_P(ShippedScenario, IsVerified) {
  const std::string file = std::string("scenarios/") + GetParam().name + ".yaml";
  const Outcome outcome = run_terse({"run", file, "--set", std::string("run.timing=") + GetParam().timing, "--set",
                                     "run.baselines=none", "--set", "dataset.images=1", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  const nlohmann::json result = nlohmann::json::parse(outcome.output, nullptr, false);
  ASSERT_FALSE(result.is_discarded());
  EXPECT_TRUE(result["verified"]);
  EXPECT_EQ(result["layers"].size(), GetParam().layers);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, ShippedScenario,
                         ::testing::Values(Network{"resnet8", "cycle", 11}, Network{"resnet20", "cycle", 23},
                                           Network{"ds_cnn", "cycle", 11}, Network{"mobilenet_v1_025", "cycle", 29},
                                           Network{"autoencoder", "cycle", 10}, Network{"cutie_cifar10", "cycle", 12},
                                           Network{"transformer_block", "cycle", 12},
                                           Network{"resnet18", "approximate", 23},
                                           Network{"mobilenet_v2", "approximate", 54}),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace terse::testing
