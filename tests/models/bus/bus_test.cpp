#include "models/bus/bus.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "models/memory/memory.hpp"
#include "tests/models/bus/test_initiator.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;
using test::TestInitiator;

/// A target that notes what reaches it, with a time of its own that may be spent by waiting.
class RecordingTarget : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<RecordingTarget> socket{"socket"};
  std::uint64_t address = 0;
  sc_time arrival;
  sc_time own_time;
  bool waits = false;
  tlm::tlm_response_status answer = tlm::TLM_OK_RESPONSE;

  explicit RecordingTarget(sc_core::sc_module_name name) : sc_module(name) {
    socket.register_b_transport(this, &RecordingTarget::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_time& delay) {
    address = transaction.get_address();
    arrival = sc_core::sc_time_stamp() + delay;
    delay += own_time;
    if (waits) {
      sc_core::wait(delay);
      delay = sc_core::SC_ZERO_TIME;
    }
    transaction.set_response_status(answer);
  }
};

// 1 ns clock, 3 cycles, 8 bytes per cycle. Two initiators; memory `sram` of 4 KiB in a region of the same size at
// 0x8000'0000, again in a region of half the size at 0x9000'0000, and the recording target at 0x1000.
class BusTest : public test::SystemcTest {
 protected:
  Bus bus{"bus", {.latency_cycles = 3, .width = 8}, sc_time(1, SC_NS)};
  TestInitiator core{"core"};
  TestInitiator dma{"dma"};
  Memory sram{"sram", {.size = 0x1000, .read_latency = 2, .write_latency = 1, .width = 8}, sc_time(1, SC_NS)};
  RecordingTarget device{"device"};

