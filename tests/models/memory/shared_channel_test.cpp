#include "models/memory/shared_channel.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace terse {
namespace {

using sc_core::sc_time;

sc_time units(std::uint64_t value) {
  return sc_time::from_value(value);
}

std::uint64_t reserve(SharedChannel& channel, std::uint64_t arrival, std::uint64_t duration, std::uint64_t now = 0) {
  return channel.reserve(units(now), units(arrival), units(duration)).value();
}

TEST(SharedChannel, AFreeChannelServesAtOnce) {
  SharedChannel channel;
  EXPECT_EQ(reserve(channel, 100, 10), 110u);
  EXPECT_EQ(reserve(channel, 500, 10), 510u);
}

TEST(SharedChannel, TransfersOfTheSameTimeFollowEachOther) {
  SharedChannel channel;
  EXPECT_EQ(reserve(channel, 100, 10), 110u);
  EXPECT_EQ(reserve(channel, 100, 10), 120u);
  EXPECT_EQ(reserve(channel, 105, 10), 130u);
  EXPECT_EQ(channel.busy(), units(30));
}

TEST(SharedChannel, AnInitiatorThatRanAheadDoesNotBlockTheOthers) {
  SharedChannel channel;
  EXPECT_EQ(reserve(channel, 1000, 10), 1010u);
  EXPECT_EQ(reserve(channel, 0, 10), 10u);
  // 990 free units from 10 to 1000; the rest comes after the booked ten.
  EXPECT_EQ(reserve(channel, 0, 995), 1015u);
}

// Oracle: one flag per unit of time.
TEST(SharedChannel, FillsExactlyTheFirstFreeTime) {
  constexpr std::size_t horizon = 4000;
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    SharedChannel channel;
    std::vector<bool> taken(horizon);
    std::uint64_t now = 0;
    for (int transfer = 0; transfer < 40; ++transfer) {
      now += random() % 8;
      const std::uint64_t arrival = now + random() % 300;
      const std::uint64_t duration = 1 + random() % 40;
      std::uint64_t time = arrival;
      for (std::uint64_t left = duration; left > 0; ++time) {
        if (taken.at(time)) continue;
        taken.at(time) = true;
        --left;
      }
      ASSERT_EQ(reserve(channel, arrival, duration, now), time) << "round " << round << " transfer " << transfer;
    }
  }
}

}  // namespace
}  // namespace terse
