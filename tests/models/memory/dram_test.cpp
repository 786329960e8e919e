#include "models/memory/dram.hpp"

#include <gmock/gmock.h>

#include "models/bus/bus.hpp"
#include "tests/models/bus/test_initiator.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;
using test::TestInitiator;
using ::testing::ElementsAre;

// Clock 1 ns; 20 cycles of latency, 4 bytes per cycle; reached over a bus of 1 cycle that is no bottleneck.
class DramTest : public test::SystemcTest {
 protected:
  Bus bus{"bus", {.latency_cycles = 1, .width = 64}, sc_time(1, SC_NS)};
  TestInitiator first{"first"};
  TestInitiator second{"second"};
  Dram dram{"dram", {.size = 1ull << 31, .latency_cycles = 20, .bytes_per_cycle = 4}, sc_time(1, SC_NS)};

  DramTest() {
    bus.attach_initiator("first", first.socket);
    bus.attach_initiator("second", second.socket);
    bus.attach("dram", 0, 1ull << 31, dram.socket);
  }
};

TEST_F(DramTest, TakesLatencyAndBandwidth) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  // 1 bus + ceil(400 / 4) channel + 20 latency.
  first.read(0, 400);
  EXPECT_EQ(first.took, sc_time(121, SC_NS));
  // The initiator has not waited but keeps its local time: the channel is free again by then. ceil(5 / 4) = 2 cycles.
  first.write(0, {1, 2, 3, 4, 5});
  EXPECT_EQ(first.took, sc_time(1 + 2 + 20, SC_NS));
}

TEST_F(DramTest, TwoInitiatorsShareTheBandwidth) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  // Both ask for 100 cycles of data at 0: 200 cycles of the channel, and each sees the latency once.
  first.read(0, 400);
  second.read(0x1000, 400);
  EXPECT_EQ(first.took, sc_time(1 + 100 + 20, SC_NS));
  EXPECT_EQ(second.took, sc_time(1 + 200 + 20, SC_NS));
  EXPECT_EQ(dram.statistics().busy, sc_time(200, SC_NS));
}

TEST_F(DramTest, TwoStreamsEndWhenTheSumOfTheirBytesIsThrough) {
  // Each streams 50 lines of 64 bytes = 16 channel cycles and waits for each line. A line alone takes 1 + 16 + 20
  // cycles and two lines need 32 < 37, so neither stream slows the other more than at its first line, where second
  // waits 16.
  std::array<sc_time, 2> ends;
  const auto stream = [&](std::size_t index, TestInitiator& initiator) {
    for (int line = 0; line < 50; ++line) {
      initiator.read(0, 64);
      sc_core::wait(initiator.delay);
      initiator.delay = sc_core::SC_ZERO_TIME;
    }
    ends.at(index) = sc_core::sc_time_stamp();
  };
  sc_core::sc_spawn([&] { stream(0, first); });
  sc_core::sc_spawn([&] { stream(1, second); });
  sc_core::sc_start();
  EXPECT_EQ(ends[0], sc_time(50 * 37, SC_NS));
  EXPECT_EQ(ends[1], sc_time(50 * 37 + 16, SC_NS));
}

TEST_F(DramTest, AnInitiatorAheadOfTimeDoesNotDelayTheOther) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  first.delay = sc_time(1000, SC_NS);
  first.read(0, 400);
  second.read(0, 400);
  EXPECT_EQ(second.took, sc_time(121, SC_NS));
}

TEST_F(DramTest, CountsAccessesAndBytes) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  first.write(0x7FFF'FFFE, {7, 8});
  EXPECT_THAT(second.read(0x7FFF'FFFD, 3), ElementsAre(0, 7, 8));
  second.read(0, 10);
  const DramStatistics statistics = dram.statistics();
  EXPECT_EQ(statistics.writes, 1u);
  EXPECT_EQ(statistics.bytes_written, 2u);
  EXPECT_EQ(statistics.reads, 2u);
  EXPECT_EQ(statistics.bytes_read, 13u);
}

TEST_F(DramTest, DmiStatesOneCycleOfData) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  tlm::tlm_dmi dmi;
  ASSERT_TRUE(first.direct(tlm::TLM_READ_COMMAND, 0x1000, dmi));
  EXPECT_TRUE(dmi.is_read_write_allowed());
  EXPECT_EQ(dmi.get_dmi_ptr(), dram.contents().data());
  EXPECT_EQ(dmi.get_read_latency(), sc_time(1 + 20 + 1, SC_NS));
  EXPECT_EQ(dmi.get_write_latency(), sc_time(1 + 20 + 1, SC_NS));
}

TEST_F(DramTest, RefusesWhatLiesOutside) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  first.read((1ull << 31) - 2, 4);
  EXPECT_EQ(first.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_THROW(dram.load((1ull << 31) - 2, std::vector<std::uint8_t>(3)), MemoryRangeError);
  dram.load((1ull << 31) - 2, std::vector<std::uint8_t>{5, 6});
  std::uint8_t byte = 0;
  EXPECT_EQ(first.debug(tlm::TLM_READ_COMMAND, (1ull << 31) - 1, &byte, 1), 1u);
  EXPECT_EQ(byte, 6);
}

}  // namespace
}  // namespace terse
