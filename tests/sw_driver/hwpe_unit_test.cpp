// The driver of one unit, by its verbs.
#include "sw_driver/hwpe_unit.hpp"

#include <gtest/gtest.h>

#include "sw_driver/host_hal.hpp"
#include "sw_driver/tmac.hpp"
#include "tests/sw_driver/fake_hardware.hpp"

namespace terse::test {
namespace {

using namespace driver;

constexpr std::uint32_t tmac_base = 0x40010000;
constexpr std::uint32_t tmac_source = 1;

class HwpeUnitTest : public ::testing::Test {
 protected:
  HwpeUnitTest() {
    clint.init(0x02000000);
    plic.init(0x0C000000);
    interrupts.init();
    EXPECT_TRUE(tmac.init(tmac_base, tmac_source).ok());
    watchdog.start(10'000);
  }

  static TmacJob job(std::uint32_t tag) {
    TmacJob job{};
    job.tag = tag;
    return job;
  }

  FakeHardware hardware{FakeConfiguration{.queue_depth = 2}};
  HostHal hal{hardware};
  Clint<HostHal> clint{hal};
  Plic<HostHal> plic{hal};
  Interrupts<HostHal> interrupts{hal, clint, plic};
  Watchdog<HostHal> watchdog{clint, interrupts};
  Tmac<HostHal> tmac{hal, interrupts};
};

TEST_F(HwpeUnitTest, JobRegistersArriveInOrder) {
  TmacJob job{};
  job.tag = 0x00010002;
  job.kernel = 0x01010303;
  job.flags = 3;
  FakeJob seen;
  hardware.tmac().on_start = [&](FakeUnit&, const FakeJob& started) { seen = started; };
  ASSERT_TRUE(tmac.dispatch_wait(job, watchdog).ok());
  EXPECT_EQ(seen.words[0], 0x00010002u);
  EXPECT_EQ(seen.words[(registers::tmac::kernel - registers::tmac::job_offset) / 4], 0x01010303u);
  EXPECT_EQ(seen.words[(registers::tmac::flags - registers::tmac::job_offset) / 4], 3u);
}

TEST_F(HwpeUnitTest, TicketsResolveInOrder) {
  const Ticket first = tmac.dispatch(job(1)).value();
  const Ticket second = tmac.dispatch(job(2)).value();
  EXPECT_FALSE(tmac.resolve_check(first).value());
  EXPECT_EQ(tmac.oldest_tag(), 1u);
  ASSERT_TRUE(tmac.resolve_wait(first, watchdog).ok());
  EXPECT_FALSE(tmac.resolve_check(second).value());
  EXPECT_EQ(tmac.oldest_tag(), 2u);
  ASSERT_TRUE(tmac.resolve_wait(second, watchdog).ok());
  EXPECT_TRUE(tmac.resolve_check(first).value());
  EXPECT_FALSE(tmac.has_unfinished());
}

TEST_F(HwpeUnitTest, AFullQueueIsNoFailure) {
  ASSERT_TRUE(tmac.dispatch(job(1)).ok());
  const Ticket second = tmac.dispatch(job(2)).value();
  EXPECT_EQ(tmac.dispatch(job(3)).error().code, ErrorCode::queue_full);
  ASSERT_TRUE(tmac.resolve_wait(second, watchdog).ok());
  EXPECT_TRUE(tmac.dispatch(job(3)).ok());
}

TEST_F(HwpeUnitTest, AForeignLockIsReported) {
  ASSERT_LT(tmac.acquire(), 256u);
  EXPECT_EQ(tmac.dispatch(job(1)).error().code, ErrorCode::unit_locked);
  tmac.soft_clear();
  EXPECT_TRUE(tmac.dispatch(job(1)).ok());
}

TEST_F(HwpeUnitTest, SoftClearForgetsJobsUnderWay) {
  ASSERT_TRUE(tmac.dispatch(job(1)).ok());
  tmac.soft_clear();
  EXPECT_FALSE(tmac.has_unfinished());
  ASSERT_TRUE(tmac.dispatch_wait(job(2), watchdog).ok());
}

TEST_F(HwpeUnitTest, AWaitHasADeadline) {
  hardware.tmac().trouble.hang_job = 0;
  const Status status = tmac.dispatch_wait(job(9), watchdog);
  EXPECT_EQ(status.error().code, ErrorCode::timeout);
  EXPECT_EQ(status.error().tag, 9u);
}

TEST_F(HwpeUnitTest, ManyJobsWrapTheIds) {
  for (std::uint32_t number = 0; number < 600; ++number) {
    watchdog.kick();
    ASSERT_TRUE(tmac.dispatch_wait(job(number), watchdog).ok()) << number;
  }
}

TEST_F(HwpeUnitTest, SnapshotReadsLowAndHighWords) {
  const PerformanceSnapshot snapshot = tmac.performance();
  // The fake answers with the register's offset.
  EXPECT_EQ(snapshot[0], std::uint64_t{0x194} << 32 | 0x190);
  EXPECT_EQ(snapshot[12], std::uint64_t{0x1F4} << 32 | 0x1F0);
}

TEST_F(HwpeUnitTest, AnUnexpectedLineIsSilenced) {
  // The merge unit's line rises although nobody connected it.
  plic.enable_source(3);
  std::uint32_t value = 1;
  ASSERT_TRUE(hardware.write(0x40012000 + registers::hwpe::irq_enable, value));
  ASSERT_TRUE(hardware.write(0x40012000 + registers::hwpe::irq_set, value));
  ASSERT_TRUE(tmac.dispatch_wait(job(1), watchdog).ok());
  EXPECT_EQ(hal.read32(0x0C002000) & 1u << 3, 0u);
}

TEST(Clint, ReadsTimeAcrossTheWrapOfTheLowWord) {
  // A clock that wraps between any two of the reads.
  class Backend : public HostBackend {
   public:
    explicit Backend(std::uint64_t start) : time_(start) {}
    bool read(std::uint32_t address, std::uint32_t& value) override {
      value = static_cast<std::uint32_t>(address % 8 == 0 ? time_ : time_ >> 32);
      ++time_;
      return true;
    }
    bool write(std::uint32_t, std::uint32_t) override { return true; }
    void wait(std::uint32_t) override {}
    std::uint32_t pending() override { return 0; }
    const std::uint8_t* view(std::uint32_t, std::uint32_t) override { return nullptr; }
    std::uint8_t* memory(std::uint32_t, std::uint32_t) override { return nullptr; }

   private:
    std::uint64_t time_;
  };
  for (std::uint64_t start = 0xFFFFFFF8; start < 0x100000004; ++start) {
    Backend backend(start);
    HostHal hal(backend);
    Clint<HostHal> clint(hal);
    clint.init(0);
    const std::uint64_t time = clint.now();
    EXPECT_GE(time, start);
    EXPECT_LE(time, start + 4);
  }
}

}  // namespace
}  // namespace terse::test
