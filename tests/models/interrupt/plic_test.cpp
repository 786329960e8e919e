#include "models/interrupt/plic.hpp"

#include "registers/generated/plic.hpp"
#include "tests/models/bus/test_initiator.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

namespace offsets = registers::plic;
using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::sc_time_stamp;
using test::simulate;

class PlicTest : public test::SystemcTest {
 protected:
  static constexpr std::uint32_t source_count = 40;

  test::TestInitiator core{"core"};
  Plic plic{"plic", {.sources = source_count, .priority_bits = 3}};
  sc_core::sc_vector<sc_core::sc_signal<bool>> lines{"lines", source_count};
  sc_core::sc_signal<bool> external{"external"};

  PlicTest() {
    core.socket.bind(plic.socket);
    plic.sources.bind(lines);
    plic.external_interrupt(external);
  }

  /// Sets the level of `source` and lets it arrive.
  void drive(std::uint32_t source, bool level) {
    lines[source - 1].write(level);
    sc_core::wait(1, SC_NS);
  }
  void enable(std::uint32_t source, std::uint32_t priority) {
    core.write32(offsets::priority + 4 * source, priority);
    const std::uint64_t word = offsets::enable + 4 * (source / 32);
    core.write32(word, core.read32(word) | std::uint32_t{1} << source % 32);
  }
  std::uint32_t claim() { return core.read32(offsets::claim_complete); }
  void complete(std::uint32_t source) { core.write32(offsets::claim_complete, source); }
  bool pending(std::uint32_t source) {
    return (core.read32(offsets::pending + 4 * (source / 32)) >> source % 32 & 1) != 0;
  }
};

TEST_F(PlicTest, ClaimQuietensAndCompleteReopens) {
  simulate([this] {
    enable(3, 1);
    drive(3, true);
    EXPECT_TRUE(external.read());
    EXPECT_TRUE(pending(3));
    EXPECT_EQ(claim(), 3u);
    EXPECT_FALSE(external.read());  // Settled when the claim returns.
    EXPECT_FALSE(pending(3));
    EXPECT_EQ(claim(), 0u);
    drive(3, false);
    complete(3);
    EXPECT_FALSE(external.read());
    EXPECT_FALSE(pending(3));
    drive(3, true);
    EXPECT_EQ(claim(), 3u);
  });
}

TEST_F(PlicTest, ALevelThatStaysHighRequestsAgainOnlyAfterCompletion) {
  simulate([this] {
    enable(3, 1);
    drive(3, true);
    EXPECT_EQ(claim(), 3u);
    drive(3, false);
    drive(3, true);  // In service: the gateway is closed.
    EXPECT_FALSE(pending(3));
    EXPECT_FALSE(external.read());
    complete(3);
    EXPECT_TRUE(pending(3));
    EXPECT_TRUE(external.read());
    EXPECT_EQ(claim(), 3u);
  });
}

TEST_F(PlicTest, ARequestOutlivesItsLevel) {
  simulate([this] {
    enable(3, 1);
    drive(3, true);
    drive(3, false);
    EXPECT_TRUE(external.read());
    EXPECT_EQ(claim(), 3u);
  });
}

TEST_F(PlicTest, TheHighestPriorityWinsThenTheLowestNumber) {
  simulate([this] {
    enable(2, 1);
    enable(7, 5);
    enable(33, 5);
    enable(40, 6);
    for (const std::uint32_t source : {2u, 7u, 33u, 40u}) drive(source, true);
    EXPECT_EQ(claim(), 40u);
    EXPECT_EQ(claim(), 7u);
    EXPECT_EQ(claim(), 33u);
    EXPECT_EQ(claim(), 2u);
    EXPECT_EQ(claim(), 0u);
  });
}

TEST_F(PlicTest, TheThresholdSilencesButDoesNotHinderClaims) {
  simulate([this] {
    enable(4, 3);
    drive(4, true);
    core.write32(offsets::threshold, 3);
    EXPECT_FALSE(external.read());
    core.write32(offsets::threshold, 2);
    EXPECT_TRUE(external.read());
    core.write32(offsets::threshold, 7);
    EXPECT_FALSE(external.read());
    EXPECT_EQ(claim(), 4u);
  });
}

