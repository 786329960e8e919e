#include "models/scratchpad/scratchpad.hpp"

#include <gmock/gmock.h>

#include <random>

#include "tests/models/bus/test_initiator.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;
using test::TestInitiator;
using ::testing::HasSubstr;

// 1 ns clock; 4 banks of 8-byte words, 32 words deep; 2 cycles of read latency.
ScratchpadParameters small() {
  return {.size = 1024, .banks = 4, .bank_width = 8, .ports = 2, .read_latency = 2};
}

class ScratchpadTest : public test::SystemcTest {
 protected:
  TestInitiator tmac{"tmac"};
  TestInitiator dma{"dma"};
};

class WordScratchpadTest : public ScratchpadTest {
 protected:
  Scratchpad scratchpad{"scratchpad", small(), sc_time(1, SC_NS)};

  WordScratchpadTest() {
    scratchpad.attach("tmac", tmac.socket);
    dma.socket.bind(scratchpad.ports);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
};

TEST_F(WordScratchpadTest, TimeIsThatOfTheBusiestBank) {
  // Reads add the latency of 2, writes do not.
  tmac.read(0, 1);  // 1 word
  EXPECT_EQ(tmac.took, sc_time(1 + 2, SC_NS));
  tmac.read(0, 32);  // 4 words, one per bank
  EXPECT_EQ(tmac.took, sc_time(1 + 2, SC_NS));
  tmac.read(4, 32);  // unaligned: 5 words, ceil(5 / 4)
  EXPECT_EQ(tmac.took, sc_time(2 + 2, SC_NS));
  tmac.write(0, std::vector<std::uint8_t>(256));  // 32 words / 4
  EXPECT_EQ(tmac.took, sc_time(8, SC_NS));
  tmac.write(1023, {1});
  EXPECT_EQ(tmac.took, sc_time(1, SC_NS));
}

TEST_F(WordScratchpadTest, CountsRequestsAndBytesPerBankAndInitiator) {
  tmac.read(4, 32);                            // words 0 to 4: banks 0 1 2 3 0
  dma.write(8, std::vector<std::uint8_t>(9));  // words 1 and 2
  const auto& banks = scratchpad.bank_statistics();
  ASSERT_EQ(banks.size(), 4u);
  EXPECT_EQ(banks[0].reads, 2u);
  EXPECT_EQ(banks[1].reads, 1u);
  EXPECT_EQ(banks[3].reads, 1u);
  EXPECT_EQ(banks[0].writes, 0u);
  EXPECT_EQ(banks[1].writes, 1u);
  EXPECT_EQ(banks[2].writes, 1u);
  const auto& ports = scratchpad.port_statistics();
  ASSERT_EQ(ports.size(), 2u);
  EXPECT_EQ(ports[0].name, "tmac");
  EXPECT_EQ(ports[0].reads, 5u);
  EXPECT_EQ(ports[0].bytes_read, 32u);
  EXPECT_EQ(ports[0].writes, 0u);
  EXPECT_EQ(ports[1].name, "port 1");
  EXPECT_EQ(ports[1].writes, 2u);
  EXPECT_EQ(ports[1].bytes_written, 9u);
}

TEST_F(WordScratchpadTest, DmiAccessesAreBookedByTheirInitiator) {
  scratchpad.account(1, 10, 3);
  const ScratchpadPortStatistics& port = scratchpad.port_statistics()[1];
  EXPECT_EQ(port.reads, 10u);
  EXPECT_EQ(port.bytes_read, 80u);
  EXPECT_EQ(port.writes, 3u);
  EXPECT_EQ(port.bytes_written, 24u);
  EXPECT_THROW(scratchpad.account(2, 1, 1), std::out_of_range);
}

TEST_F(WordScratchpadTest, NamesInitiatorsAfterBinding) {
  scratchpad.name_port(1, "dma");
  EXPECT_EQ(scratchpad.port_statistics()[1].name, "dma");
}

TEST_F(WordScratchpadTest, RefusesWhatLiesOutsideAndCountsNothing) {
  tmac.read(1021, 4);
  EXPECT_EQ(tmac.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  tmac.write(1024, {1});
  EXPECT_EQ(tmac.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  tmac.read(0, 1025);
  EXPECT_EQ(tmac.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(tmac.took, sc_core::SC_ZERO_TIME);
  EXPECT_EQ(scratchpad.port_statistics()[0].reads, 0u);
  EXPECT_EQ(scratchpad.bank_statistics()[0].writes, 0u);
  tmac.read(0, 1024);
  EXPECT_EQ(tmac.status, tlm::TLM_OK_RESPONSE);
}

TEST_F(WordScratchpadTest, GrantsDmiAndDebugAccess) {
  tlm::tlm_dmi dmi;
  ASSERT_TRUE(dma.direct(tlm::TLM_WRITE_COMMAND, 100, dmi));
  EXPECT_TRUE(dmi.is_read_write_allowed());
  EXPECT_EQ(dmi.get_start_address(), 0u);
  EXPECT_EQ(dmi.get_end_address(), 1023u);
  EXPECT_EQ(dmi.get_dmi_ptr(), scratchpad.contents().data());
  EXPECT_EQ(dmi.get_read_latency(), sc_time(3, SC_NS));
  EXPECT_EQ(dmi.get_write_latency(), sc_time(1, SC_NS));
  std::uint8_t byte = 0x77;
  EXPECT_EQ(dma.debug(tlm::TLM_WRITE_COMMAND, 1023, &byte, 1), 1u);
  EXPECT_EQ(scratchpad.contents()[1023], 0x77);
  EXPECT_EQ(scratchpad.port_statistics()[1].writes, 0u);
}

TEST_F(WordScratchpadTest, AllAlignmentsAgreeWithAPlainArray) {
  std::mt19937 random(11);
  std::vector<std::uint8_t> oracle(1024);
  for (std::size_t alignment = 0; alignment < 32; ++alignment) {
    for (std::size_t length = 1; length <= 72; ++length) {
      const std::size_t address = 32 * (random() % 28) + alignment;
      std::vector<std::uint8_t> bytes(length);
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
      std::ranges::copy(bytes, oracle.begin() + static_cast<std::ptrdiff_t>(address));
      ASSERT_EQ(dma.write(address, bytes), tlm::TLM_OK_RESPONSE);
      const std::size_t from = random() % 512;
      const std::size_t count = 1 + random() % 512;
      const auto first = oracle.begin() + static_cast<std::ptrdiff_t>(from);
      ASSERT_EQ(tmac.read(from, count), std::vector<std::uint8_t>(first, first + static_cast<std::ptrdiff_t>(count)));
    }
  }
  EXPECT_TRUE(std::ranges::equal(scratchpad.contents(), oracle));
}

TEST_F(ScratchpadTest, BlockInterleavingMakesAStreamUseOneBank) {
  ScratchpadParameters parameters = small();
  parameters.interleaving = "block";
  Scratchpad scratchpad("scratchpad", parameters, sc_time(1, SC_NS));
  scratchpad.attach("tmac", tmac.socket);
  scratchpad.attach("dma", dma.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  tmac.read(0, 32);  // 4 words of bank 0, one after the other
  EXPECT_EQ(tmac.took, sc_time(4 + 2, SC_NS));
  EXPECT_EQ(scratchpad.bank_statistics()[0].reads, 4u);
  tmac.read(240, 32);  // 2 words each of banks 0 and 1
  EXPECT_EQ(tmac.took, sc_time(2 + 2, SC_NS));
}

TEST_F(ScratchpadTest, RefusesMoreInitiatorsThanPorts) {
  ScratchpadParameters parameters = small();
  parameters.ports = 1;
  Scratchpad scratchpad("scratchpad", parameters, sc_time(1, SC_NS));
  scratchpad.attach("tmac", tmac.socket);
  scratchpad.attach("dma", dma.socket);
  try {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    FAIL() << "no error";
  } catch (const ScratchpadPortError& error) {
    EXPECT_STREQ(error.what(), "scratchpad has 1 ports, but 2 initiators are connected");
  }
}

TEST(ScratchpadParameters, SizeMustDivideIntoBanks) {
  ScratchpadParameters parameters;
  EXPECT_TRUE(parameters.problems().empty());
  parameters.size = 1000;
  ASSERT_EQ(parameters.problems().size(), 1u);
  EXPECT_EQ(parameters.problems()[0].parameter, "size");
  EXPECT_THAT(parameters.problems()[0].message, HasSubstr("a multiple of 128"));
}

}  // namespace
}  // namespace terse
