#include "models/memory/memory.hpp"

#include <gmock/gmock.h>

#include "tests/models/bus/test_initiator.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;
using test::TestInitiator;
using ::testing::ElementsAre;

class MemoryTest : public test::SystemcTest {
 protected:
  static constexpr MemoryParameters parameters{.size = 256, .read_latency = 3, .write_latency = 2, .width = 8};
  TestInitiator to_sram{"to_sram"};
  TestInitiator to_rom{"to_rom"};
  Memory sram{"sram", parameters, sc_time(2, SC_NS)};
  Memory rom{"rom", parameters, sc_time(2, SC_NS), MemoryType::rom};

  MemoryTest() {
    to_sram.socket.bind(sram.socket);
    to_rom.socket.bind(rom.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
};

TEST_F(MemoryTest, KeepsBytesAtAnyAlignment) {
  EXPECT_EQ(to_sram.write(13, {1, 2, 3, 4, 5}), tlm::TLM_OK_RESPONSE);
  EXPECT_THAT(to_sram.read(12, 7), ElementsAre(0, 1, 2, 3, 4, 5, 0));
}

TEST_F(MemoryTest, TakesLatencyAndOneCyclePerFurtherWord) {
  // Clock 2 ns. 1 word: read 3, write 2 cycles. 17 bytes are 3 words of 8: 2 cycles more.
  to_sram.read(0, 1);
  EXPECT_EQ(to_sram.took, sc_time(6, SC_NS));
  to_sram.read(0, 8);
  EXPECT_EQ(to_sram.took, sc_time(6, SC_NS));
  to_sram.read(0, 17);
  EXPECT_EQ(to_sram.took, sc_time(10, SC_NS));
  to_sram.write(0, std::vector<std::uint8_t>(17));
  EXPECT_EQ(to_sram.took, sc_time(8, SC_NS));
}

TEST_F(MemoryTest, ByteEnablesRepeatTheirPattern) {
  to_sram.write(0, {1, 1, 1, 1, 1});
  std::vector<std::uint8_t> data{9, 9, 9, 9, 9};
  std::vector<unsigned char> enables{TLM_BYTE_ENABLED, TLM_BYTE_DISABLED};
  tlm::tlm_generic_payload transaction;
  TestInitiator::fill(transaction, tlm::TLM_WRITE_COMMAND, 0, data.data(), data.size());
  transaction.set_byte_enable_ptr(enables.data());
  transaction.set_byte_enable_length(2);
  to_sram.transport(transaction);
  EXPECT_EQ(to_sram.status, tlm::TLM_OK_RESPONSE);
  EXPECT_THAT(to_sram.read(0, 5), ElementsAre(9, 1, 9, 1, 9));

  std::vector<std::uint8_t> read{7, 7, 7, 7, 7};
  transaction.set_data_ptr(read.data());
  transaction.set_read();
  to_sram.transport(transaction);
  EXPECT_THAT(read, ElementsAre(9, 7, 9, 7, 9));

  transaction.set_byte_enable_length(0);
  to_sram.transport(transaction);
  EXPECT_EQ(to_sram.status, tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
}

TEST_F(MemoryTest, RefusesWhatItCannotDo) {
  to_sram.read(253, 4);
  EXPECT_EQ(to_sram.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(to_sram.took, sc_core::SC_ZERO_TIME);
  to_sram.read(256, 1);
  EXPECT_EQ(to_sram.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  to_sram.read(~std::uint64_t{0}, 4);
  EXPECT_EQ(to_sram.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  to_sram.read(252, 4);
  EXPECT_EQ(to_sram.status, tlm::TLM_OK_RESPONSE);

  std::uint32_t word = 0;
  EXPECT_EQ(to_sram.access(tlm::TLM_IGNORE_COMMAND, 0, &word, 4), tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_EQ(to_sram.access(tlm::TLM_READ_COMMAND, 0, &word, 0), tlm::TLM_BURST_ERROR_RESPONSE);
  tlm::tlm_generic_payload streaming;
  TestInitiator::fill(streaming, tlm::TLM_READ_COMMAND, 0, &word, 4);
  streaming.set_streaming_width(2);
  to_sram.transport(streaming);
  EXPECT_EQ(to_sram.status, tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_F(MemoryTest, ARomIsWrittenByDebuggersOnly) {
  rom.load(4, std::vector<std::uint8_t>{0xAA, 0xBB});
  EXPECT_EQ(to_rom.write32(4, 0), tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_THAT(to_rom.read(4, 2), ElementsAre(0xAA, 0xBB));
  std::uint8_t byte = 0xCC;
  EXPECT_EQ(to_rom.debug(tlm::TLM_WRITE_COMMAND, 5, &byte, 1), 1u);
  EXPECT_THAT(to_rom.read(4, 2), ElementsAre(0xAA, 0xCC));
}

TEST_F(MemoryTest, GrantsDmiAccordingToItsType) {
  to_sram.read(0, 4);
  EXPECT_TRUE(to_sram.dmi_allowed);
  tlm::tlm_dmi dmi;
  ASSERT_TRUE(to_sram.direct(tlm::TLM_WRITE_COMMAND, 16, dmi));
  EXPECT_TRUE(dmi.is_read_write_allowed());
  EXPECT_EQ(dmi.get_end_address(), 255u);
  EXPECT_EQ(dmi.get_read_latency(), sc_time(6, SC_NS));
  EXPECT_EQ(dmi.get_write_latency(), sc_time(4, SC_NS));
  dmi.get_dmi_ptr()[16] = 0x5A;
  EXPECT_THAT(to_sram.read(16, 1), ElementsAre(0x5A));

  tlm::tlm_dmi rom_dmi;
  EXPECT_FALSE(to_rom.direct(tlm::TLM_WRITE_COMMAND, 0, rom_dmi));
  ASSERT_TRUE(to_rom.direct(tlm::TLM_READ_COMMAND, 0, rom_dmi));
  EXPECT_TRUE(rom_dmi.is_read_allowed());
  EXPECT_FALSE(rom_dmi.is_write_allowed());
}

TEST_F(MemoryTest, DebugAccessIsCutAtTheEnd) {
  std::vector<std::uint8_t> bytes(8, 0x11);
  EXPECT_EQ(to_sram.debug(tlm::TLM_WRITE_COMMAND, 252, bytes.data(), 8), 4u);
  EXPECT_EQ(to_sram.debug(tlm::TLM_READ_COMMAND, 256, bytes.data(), 8), 0u);
  EXPECT_EQ(sram.contents()[255], 0x11);
}

TEST_F(MemoryTest, LoadNamesTheMemoryThatIsTooSmall) {
  sram.load(252, std::vector<std::uint8_t>(4, 1));
  try {
    sram.load(253, std::vector<std::uint8_t>(4));
    FAIL() << "no error";
  } catch (const MemoryRangeError& error) {
    EXPECT_STREQ(error.what(), "4 bytes at offset 0xfd do not fit into sram of 256 bytes");
  }
  EXPECT_THROW(sram.load(~std::uint64_t{0}, std::vector<std::uint8_t>(4)), MemoryRangeError);
}

}  // namespace
}  // namespace terse
