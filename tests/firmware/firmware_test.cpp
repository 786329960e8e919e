// Firmware on the platform: the self-test passes on every variant of the hardware with the same ELF, and a program that
// goes wrong says where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string platform = "scenarios/platforms/reference.yaml";

Outcome run(const std::string& elf, const std::vector<std::string>& settings = {}) {
  std::vector<std::string> arguments{"run", elf, "--platform", platform};
  for (const std::string& setting : settings) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  return run_terse(arguments);
}

Outcome run_mishap(const std::string& name) {
  return run(TERSE_BINARY_DIR "/tests/firmware/" + name + ".elf");
}

std::string text_of(const Outcome& outcome) {
  return outcome.output + outcome.errors;
}

struct Variant {
  std::string name;
  std::vector<std::string> settings;
};

void PrintTo(const Variant& variant, std::ostream* stream) {
  *stream << variant.name;
}

class Selftest : public ::testing::TestWithParam<Variant> {};

TEST_P(Selftest, Passes) {
  const Outcome outcome = run(TERSE_BINARY_DIR "/firmware/selftest.elf", GetParam().settings);
  EXPECT_EQ(outcome.exit_code, 0) << text_of(outcome);
  // The last part ran, nothing failed, and the plan is there: it did not end halfway.
  EXPECT_THAT(text_of(outcome), AllOf(HasSubstr("- hwpe: soft clear of a running job"), HasSubstr("guest: 1.."),
                                      Not(HasSubstr("not ok"))));
}

INSTANTIATE_TEST_SUITE_P(
    Variants, Selftest,
    ::testing::Values(Variant{"reference", {}}, Variant{"one_channel", {"platform.dma.channels=1"}},
                      Variant{"four_channels_long_queues",
                              {"platform.dma.channels=4", "platform.dma.queue_depth=4", "platform.tmac.queue_depth=4",
                               "platform.spu.queue_depth=3", "platform.merge.queue_depth=4"}},
                      Variant{"shortest_queues",
                              {"platform.dma.queue_depth=1", "platform.tmac.queue_depth=1",
                               "platform.spu.queue_depth=1", "platform.merge.queue_depth=1"}},
                      Variant{"small_units",
                              {"platform.tmac.output_channels=1", "platform.tmac.input_channels=4",
                               "platform.spu.lanes=1", "platform.merge.output_channels=1"}},
                      Variant{"few_formats",
                              {"platform.spu.absolute_indices=false", "platform.spu.n_of_m_indices=false",
                               "platform.spu.value_bits=8"}},
                      Variant{"core_without_misaligned_accesses", {"platform.cpu.misaligned=trap"}},
                      Variant{"slow_dram", {"platform.dram.latency_cycles=500"}},
                      Variant{"slow_clock", {"platform.clock_mhz=50"}}),
    [](const auto& item) { return item.param.name; });

TEST(Mishap, StartUpInitialisesAndTheExitCodeArrives) {
  const Outcome outcome = run_mishap("exit_code");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(text_of(outcome), AllOf(HasSubstr("start-up is good"), HasSubstr("42")));
}

TEST(Mishap, AnIllegalInstructionIsReportedWithItsPlace) {
  const Outcome outcome = run_mishap("illegal_instruction");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(text_of(outcome), AllOf(HasSubstr("unexpected trap 2 (illegal instruction), pc 0x2000"),
                                      HasSubstr("value 0xffffffff"), HasSubstr("firmware/runtime/trap.cpp")));
}

TEST(Mishap, ABrokenStackCanBeReported) {
  const Outcome outcome = run_mishap("broken_stack");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(text_of(outcome), HasSubstr("unexpected trap 7 (store access fault), pc 0x2000"));
  EXPECT_THAT(text_of(outcome), HasSubstr("value 0xffffff00"));
}

TEST(Mishap, AStrayInterruptIsReported) {
  const Outcome outcome = run_mishap("stray_interrupt");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(text_of(outcome), HasSubstr("unexpected interrupt 3"));
}

TEST(Mishap, ATrapInAHandlerIsReported) {
  const Outcome outcome = run_mishap("trap_in_handler");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(text_of(outcome), HasSubstr("unexpected trap 3 (breakpoint)"));
}

}  // namespace
}  // namespace terse::testing
