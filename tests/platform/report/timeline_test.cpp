// How a timeline is bounded.
#include "platform/run/timeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace terse::run {
namespace {

constexpr std::uint64_t everything = ~std::uint64_t{0};

/// A run of 100 cycles: jobs of two units at 0, 10, 20 and 5, 15, 25, one call around all of it.
Timeline small_timeline() {
  Timeline timeline;
  timeline.cycles = 100;
  timeline.units = {{"a", {}}, {"b", {}}};
  for (const std::uint64_t begin : {0, 10, 20}) {
    timeline.units[0].jobs.push_back({.time = {begin, begin + 5}});
    timeline.units[1].jobs.push_back({.time = {begin + 5, begin + 10}});
  }
  timeline.functions = {"main"};
  timeline.calls = {{.time = {0, 100}, .function = 0, .depth = 0}};
  return timeline;
}

TEST(Timeline, IsCompleteWhenItFits) {
  Timeline timeline = small_timeline();
  bound(timeline, 7, everything);
  EXPECT_EQ(timeline.shown, 100);
  EXPECT_EQ(timeline.left_out, 0);
  EXPECT_THAT(timeline.units[1].jobs, ::testing::SizeIs(3));
}

// Begins in order: 0 (job of a), 0 (call), 5, 10, 15, 20, 25. With room for four, the fifth is the first that does not
// fit: everything from cycle 15 on goes, of every row.
TEST(Timeline, KeepsWhatBeginsFirst) {
  Timeline timeline = small_timeline();
  bound(timeline, 4, everything);
  EXPECT_EQ(timeline.shown, 15);
  EXPECT_EQ(timeline.left_out, 3);
  EXPECT_THAT(timeline.units[0].jobs, ::testing::SizeIs(2));
  EXPECT_THAT(timeline.units[1].jobs, ::testing::SizeIs(1));
  EXPECT_THAT(timeline.calls, ::testing::SizeIs(1));
}

// The second of the two that begin at 0 does not fit, so neither stays.
TEST(Timeline, CutsThoseThatBeginTogetherTogether) {
  Timeline timeline = small_timeline();
  bound(timeline, 1, everything);
  EXPECT_EQ(timeline.shown, 0);
  EXPECT_EQ(timeline.left_out, 7);
}

TEST(Timeline, EndsWhereTheRecordingOfCallsDid) {
  Timeline timeline = small_timeline();
  bound(timeline, 100, 20);
  EXPECT_EQ(timeline.shown, 20);
  EXPECT_EQ(timeline.left_out, 2);
}

}  // namespace
}  // namespace terse::run