  BusTest() {
    bus.attach_initiator("core", core.socket);
    dma.socket.bind(bus.initiators);
    const unsigned memory = bus.attach("sram", 0x8000'0000, 0x1000, sram.socket);
    bus.map("alias", 0x9000'0000, 0x800, memory);
    bus.attach("device", 0x1000, 0x100, device.socket);
  }
};

TEST_F(BusTest, CarriesDataToTheTargetOfTheAddressAndRestoresIt) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  EXPECT_EQ(core.write(0x8000'0010, {1, 2, 3, 4}), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(core.address_after, 0x8000'0010u);
  EXPECT_EQ(sram.contents()[0x10], 1);
  EXPECT_THAT(dma.read(0x9000'0010, 4), ::testing::ElementsAre(1, 2, 3, 4));
  core.write32(0x1044, 0);
  EXPECT_EQ(device.address, 0x44u);
}

TEST_F(BusTest, AnswersUnmappedAndCrossingAccessesWithAnAddressError) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  core.read(0x7000'0000, 4);
  EXPECT_EQ(core.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(core.took, sc_time(3, SC_NS));  // The bus decodes, nobody answers: its latency only.
  core.read(0x8000'0FFD, 4);
  EXPECT_EQ(core.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  core.read(0x8000'0FFC, 4);
  EXPECT_EQ(core.status, tlm::TLM_OK_RESPONSE);
  core.read(0x9000'07FE, 4);  // Inside the memory, but over the end of the region.
  EXPECT_EQ(core.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  core.read(0x8000'0000, 0);
  EXPECT_EQ(core.status, tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_F(BusTest, PassesTheTargetsErrorOn) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  device.answer = tlm::TLM_COMMAND_ERROR_RESPONSE;
  EXPECT_EQ(core.write32(0x1000, 0), tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_EQ(bus.target_statistics()[1].errors, 1u);
  EXPECT_EQ(bus.target_statistics()[1].bytes_written, 0u);
}

TEST_F(BusTest, ABurstsBeatsOverlapWithTheTargetsTime) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  // One beat: 3 cycles bus, then the sram's 2 for the first word.
  core.read(0x8000'0000, 8);
  EXPECT_EQ(core.took, sc_time(5, SC_NS));
  // 64 bytes are 8 beats and 8 sram words: 3 + (2 + 7) = 12 > 3 + 7, so the sram decides.
  core.read(0x8000'0000, 64);
  EXPECT_EQ(core.took, sc_time(12, SC_NS));
  // A target without time of its own: 3 + (8 - 1) beats. 57 bytes are 8 beats, too; 56 are 7.
  core.read(0x1000, 64);
  EXPECT_EQ(core.took, sc_time(10, SC_NS));
  core.read(0x1000, 57);
  EXPECT_EQ(core.took, sc_time(10, SC_NS));
  core.read(0x1000, 56);
  EXPECT_EQ(core.took, sc_time(9, SC_NS));
}

TEST_F(BusTest, TimeIsTheSameWhetherTheTargetWaitsOrNot) {
  test::simulate([this] {
    for (const bool waits : {false, true}) {
      device.waits = waits;
      device.own_time = sc_time(2, SC_NS);  // Less than the 7 beats that follow the first: 3 + 7.
      core.read(0x1000, 64);
      EXPECT_EQ(core.took, sc_time(10, SC_NS)) << waits;
      device.own_time = sc_time(20, SC_NS);  // More: 3 + 20.
      core.read(0x1000, 64);
      EXPECT_EQ(core.took, sc_time(23, SC_NS)) << waits;
    }
  });
}

TEST_F(BusTest, TheTargetSeesTheInitiatorsLocalTime) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  core.delay = sc_time(100, SC_NS);
  core.write32(0x1000, 0);
  EXPECT_EQ(device.arrival, sc_time(103, SC_NS));
  EXPECT_EQ(core.delay, sc_time(103, SC_NS));
}

TEST_F(BusTest, DebugAccessIsTranslatedAndCutAtTheRegionsEnd) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  std::vector<std::uint8_t> bytes(16);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  EXPECT_EQ(core.debug(tlm::TLM_WRITE_COMMAND, 0x9000'07F8, bytes.data(), 16), 8u);
  EXPECT_EQ(sram.contents()[0x7F8], 1);
  EXPECT_EQ(sram.contents()[0x7FF], 8);
  EXPECT_EQ(sram.contents()[0x800], 0);
  EXPECT_EQ(core.debug(tlm::TLM_READ_COMMAND, 0x7000'0000, bytes.data(), 4), 0u);
}

TEST_F(BusTest, DmiIsTranslatedClippedAndPaysTheBus) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  tlm::tlm_dmi dmi;
  ASSERT_TRUE(core.direct(tlm::TLM_READ_COMMAND, 0x9000'0400, dmi));
  EXPECT_EQ(core.address_after, 0x9000'0400u);
  EXPECT_EQ(dmi.get_start_address(), 0x9000'0000u);
  EXPECT_EQ(dmi.get_end_address(), 0x9000'07FFu);  // The memory has 4 KiB, the region 2.
  EXPECT_EQ(dmi.get_dmi_ptr(), sram.contents().data());
  EXPECT_EQ(dmi.get_read_latency(), sc_time(5, SC_NS));   // 3 bus + 2 sram
  EXPECT_EQ(dmi.get_write_latency(), sc_time(4, SC_NS));  // 3 bus + 1 sram
}

TEST_F(BusTest, DmiIsDeniedForTheWholeHoleAndForTheWholeRegion) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  tlm::tlm_dmi hole;
  EXPECT_FALSE(core.direct(tlm::TLM_READ_COMMAND, 0x8800'0000, hole));
  EXPECT_TRUE(hole.is_none_allowed());
  EXPECT_EQ(hole.get_start_address(), 0x8000'1000u);
  EXPECT_EQ(hole.get_end_address(), 0x8FFF'FFFFu);
  tlm::tlm_dmi region;
  EXPECT_FALSE(core.direct(tlm::TLM_READ_COMMAND, 0x1010, region));
  EXPECT_EQ(region.get_start_address(), 0x1000u);
  EXPECT_EQ(region.get_end_address(), 0x10FFu);
}

TEST_F(BusTest, InvalidationReachesAllInitiatorsForAllRegionsOfTheTarget) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  sram.socket->invalidate_direct_mem_ptr(0x700, 0x900);
  const std::vector<TestInitiator::Invalidation> expected{{0x8000'0700, 0x8000'0900}, {0x9000'0700, 0x9000'07FF}};
  EXPECT_EQ(core.invalidations, expected);
  EXPECT_EQ(dma.invalidations, expected);
  sram.socket->invalidate_direct_mem_ptr(0x800, 0xFFF);  // Behind the alias's end.
  EXPECT_EQ(core.invalidations.size(), 3u);
}

TEST_F(BusTest, AWatchHearsWhoTouchesItsBytesAndTheRestKeepsItsDirectAccess) {
  Memory large("large", {.size = 0x4000, .read_latency = 2, .write_latency = 1, .width = 8}, sc_time(1, SC_NS));
  bus.attach("large", 0xA000'0000, 0x4000, large.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  std::vector<BusAccess> heard;
  const unsigned watch = bus.watch(0xA000'1004, 0xA000'1007, [&](const BusAccess& access) { heard.push_back(access); });
  EXPECT_EQ(core.invalidations, (std::vector<TestInitiator::Invalidation>{{0xA000'1000, 0xA000'1FFF}}));
  EXPECT_EQ(dma.invalidations, core.invalidations);

  core.write32(0xA000'1000, 1);  // beside the range, in its page
  EXPECT_FALSE(core.dmi_allowed);
  EXPECT_TRUE(heard.empty());
  core.delay = sc_time(10, SC_NS);
  core.write32(0xA000'1004, 7);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].initiator, "core");
  EXPECT_EQ(heard[0].address, 0xA000'1004u);
  EXPECT_EQ(heard[0].length, 4u);
  EXPECT_TRUE(heard[0].write);
  EXPECT_EQ(heard[0].end, sc_time(14, SC_NS));  // 10 local + 3 bus + 1 sram
  dma.read(0xA000'0FFC, 16);                    // runs over it
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_FALSE(heard[1].write);

  tlm::tlm_dmi dmi;
  EXPECT_FALSE(core.direct(tlm::TLM_READ_COMMAND, 0xA000'1FFC, dmi));
  ASSERT_TRUE(core.direct(tlm::TLM_READ_COMMAND, 0xA000'0000, dmi));
  EXPECT_EQ(dmi.get_end_address(), 0xA000'0FFFu);
  ASSERT_TRUE(core.direct(tlm::TLM_READ_COMMAND, 0xA000'3000, dmi));
  EXPECT_EQ(dmi.get_start_address(), 0xA000'2000u);
  EXPECT_EQ(dmi.get_end_address(), 0xA000'3FFFu);
  EXPECT_EQ(dmi.get_dmi_ptr(), large.contents().data() + 0x2000);

  bus.unwatch(watch);
  core.write32(0xA000'1004, 8);
  EXPECT_EQ(heard.size(), 2u);
  ASSERT_TRUE(core.direct(tlm::TLM_READ_COMMAND, 0xA000'1004, dmi));
  EXPECT_EQ(dmi.get_start_address(), 0xA000'0000u);
}

TEST_F(BusTest, CountsPerInitiatorAndTarget) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  core.write(0x8000'0000, std::vector<std::uint8_t>(24));
  dma.read(0x9000'0000, 100);
  dma.read(0x7000'0000, 100);
  const auto& initiators = bus.initiator_statistics();
  ASSERT_EQ(initiators.size(), 2u);
  EXPECT_EQ(initiators[0].name, "core");
  EXPECT_EQ(initiators[0].transactions, 1u);
  EXPECT_EQ(initiators[0].bytes_written, 24u);
  EXPECT_EQ(initiators[1].name, "initiator 1");
  EXPECT_EQ(initiators[1].transactions, 2u);
  EXPECT_EQ(initiators[1].bytes_read, 100u);
  EXPECT_EQ(initiators[1].errors, 1u);
  const auto& targets = bus.target_statistics();
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].name, "sram");
  EXPECT_EQ(targets[0].transactions, 2u);
  EXPECT_EQ(targets[0].bytes_read, 100u);
  EXPECT_EQ(targets[0].bytes_written, 24u);
  EXPECT_EQ(targets[1].transactions, 0u);
}

TEST_F(BusTest, RefusesOverlapsAndTargetsThatDoNotExist) {
  EXPECT_THROW(bus.map("double", 0x8000'0800, 0x1000, 0), AddressMapError);
  bus.map("nobody", 0xA000'0000, 0x1000, 7);
  EXPECT_THROW(sc_core::sc_start(sc_core::SC_ZERO_TIME), AddressMapError);
}

}  // namespace
}  // namespace terse
