// Energy and area of whole runs in result.json: parts add up, and parameters move them the way they must.
#include <gtest/gtest.h>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

double number(const Simulation& run, const char* pointer) {
  return run.result.at(nlohmann::json::json_pointer(pointer)).get<double>();
}

TEST(EnergyOfARun, PartsAddUp) {
  const Simulation run = simulate({}, 1);
  ASSERT_EQ(run.outcome.exit_code, 0) << run.outcome.errors;
  const double total = number(run, "/energy_pj/total");
  EXPECT_GT(total, 0);
  EXPECT_GT(number(run, "/energy_pj/total_uncertainty_pj"), 0);
  for (const char* by : {"by_unit", "by_pass"}) {
    double sum = 0;
    for (const auto& part : run.result.at("energy_pj").at(by)) sum += part.get<double>();
    EXPECT_NEAR(sum, total, 1e-9 * total) << by;
  }
  EXPECT_NEAR(number(run, "/energy_pj/on_chip"), total - number(run, "/energy_pj/by_pass/memory"), 1e-9 * total);
  // Jobs belong to layers, so the passes of layers add up to the passes of the inference.
  for (const char* pass : {"dense", "sparse", "merge"}) {
    double sum = 0;
    for (const auto& layer : run.result.at("layers")) sum += layer.at("energy_pj").at("by_pass").at(pass).get<double>();
    const double whole = run.result.at("energy_pj").at("by_pass").at(pass).get<double>();
    EXPECT_NEAR(sum, whole, 1e-9 * whole) << pass;
  }
  double area = 0;
  for (const auto& part : run.result.at("area_um2").at("by_unit")) area += part.get<double>();
  EXPECT_NEAR(area, number(run, "/area_um2/total"), 1e-9 * area);
  EXPECT_NEAR(number(run, "/sparse_over_dense/energy"),
              number(run, "/energy_pj/by_pass/sparse") / number(run, "/energy_pj/by_pass/dense"), 1e-9);
}

TEST(EnergyOfARun, FollowsVoltageNodeAndLanes) {
  const Simulation base = simulate({}, 1);
  const Simulation low = simulate({"platform.voltage=0.6"}, 1);
  EXPECT_LT(number(low, "/energy_pj/on_chip"), number(base, "/energy_pj/on_chip"));
  EXPECT_EQ(number(low, "/energy_pj/by_pass/memory"), number(base, "/energy_pj/by_pass/memory"));
  const Simulation old = simulate({"platform.technology=45nm"}, 1);
  EXPECT_GT(number(old, "/energy_pj/on_chip"), number(base, "/energy_pj/on_chip"));
  EXPECT_GT(number(old, "/area_um2/total"), number(base, "/area_um2/total"));
  const Simulation lanes = simulate({"platform.spu.lanes=32"}, 1);
  EXPECT_GT(number(lanes, "/area_um2/by_unit/spu"), number(base, "/area_um2/by_unit/spu"));
}

// The values' energy is there whichever unit multiplies them, and wider values take more of it.
TEST(EnergyOfARun, FusedValuesCostEnergyToo) {
  const std::vector<std::string> fused = {"run.superposition=fused", "platform.tmac.fused_lanes=2",
                                          "run.baselines=none"};
  const Simulation run = simulate(fused, 1);
  ASSERT_EQ(run.outcome.exit_code, 0) << run.outcome.errors;
  const Simulation apart = simulate({"run.baselines=none"}, 1);
  EXPECT_GT(number(run, "/energy_pj/by_pass/sparse"), 0.1 * number(apart, "/energy_pj/by_pass/sparse"));
  EXPECT_LT(number(run, "/energy_pj/by_pass/sparse"), number(apart, "/energy_pj/by_pass/sparse"))
      << "a fused value takes the activation that is there";
  EXPECT_GT(number(run, "/area_um2/by_unit/tmac"), number(apart, "/area_um2/by_unit/tmac")) << "one lane more";
}

TEST(EnergyOfARun, RefusesAnUnknownTable) {
  const Simulation run = simulate({"platform.technology=22mm"}, 1);
  EXPECT_EQ(run.outcome.exit_code, 2);
  EXPECT_NE(run.outcome.errors.find("did you mean '22nm'"), std::string::npos) << run.outcome.errors;
}

}  // namespace
}  // namespace terse::testing
