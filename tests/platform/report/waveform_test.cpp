// A small timeline as a value change dump, by hand.
#include "platform/report/waveform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/platform/report/vcd_reader.hpp"

namespace terse::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

/// 500 MHz: a cycle is 2,000 ps. Two jobs of dma[0] one right behind the other, from 10 to 20 and from 20 to 25.
run::RunResult small_run() {
  run::RunResult result;
  result.clock_mhz = 500;
  run::Timeline& timeline = result.timeline.emplace();
  timeline.cycles = timeline.shown = 100;
  timeline.units = {{"dma[0]", {{.time = {10, 20}, .layer = 1, .tile = 0}, {.time = {20, 25}, .layer = 1, .tile = 1}}}};
  timeline.sleeps = {{30, 40}};
  timeline.functions = {"main", "(no symbol)"};
  timeline.calls = {{.time = {0, 100}, .function = 0, .depth = 0}, {.time = {5, 8}, .function = 1, .depth = 1}};
  timeline.interrupts = {{"dma_interrupt_0", {{25, 28}}}};
  return result;
}

TEST(Waveform, HasEveryChangeAtItsTime) {
  const Vcd vcd(report::waveform(small_run()));
  EXPECT_EQ(vcd.timescale(), "1ps");
  EXPECT_EQ(vcd.end(), 200'000);
  EXPECT_THAT(vcd.at("terse.core.asleep").changes,
              ElementsAre(Pair(0, "x"), Pair(0, "0"), Pair(60'000, "1"), Pair(80'000, "0")));
  EXPECT_THAT(vcd.at("terse.interrupts.dma_interrupt_0").changes,
              ElementsAre(Pair(0, "x"), Pair(0, "0"), Pair(50'000, "1"), Pair(56'000, "0")));
}

TEST(Waveform, JobsWithoutAGapKeepTheUnitBusy) {
  const Vcd vcd(report::waveform(small_run()));
  EXPECT_THAT(vcd.at("terse.dma_0.busy").changes,
              ElementsAre(Pair(0, "x"), Pair(0, "0"), Pair(20'000, "1"), Pair(50'000, "0")));
  EXPECT_THAT(vcd.at("terse.dma_0.tile").changes,
              ElementsAre(Pair(0, "bx"), Pair(20'000, "b0"), Pair(40'000, "b1"), Pair(50'000, "bx")));
}

TEST(Waveform, FunctionIsTheInnermost) {
  const Vcd vcd(report::waveform(small_run()));
  EXPECT_EQ(vcd.at("terse.core.function").type, "string");
  EXPECT_THAT(vcd.at("terse.core.function").changes,
              ElementsAre(Pair(0, "s"), Pair(0, "smain"), Pair(10'000, "s(no_symbol)"), Pair(16'000, "smain"),
                          Pair(200'000, "s")));
}

TEST(Waveform, EndsWhereTheTimelineIsBounded) {
  run::RunResult result = small_run();
  result.timeline->shown = 22;
  const Vcd vcd(report::waveform(result));
  EXPECT_EQ(vcd.end(), 44'000);
  EXPECT_EQ(vcd.at("terse.dma_0.busy").changes.back().second, "1");
}

}  // namespace
}  // namespace terse::testing
