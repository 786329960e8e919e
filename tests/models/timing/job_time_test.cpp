// The parts of the units' timing formulas that they share.
#include "models/timing/job_time.hpp"

#include <gtest/gtest.h>

namespace terse::test {
namespace {

// 100 cycles of work; 150 bytes at 2 per cycle take 75, so alone nothing shows; two users take 150, three 225.
TEST(BandwidthStallsTest, SharingIsBookedApart) {
  EXPECT_EQ(bandwidth_stalls(100, 150, 2, 1).activation_fetch, 0u);
  EXPECT_EQ(bandwidth_stalls(100, 150, 2, 1).bank_conflict, 0u);
  EXPECT_EQ(bandwidth_stalls(100, 150, 2, 2).bank_conflict, 50u);
  EXPECT_EQ(bandwidth_stalls(100, 150, 2, 3).bank_conflict, 125u);
  EXPECT_EQ(bandwidth_stalls(100, 150, 2, 0).bank_conflict, 0u);
}

// 150 bytes at 1.4 per cycle: 107.14, so 108 cycles. Two users: 214.3, so 215.
TEST(BandwidthStallsTest, PartsOfACycleCountWhole) {
  EXPECT_EQ(bandwidth_stalls(100, 150, 1.4, 2).activation_fetch, 8u);
  EXPECT_EQ(bandwidth_stalls(100, 150, 1.4, 2).bank_conflict, 107u);
}

TEST(ScratchpadBandwidthTest, CountsItsUsers) {
  ScratchpadBandwidth bandwidth(8);
  {
    const ScratchpadBandwidth::Use first(&bandwidth), second(&bandwidth), nobody(nullptr);
    EXPECT_EQ(bandwidth.users(), 2u);
  }
  EXPECT_EQ(bandwidth.users(), 0u);
}

}  // namespace
}  // namespace terse::test
