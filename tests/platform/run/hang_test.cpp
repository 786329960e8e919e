// Guests that never end: found, and reported with place, source line and the units' states.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Outcome run(const std::string& name, std::vector<std::string> options = {}) {
  std::vector<std::string> arguments{"run", TERSE_PROGRAMS "/" + name + ".elf", "-p",
                                     "scenarios/platforms/reference.yaml"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return run_terse(arguments);
}

/// Line of a source, counted from 1, that holds `text`.
std::size_t line_of(const std::string& name, const std::string& text) {
  const std::string source = contents_of(TERSE_SOURCE_DIR "/tests/platform/run/programs/" + name);
  return 1 + static_cast<std::size_t>(
                 std::count(source.begin(), source.begin() + static_cast<long>(source.find(text)), '\n'));
}

TEST(Hang, TheWatchdogCountsCycles) {
  const Outcome outcome = run("spins", {"--set", "run.watchdog_cycles=5000"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr(" 5000 cycles,"),
                    HasSubstr("the guest did not end within 5000 cycles (run.watchdog_cycles); pc = 0x80000004"),
                    HasSubstr("the core is in spin at "),
                    HasSubstr(fmt::format("spins.S:{}", line_of("spins.S", "spin: j spin"))),
                    HasSubstr("tmac       idle"), HasSubstr("dma[1]     idle")));
}

TEST(Hang, TheTimeLimitStillHoldsWithALaterWatchdog) {
  const Outcome outcome = run("spins", {"--set", "run.watchdog_cycles=1000000", "--time-limit", "0.01"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output, HasSubstr("(run.time_limit_ms) is too low"));
}

TEST(Hang, AGuestThatEndsInTimeDoesNotSeeTheWatchdog) {
  EXPECT_EQ(run("pass", {"--set", "run.watchdog_cycles=5000"}).exit_code, 0);
}

TEST(Hang, AWaitThatNothingCanEnd) {
  const Outcome outcome = run("waits_for_nothing");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("waits in wfi for an interrupt that cannot come"),
                                    HasSubstr("the core is in sleep"), HasSubstr("spu        idle")));
}

TEST(Hang, AWaitThatEndsBehindTheLimitIsNoWaitForNothing) {
  const Outcome watchdog = run("waits_long", {"--set", "run.watchdog_cycles=5000"});
  EXPECT_EQ(watchdog.exit_code, 3);
  EXPECT_THAT(watchdog.output, HasSubstr("did not end within 5000 cycles (run.watchdog_cycles)"));
  EXPECT_THAT(run("waits_long", {"--time-limit", "5"}).output, HasSubstr("did not end within 5 ms of simulated time"));
}

TEST(Hang, AWaitWithEveryInterruptMasked) {
  const Outcome outcome = run("waits_masked");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output, HasSubstr("mie enables no interrupt that could wake it"));
}

TEST(Hang, AUnitAtWorkIsNamedWithItsJob) {
  const auto whole = simulate({}, 1).result.at("cycles").get<std::uint64_t>();
  bool seen = false;
  for (std::uint64_t percent = 90; percent > 50 && !seen; percent -= 4) {  // the driver may be between two jobs
    const Simulation run = simulate({fmt::format("run.watchdog_cycles={}", whole * percent / 100)}, 1);
    ASSERT_EQ(run.outcome.exit_code, 3);
    EXPECT_EQ(run.result.at("guest_failure").at("units").size(), 5u);
    seen = run.outcome.output.find("runs a job of layer ") != std::string::npos;
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace terse::testing
