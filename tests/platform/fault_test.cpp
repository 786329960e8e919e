// Runs that must not end well: one flipped bit is found and named by layer, tile, channel and pass; a hung guest is
// found.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Fault {
  const char* name;
  const char* yaml;
  const char* layer;
  unsigned tile;
  unsigned channel;
  const char* pass;
};

class OneBit : public ::testing::TestWithParam<Fault> {};

TEST_P(OneBit, IsCaughtAndNamed) {
  const Fault& fault = GetParam();
  const Simulation run = simulate({fmt::format("faults=[{{{}}}]", fault.yaml)}, 1);
  ASSERT_EQ(run.outcome.exit_code, 1) << run.outcome.output << run.outcome.errors;
  EXPECT_EQ(run.result.at("verified"), false);
  const auto& mismatch = run.result.at("first_mismatch");
  EXPECT_EQ(mismatch.at("inference"), 0);
  EXPECT_EQ(mismatch.at("layer"), fault.layer);
  EXPECT_EQ(mismatch.at("tile"), fault.tile);
  EXPECT_EQ(mismatch.at("channel"), fault.channel);
  EXPECT_EQ(mismatch.at("pass"), fault.pass);
  EXPECT_NE(mismatch.at("expected"), mismatch.at("found"));
  EXPECT_GE(run.result.at("mismatches"), 1);
  EXPECT_THAT(
      run.outcome.output,
      AllOf(HasSubstr("WRONG RESULT: "), HasSubstr(fmt::format("layer {}, tile {}, row ", fault.layer, fault.tile)),
            HasSubstr(fmt::format("channel {}, {} pass: expected ", fault.channel, fault.pass))));
  EXPECT_THAT(run.outcome.output, ::testing::Not(HasSubstr("verified: ")));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, OneBit,
    ::testing::Values(
        Fault{"dense_weight", "in: weight, layer: block1.conv1, pass: dense, channel: 3, position: 7, bit: 0",
              "block1.conv1", 0, 3, "dense"},
        Fault{"sparse_weight", "in: weight, layer: block2.conv1, pass: sparse, channel: 5, position: 1, bit: 6",
              "block2.conv1", 0, 5, "sparse"},
        Fault{"tmac", "in: tmac, layer: block1.conv2, tile: 1, channel: 2, bit: 9", "block1.conv2", 1, 2, "dense"},
        Fault{"spu", "in: spu, layer: stem, tile: 0, channel: 4, bit: 8", "stem", 0, 4, "sparse"},
        Fault{"merge", "in: merge, layer: block3.conv2, tile: 0, channel: 30, bit: 3", "block3.conv2", 0, 30, "merge"},
        Fault{"merge_of_pool", "in: merge, layer: pool, tile: 0, channel: 1, bit: 5", "pool", 0, 1, "merge"},
        Fault{"last_layer", "in: spu, layer: fc, tile: 0, channel: 9, bit: 0", "fc", 0, 9, "sparse"}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(OneBitOfTheImage, IsRefusedByTheDriver) {
  const Simulation run = simulate({"faults=[{in: image, position: 5000, bit: 3}]"}, 1);
  ASSERT_EQ(run.outcome.exit_code, 3) << run.outcome.output << run.outcome.errors;
  EXPECT_THAT(run.outcome.output,
              AllOf(HasSubstr("GUEST FAILED: "), HasSubstr("checksum"), HasSubstr("sw_driver/validate.cpp:")));
  EXPECT_EQ(run.result.at("verified"), false);
}

TEST(OneBitOfTheImage, OfItsNameMakesItForeign) {
  const Simulation run = simulate({"faults=[{in: image, position: 0, bit: 0}]"}, 1);
  ASSERT_EQ(run.outcome.exit_code, 3) << run.outcome.output << run.outcome.errors;
  EXPECT_THAT(run.outcome.output, HasSubstr("GUEST FAILED: "));
}

TEST(OneBitSequential, IsNamedTheSame) {
  const Simulation run = simulate(
      {"run.superposition=sequential", "faults=[{in: tmac, layer: block1.conv2, tile: 1, channel: 2, bit: 9}]"}, 1);
  ASSERT_EQ(run.outcome.exit_code, 1);
  EXPECT_EQ(run.result.at("first_mismatch").at("layer"), "block1.conv2");
  EXPECT_EQ(run.result.at("first_mismatch").at("pass"), "dense");
}

std::string fault_error(const std::string& yaml) {
  const Simulation run = simulate({"faults=[{" + yaml + "}]"}, 1);
  EXPECT_EQ(run.outcome.exit_code, 2);
  return run.outcome.errors;
}

TEST(FaultSettings, ThatCannotBeAreRefused) {
  EXPECT_THAT(fault_error("layer: block1.conv3"),
              HasSubstr("faults: the network has no layer 'block1.conv3'; did you mean 'block1.conv"));
  EXPECT_THAT(fault_error("layer: stem, pass: dense"), HasSubstr("faults: layer 'stem' has no dense pass"));
  EXPECT_THAT(fault_error("layer: block1.conv1, channel: 8"),
              HasSubstr("faults: layer 'block1.conv1' has 8 output channels; channel 8 does not exist"));
  EXPECT_THAT(fault_error("layer: block1.conv1, bit: 2"),
              HasSubstr("stores 72 dense weights of 2 bits; position 0, bit 2 does not exist"));
  EXPECT_THAT(fault_error("in: tmac, layer: block1.conv1, tile: 9"), HasSubstr("tile 9, channel 0 does not exist"));
}

TEST(Guest, ThatDoesNotEndIsReportedWithItsFunction) {
  const Simulation run = simulate({"run.time_limit_ms=0.05"}, 1);
  EXPECT_EQ(run.outcome.exit_code, 3);
  EXPECT_EQ(run.result.at("verified"), false);
  EXPECT_THAT(run.result.at("guest_failure").at("text").get<std::string>(),
              AllOf(HasSubstr("the guest did not end within "), HasSubstr("0.05 ms of simulated time; pc = 0x"),
                    HasSubstr("run.time_limit_ms")));
  EXPECT_NE(run.result.at("guest_failure").at("function"), "");
  EXPECT_THAT(run.outcome.output, HasSubstr("GUEST FAILED: the guest did not end within"));
}

const std::string firmware = TERSE_BINARY_DIR "/firmware/";

TEST(Guest, ThatEndsWellWithoutRunningTheNetworkIsWrong) {
  const Simulation run = simulate({"run.firmware=" + firmware + "selftest.elf"}, 1);
  EXPECT_EQ(run.outcome.exit_code, 1);
  EXPECT_EQ(run.result.at("verified"), false);
  EXPECT_THAT(run.outcome.output,
              HasSubstr("WRONG RESULT: the guest ended well but did not run every layer of every inference"));
}

TEST(Guest, WithoutANetworkFailsWithTheAddressAndTheDriversLine) {
  const Outcome outcome =
      run_terse({"run", firmware + "infer.elf", "--platform", "scenarios/platforms/reference.yaml"});
  EXPECT_EQ(outcome.exit_code, 3) << outcome.output << outcome.errors;
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("GUEST FAILED: "), HasSubstr("sw_driver/")));
}

TEST(Guest, AloneNeedsAPlatform) {
  const Outcome outcome = run_terse({"run", firmware + "infer.elf"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("an ELF needs --platform, for example --platform scenarios/platforms/"));
}

}  // namespace
}  // namespace terse::testing
