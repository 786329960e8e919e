// Whole runs that must end well: what they report, and that timing, superposition, density and hardware never change a
// bit. `verified` compares every output of every layer with the golden reference, so two verified runs of one network
// have the same outputs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using ::testing::AllOf;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Lt;

void expect_verified(const Simulation& run, unsigned images = 2) {
  ASSERT_EQ(run.outcome.exit_code, 0) << run.outcome.output << run.outcome.errors;
  EXPECT_EQ(run.result.at("verified"), true);
  EXPECT_TRUE(run.result.at("first_mismatch").is_null());
  EXPECT_TRUE(run.result.at("guest_failure").is_null());
  EXPECT_EQ(run.result.at("mismatches"), 0);
  EXPECT_EQ(run.result.at("accuracy").at("images"), images);
  EXPECT_THAT(run.outcome.output, HasSubstr("verified: all "));
}

/// MACs, or outputs, or bytes of one pass over all layers.
double operations(const Simulation& run, const char* pass) {
  double sum = 0;
  for (const auto& layer : run.result.at("layers")) sum += layer.at("passes").at(pass).at("operations").get<double>();
  return sum;
}

std::uint64_t tiles(const Simulation& run) {
  std::uint64_t sum = 0;
  for (const auto& layer : run.result.at("layers")) sum += layer.at("tiles").get<std::uint64_t>();
  return sum;
}

TEST(Result, HasTheFixedKeys) {
  const Simulation run = simulate({}, 8);
  expect_verified(run, 8);
  const auto& result = run.result;
  EXPECT_TRUE(result.at("schema").is_number_integer() || result.at("schema").is_string());
  EXPECT_EQ(result.at("scenario"), "fashion");
  EXPECT_EQ(result.at("timing"), "approximate");
  EXPECT_EQ(result.at("superposition"), "concurrent");
  EXPECT_EQ(result.at("clock_mhz"), 500.0);
  EXPECT_GT(result.at("cycles"), 8 * result.at("cycles_per_inference").get<double>());
  EXPECT_GT(result.at("instructions"), 0);
  EXPECT_LE(result.at("core_active_cycles"), result.at("cycles"));
  EXPECT_GT(result.at("host").at("wall_s"), 0);
  EXPECT_GT(result.at("host").at("mips"), 0);
  const auto& accuracy = result.at("accuracy");
  EXPECT_DOUBLE_EQ(accuracy.at("top1"), accuracy.at("correct").get<double>() / 8);
  EXPECT_GT(accuracy.at("top1"), 0.5);  // a trained network; chance is 0.1
  EXPECT_EQ(result.at("configuration").at("dataset").at("images"), 8);
  EXPECT_EQ(result.at("configuration").at("platform").at("tmac").at("output_channels"), 32);
}

TEST(Result, LayersHaveTheirPasses) {
  const Simulation run = simulate({}, 1);
  expect_verified(run, 1);
  ASSERT_EQ(run.result.at("layers").size(), 11u);
  for (const auto& layer : run.result.at("layers")) {
    SCOPED_TRACE(layer.at("name"));
    EXPECT_TRUE(layer.at("kind").is_string());
    for (const char* pass : {"dense", "sparse", "merge", "dma"}) {
      const auto& figures = layer.at("passes").at(pass);
      // A unit works within its layer; the sum over the DMA's two channels may exceed it.
      EXPECT_LE(figures.at("cycles"), layer.at("cycles").get<double>() * 2) << pass;
      EXPECT_THAT(figures.at("utilisation").get<double>(), AllOf(::testing::Ge(0.0), ::testing::Le(1.0))) << pass;
    }
    EXPECT_GT(layer.at("passes").at("merge").at("cycles"), 0);
    EXPECT_GT(layer.at("bytes"), 0);
    EXPECT_LE(layer.at("driver_cycles"), layer.at("cycles"));
    EXPECT_DOUBLE_EQ(layer.at("macs"), layer.at("passes").at("dense").at("operations").get<double>() +
                                           layer.at("passes").at("sparse").at("operations").get<double>());
  }
  // 3 x 3 convolution of 28 x 28 x 8 to 8 channels, borders padded: 784 * 72 * 8 = 451,584 ternary MACs.
  const auto& layer = run.result.at("layers").at(1);
  EXPECT_EQ(layer.at("name"), "block1.conv1");
  EXPECT_DOUBLE_EQ(layer.at("passes").at("dense").at("operations"), 451584);
}