TEST_F(PlicTest, PriorityZeroAndDisabledSourcesArePendingButNeverClaimed) {
  simulate([this] {
    enable(4, 0);
    core.write32(offsets::priority + 4 * 5, 7);
    drive(4, true);
    drive(5, true);
    EXPECT_TRUE(pending(4));
    EXPECT_TRUE(pending(5));
    EXPECT_FALSE(external.read());
    EXPECT_EQ(claim(), 0u);
    enable(5, 7);
    EXPECT_TRUE(external.read());
    EXPECT_EQ(claim(), 5u);
  });
}

TEST_F(PlicTest, CompletionsOfOtherSourcesAreIgnored) {
  simulate([this] {
    enable(3, 1);
    enable(4, 1);
    drive(3, true);
    EXPECT_EQ(claim(), 3u);
    for (const std::uint32_t source : {0u, 4u, 41u, 127u, 128u, 0xFFFF'FFFFu}) complete(source);
    EXPECT_FALSE(pending(3));
    core.write32(offsets::enable, 1u << 4);  // 3 is claimed, but no longer enabled.
    complete(3);
    EXPECT_FALSE(pending(3));
    enable(3, 1);
    complete(3);
    EXPECT_TRUE(pending(3));
  });
}

TEST_F(PlicTest, AnAccessSeesWhatHappenedUpToTheInitiatorsTime) {
  sc_core::sc_spawn([this] {
    sc_core::wait(50, SC_NS);
    lines[8].write(true);  // source 9
  });
  simulate([this] {
    enable(9, 1);
    core.delay = sc_time(49, SC_NS);
    EXPECT_EQ(claim(), 0u);
    core.delay = sc_time(2, SC_NS);
    EXPECT_EQ(claim(), 9u);
    EXPECT_EQ(sc_time_stamp(), sc_time(51, SC_NS));
    EXPECT_EQ(core.delay, sc_core::SC_ZERO_TIME);
  });
}

TEST_F(PlicTest, OutputFollowsALevelInTheSameInstant) {
  sc_core::sc_spawn([this] {
    sc_core::wait(100, SC_NS);
    lines[0].write(true);
  });
  simulate([this] {
    enable(1, 1);
    sc_core::wait(external.posedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(100, SC_NS));
  });
}

TEST_F(PlicTest, AbsentBitsReadZero) {
  simulate([this] {
    core.write32(offsets::priority, 7);              // source 0
    core.write32(offsets::priority + 4 * 41, 7);     // beyond the last
    core.write32(offsets::priority + 4 * 40, 0xFF);  // 3 bits
    core.write32(offsets::threshold, 0xFFFF'FFFF);
    for (std::uint32_t word = 0; word < 4; ++word) core.write32(offsets::enable + 4 * word, 0xFFFF'FFFF);
    EXPECT_EQ(core.read32(offsets::priority), 0u);
    EXPECT_EQ(core.read32(offsets::priority + 4 * 41), 0u);
    EXPECT_EQ(core.read32(offsets::priority + 4 * 40), 7u);
    EXPECT_EQ(core.read32(offsets::threshold), 7u);
    EXPECT_EQ(core.read32(offsets::enable), 0xFFFF'FFFEu);
    EXPECT_EQ(core.read32(offsets::enable + 4), 0x0000'01FFu);  // 32 to 40
    EXPECT_EQ(core.read32(offsets::enable + 8), 0u);
  });
}

TEST_F(PlicTest, RefusesWhatIsNoRegister) {
  simulate([this] {
    EXPECT_EQ(core.write32(offsets::pending, 1), tlm::TLM_COMMAND_ERROR_RESPONSE);
    EXPECT_EQ(core.write32(offsets::priority + 4 * 128, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(core.write32(0x2080, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);    // context 1
    EXPECT_EQ(core.write32(0x201000, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);  // context 1
    core.read(offsets::threshold, 1);
    EXPECT_EQ(core.status, tlm::TLM_BURST_ERROR_RESPONSE);
  });
}

TEST_F(PlicTest, ADebuggerSeesTheClaimWithoutTakingIt) {
  simulate([this] {
    enable(6, 2);
    drive(6, true);
    std::uint32_t value = 0;
    EXPECT_EQ(core.debug(tlm::TLM_READ_COMMAND, offsets::claim_complete, &value, 4), 4u);
    EXPECT_EQ(value, 6u);
    EXPECT_TRUE(pending(6));
    EXPECT_TRUE(external.read());
  });
}

}  // namespace
}  // namespace terse
