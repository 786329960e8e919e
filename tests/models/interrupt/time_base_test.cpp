#include "models/interrupt/time_base.hpp"

#include <gtest/gtest.h>

namespace terse {
namespace {

using sc_core::sc_time;

sc_time picoseconds(std::uint64_t value) {
  return sc_time::from_value(value);
}

TEST(TimeBase, TicksAtWholePeriods) {
  const TimeBase base(10);  // 100 ns
  EXPECT_EQ(base.ticks_at(picoseconds(99'999)), 0u);
  EXPECT_EQ(base.ticks_at(picoseconds(100'000)), 1u);
  EXPECT_EQ(base.ticks_at(sc_time(1, sc_core::SC_SEC)), 10'000'000u);
  EXPECT_EQ(base.time_of(3), picoseconds(300'000));
}

// 3 MHz: ticks at 333333.3, 666666.7, 1000000 ps. A rounded period would be 30 ticks wrong after ten seconds.
TEST(TimeBase, PeriodsThatAreNoMultipleOfTheResolutionDoNotDrift) {
  const TimeBase base(3);
  EXPECT_EQ(base.time_of(1), picoseconds(333'334));
  EXPECT_EQ(base.ticks_at(picoseconds(333'333)), 0u);
  EXPECT_EQ(base.ticks_at(picoseconds(333'334)), 1u);
  EXPECT_EQ(base.ticks_at(sc_time(10, sc_core::SC_SEC)), 30'000'000u);
  for (std::uint64_t tick = 0; tick < 1000; ++tick) {
    const sc_time time = base.time_of(tick).value();
    ASSERT_EQ(base.ticks_at(time), tick);
    if (tick > 0) {
      ASSERT_EQ(base.ticks_at(time - picoseconds(1)), tick - 1);
    }
  }
}

TEST(TimeBase, ATickAfterTheEndOfTimeHasNoTime) {
  EXPECT_FALSE(TimeBase(10).time_of(~std::uint64_t{0}).has_value());
  EXPECT_FALSE(TimeBase(1).time_of(~std::uint64_t{0} / 1'000'000).has_value());
  EXPECT_TRUE(TimeBase(1000).time_of(1'000'000'000'000).has_value());
}

}  // namespace
}  // namespace terse