TEST(Result, JsonFormatOnStandardOutputIsTheSameDocument) {
  const Outcome outcome = run_terse({"run", "scenarios/fashion.yaml", "--format", "json", "--set", "dataset.images=1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto result = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(result.at("verified"), true);
  EXPECT_EQ(result.at("layers").size(), 11u);
}

TEST(Result, TwoRunsAreTheSameButForTheHost) {
  Simulation first = simulate({}), second = simulate({});
  expect_verified(first);
  first.result.erase("host");
  second.result.erase("host");
  EXPECT_EQ(first.result, second.result);
}

TEST(Superposition, SequentialIsSlowerAndGivesTheSameOutputs) {
  const Simulation sequential = simulate({"run.superposition=sequential"}),
                   concurrent = simulate({"run.superposition=concurrent"});
  expect_verified(sequential);
  expect_verified(concurrent);
  EXPECT_EQ(sequential.result.at("superposition"), "sequential");
  EXPECT_EQ(sequential.result.at("checked_outputs"), concurrent.result.at("checked_outputs"));
  EXPECT_EQ(sequential.result.at("accuracy"), concurrent.result.at("accuracy"));
  EXPECT_GT(sequential.result.at("cycles_per_inference"), concurrent.result.at("cycles_per_inference"));
}

TEST(Timing, FunctionalGivesTheSameOutputs) {
  const Simulation functional = simulate({"run.timing=functional"}), approximate = simulate({"run.timing=approximate"});
  expect_verified(functional);
  expect_verified(approximate);
  EXPECT_EQ(functional.result.at("timing"), "functional");
  EXPECT_EQ(functional.result.at("checked_outputs"), approximate.result.at("checked_outputs"));
  EXPECT_EQ(functional.result.at("accuracy"), approximate.result.at("accuracy"));
  // Contention only ever adds cycles.
  EXPECT_LE(functional.result.at("cycles_per_inference"), approximate.result.at("cycles_per_inference"));
}

Simulation decomposed(std::vector<std::string> settings) {
  settings.emplace_back("network=scenarios/networks/fashion_int8.onnx");
  settings.emplace_back("decomposition.first_and_last=true");
  return simulate(settings, 1);
}

TEST(Density, NothingHighPrecision) {
  const Simulation run = decomposed({"decomposition.pattern=none"});
  expect_verified(run, 1);
  EXPECT_EQ(operations(run, "sparse"), 0);
  EXPECT_GT(operations(run, "dense"), 0);
}

TEST(Density, ZeroPercentUnstructured) {
  const Simulation run = decomposed({"decomposition.pattern=unstructured", "decomposition.density=0"});
  expect_verified(run, 1);
  EXPECT_EQ(operations(run, "sparse"), 0);
}

TEST(Density, ThreePercentUnstructuredAndRegular) {
  for (const char* pattern : {"unstructured", "n_of_m"}) {
    const Simulation run = decomposed({std::string("decomposition.pattern=") + pattern, "decomposition.density=0.03"});
    expect_verified(run, 1);
    const double share = operations(run, "sparse") / operations(run, "dense");
    EXPECT_THAT(share, AllOf(Gt(0.01), Lt(0.08))) << pattern;  // short channels round up to one whole weight
  }
}

TEST(Density, EverythingHighPrecision) {
  const Simulation run = decomposed({"decomposition.pattern=dense"});
  expect_verified(run, 1);
  EXPECT_EQ(operations(run, "dense"), 0);
  // All weights of all layers, which are the ternary MACs of the same network when nothing is high precision.
  const Simulation ternary = decomposed({"decomposition.pattern=none"});
  EXPECT_DOUBLE_EQ(operations(run, "sparse"), operations(ternary, "dense"));
}

TEST(Density, EveryWidthOfHighPrecision) {
  for (const char* bits : {"4", "16"})
    expect_verified(decomposed({std::string("decomposition.value_bits=") + bits}), 1);
}

TEST(Networks, AllCommittedOnesRunWithOneFirmware) {
  for (const char* name : {"fashion_ternary", "fashion_int8"}) {
    expect_verified(simulate({"network=scenarios/networks/" + std::string(name) + ".onnx"}, 1), 1);
  }
}

/// One firmware, many platforms: the device table tells the driver what is there.
struct Variant {
  const char* name;
  std::vector<std::string> settings;
};

class Hardware : public ::testing::TestWithParam<Variant> {};

TEST_P(Hardware, IsVerified) {
  expect_verified(simulate(GetParam().settings, 1), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Variants, Hardware,
    ::testing::Values(
        Variant{"small_array",
                {"platform.tmac.output_channels=4", "platform.tmac.input_channels=8", "platform.tmac.pixels=1"}},
        Variant{"many_pixels",
                {"platform.tmac.output_channels=16", "platform.tmac.input_channels=8", "platform.tmac.pixels=4"}},
        Variant{"odd_geometry",
                {"platform.tmac.output_channels=12", "platform.tmac.input_channels=5", "platform.tmac.pixels=3"}},
        Variant{"many_lanes", {"platform.spu.lanes=64"}}, Variant{"one_dma_channel", {"platform.dma.channels=1"}},
        Variant{"four_dma_channels", {"platform.dma.channels=4"}},
        Variant{"scratchpad_of_16_KiB", {"platform.scratchpad.size=16 KiB"}},
        Variant{"wide_scratchpad", {"platform.scratchpad.banks=32", "platform.scratchpad.bank_width=16"}},
        Variant{"elsewhere",
                {"platform.tmac.base=0x50000000", "platform.scratchpad.base=0x60000000", "platform.spu.interrupt=20"}},
        Variant{"slow_clock", {"platform.clock_mhz=100"}}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(HardwareCost, OneLaneIsSlower) {
  const Simulation one = simulate({"platform.spu.lanes=1"}, 1), sixteen = simulate({}, 1);
  expect_verified(one, 1);
  const auto sparse = [](const Simulation& run) {
    return run.result.at("layers").at(1).at("passes").at("sparse").at("cycles").get<double>();
  };
  EXPECT_GT(sparse(one), sparse(sixteen) * 8);
  EXPECT_EQ(operations(one, "sparse"), operations(sixteen, "sparse"));
}

TEST(HardwareCost, SmallScratchpadNeedsMoreTilesAndMoreTraffic) {
  const Simulation small = simulate({"platform.scratchpad.size=4 KiB"}, 1), large = simulate({}, 1);
  expect_verified(small, 1);
  expect_verified(large, 1);
  EXPECT_GT(tiles(small), 4 * tiles(large));
  EXPECT_GT(operations(small, "dma"), operations(large, "dma"));
  EXPECT_EQ(operations(small, "dense"), operations(large, "dense"));
}

TEST(HardwareCost, FewAccumulatorsNeedMoreTiles) {
  const Simulation few = simulate({"platform.merge.accumulators=512"}, 1);
  expect_verified(few, 1);
  EXPECT_GT(tiles(few), 26u);  // 13 tiles with 8,192
}

TEST(Quantum, ChangesHowFarTheCoreRunsAheadButNoOutput) {
  for (const char* quantum : {"1", "10000"})
    expect_verified(simulate({std::string("run.quantum_ns=") + quantum}, 1), 1);
}

TEST(Expect, HeldAndMissed) {
  const Simulation held = simulate({"expect=[{metric: accuracy.top1, at_least: 0.5, at_most: 1}]"});
  expect_verified(held);
  EXPECT_THAT(held.outcome.output, HasSubstr("expect accuracy.top1 >= 0.5 <= 1: 1 held"));
  EXPECT_EQ(held.result.at("expect").at(0).at("held"), true);
  const Simulation missed = simulate({"expect=[{metric: cycles_per_inference, at_most: 10, reason: impossible}]"});
  EXPECT_EQ(missed.outcome.exit_code, 1);
  EXPECT_EQ(missed.result.at("verified"), true);
  EXPECT_EQ(missed.result.at("expect").at(0).at("held"), false);
  EXPECT_THAT(missed.outcome.output,
              AllOf(HasSubstr("expect cycles_per_inference <= 10: "), HasSubstr("MISSED (impossible)")));
}

TEST(Run, IsSetBesideTheInt8AndTheTernaryNetwork) {
  const Simulation simulation = simulate({}, 1);
  const auto& baselines = simulation.result["baselines"];
  ASSERT_TRUE(baselines["int8"].contains("cycles")) << baselines.dump();
  ASSERT_TRUE(baselines["ternary"].contains("cycles")) << baselines.dump();
  // Less is moved and multiplied from one to the next. Cycles need not follow: a first layer of one input channel takes
  // longer on the array, which is 32 input channels wide, than on the lanes.
  EXPECT_LT(baselines["ternary"]["energy_pj"], simulation.result["energy_pj"]["total"]);
  EXPECT_GT(baselines["int8"]["energy_pj"], simulation.result["energy_pj"]["total"]);
  EXPECT_EQ(simulate({"run.baselines=none"}, 1).result["baselines"], nlohmann::json::object());
}

// An int8 multiplier takes several times the area of a ternary one, so the array of equal area has fewer, and takes longer.
TEST(Run, IsSetBesideIntegerMachinesOfEqualArea) {
  const Simulation simulation = simulate({"run.baselines=all"}, 1);
  const auto& baselines = simulation.result["baselines"];
  for (const char* name : {"int8", "ternary", "int8_equal_area", "int4", "int4_equal_area"}) {
    ASSERT_TRUE(baselines[name].contains("cycles")) << name << ": " << baselines.dump();
  }
  EXPECT_THAT(baselines["int8_equal_area"]["array"].get<std::string>(), HasSubstr("int8 multipliers, tmac and spu "));
  EXPECT_GT(baselines["int8_equal_area"]["cycles"], baselines["int8"]["cycles"]);
  EXPECT_GE(baselines["int8_equal_area"]["cycles"], baselines["int4_equal_area"]["cycles"]);
  EXPECT_LT(baselines["int4"]["energy_pj"], baselines["int8"]["energy_pj"]);
}

}  // namespace
}  // namespace terse::testing
