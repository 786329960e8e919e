#include "models/interrupt/clint.hpp"

#include "registers/generated/clint.hpp"
#include "tests/models/bus/test_initiator.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

namespace offsets = registers::clint;
using sc_core::SC_NS;
using sc_core::SC_PS;
using sc_core::sc_time;
using sc_core::sc_time_stamp;
using test::simulate;

// 10 MHz: a tick lasts 100 ns.
class ClintTest : public test::SystemcTest {
 protected:
  test::TestInitiator core{"core"};
  Clint clint{"clint", {.timebase_mhz = 10}};
  sc_core::sc_signal<bool> software{"software"};
  sc_core::sc_signal<bool> timer{"timer"};

  ClintTest() {
    core.socket.bind(clint.socket);
    clint.software_interrupt(software);
    clint.timer_interrupt(timer);
  }

  void set_mtimecmp(std::uint64_t value) {
    core.write32(offsets::mtimecmp_high, 0xFFFF'FFFF);
    core.write32(offsets::mtimecmp_low, static_cast<std::uint32_t>(value));
    core.write32(offsets::mtimecmp_high, static_cast<std::uint32_t>(value >> 32));
  }
};

TEST_F(ClintTest, ResetValues) {
  simulate([this] {
    EXPECT_EQ(core.read32(offsets::msip), 0u);
    EXPECT_EQ(core.read32(offsets::mtimecmp_low), 0xFFFF'FFFFu);
    EXPECT_EQ(core.read32(offsets::mtimecmp_high), 0xFFFF'FFFFu);
    EXPECT_EQ(core.read32(offsets::mtime_low), 0u);
    EXPECT_FALSE(timer.read());
    EXPECT_FALSE(software.read());
  });
  // Without an armed timer nothing keeps the simulation going.
  EXPECT_EQ(sc_time_stamp(), sc_core::SC_ZERO_TIME);
}

TEST_F(ClintTest, TimerRisesExactlyAtItsTick) {
  simulate([this] {
    set_mtimecmp(7);
    sc_core::wait(timer.posedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(700, SC_NS));
    EXPECT_EQ(core.read32(offsets::mtime_low), 7u);
    // A new deadline takes the line back before the write returns.
    set_mtimecmp(9);
    EXPECT_FALSE(timer.read());
    sc_core::wait(timer.posedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(900, SC_NS));
    // An earlier one that is already over raises it at once.
    set_mtimecmp(20);
    EXPECT_FALSE(timer.read());
    set_mtimecmp(3);
    EXPECT_TRUE(timer.read());
    EXPECT_EQ(sc_time_stamp(), sc_time(900, SC_NS));
  });
}

TEST_F(ClintTest, TimerOfAWriteInTheInitiatorsFuture) {
  simulate([this] {
    core.delay = sc_time(450, SC_NS);
    set_mtimecmp(5);  // The writes happen at 450 ns, tick 5 begins at 500 ns.
    EXPECT_EQ(sc_time_stamp(), sc_time(450, SC_NS));
    EXPECT_EQ(core.delay, sc_core::SC_ZERO_TIME);
    EXPECT_FALSE(timer.read());
    sc_core::wait(timer.posedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(500, SC_NS));
  });
}

TEST_F(ClintTest, AReadSeesTheInitiatorsLocalTimeAndDoesNotWait) {
  simulate([this] {
    core.delay = sc_time(299'999, SC_PS);
    EXPECT_EQ(core.read32(offsets::mtime_low), 2u);
    core.delay = sc_time(300, SC_NS);
    EXPECT_EQ(core.read32(offsets::mtime_low), 3u);
    EXPECT_EQ(core.took, sc_core::SC_ZERO_TIME);
    EXPECT_EQ(sc_time_stamp(), sc_core::SC_ZERO_TIME);
  });
}

TEST_F(ClintTest, WritingMtimeMovesTheCountButNotTheEdges) {
  simulate([this] {
    sc_core::wait(sc_time(250, SC_NS));
    core.write32(offsets::mtime_high, 0x12);
    core.write32(offsets::mtime_low, 0xFFFF'FFFF);
    EXPECT_EQ(core.read32(offsets::mtime_low), 0xFFFF'FFFFu);
    EXPECT_EQ(core.read32(offsets::mtime_high), 0x12u);
    // Ticks begin at 300 ns, 400 ns: the next one carries into the high word.
    set_mtimecmp(0x13'0000'0001);
    core.delay = sc_time(50, SC_NS);
    EXPECT_EQ(core.read32(offsets::mtime_high), 0x13u);
    EXPECT_EQ(core.read32(offsets::mtime_low), 0u);
    core.delay = sc_core::SC_ZERO_TIME;
    sc_core::wait(timer.posedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(400, SC_NS));
    EXPECT_EQ(clint.mtime(sc_time_stamp()), 0x13'0000'0001u);
  });
}

TEST_F(ClintTest, WrapOfMtimeEndsTheInterrupt) {
  simulate([this] {
    core.write32(offsets::mtime_high, 0xFFFF'FFFF);
    core.write32(offsets::mtime_low, 0xFFFF'FFFE);
    set_mtimecmp(0xFFFF'FFFF'FFFF'FFFF);
    sc_core::wait(timer.posedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(100, SC_NS));
    sc_core::wait(timer.negedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(200, SC_NS));
  });
}

TEST_F(ClintTest, SoftwareInterruptFollowsBitZero) {
  simulate([this] {
    core.delay = sc_time(30, SC_NS);
    EXPECT_EQ(core.write32(offsets::msip, 0xFFFF'FFFF), tlm::TLM_OK_RESPONSE);
    EXPECT_TRUE(software.read());
    EXPECT_EQ(sc_time_stamp(), sc_time(30, SC_NS));
    EXPECT_EQ(core.read32(offsets::msip), 1u);
    core.write32(offsets::msip, 0);
    EXPECT_FALSE(software.read());
    EXPECT_FALSE(timer.read());
  });
}

TEST_F(ClintTest, RefusesWhatIsNoRegister) {
  simulate([this] {
    EXPECT_EQ(core.write32(0x0004, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);  // msip of hart 1
    core.read(0x4002, 4);
    EXPECT_EQ(core.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    core.read(0x4000, 2);
    EXPECT_EQ(core.status, tlm::TLM_BURST_ERROR_RESPONSE);
    core.read(0x4000, 8);
    EXPECT_EQ(core.status, tlm::TLM_BURST_ERROR_RESPONSE);
    std::uint32_t word = 0;
    EXPECT_EQ(core.access(tlm::TLM_IGNORE_COMMAND, 0x4000, &word, 4), tlm::TLM_COMMAND_ERROR_RESPONSE);
    unsigned char enables[4] = {TLM_BYTE_ENABLED, TLM_BYTE_ENABLED, TLM_BYTE_ENABLED, TLM_BYTE_ENABLED};
    tlm::tlm_generic_payload transaction;
    test::TestInitiator::fill(transaction, tlm::TLM_READ_COMMAND, 0x4000, &word, 4);
    transaction.set_byte_enable_ptr(enables);
    transaction.set_byte_enable_length(4);
    core.transport(transaction);
    EXPECT_EQ(core.status, tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  });
}

TEST_F(ClintTest, DebuggersReadButDoNotWrite) {
  simulate([this] {
    set_mtimecmp(0x5'0000'0006);
    std::uint32_t words[3] = {};
    // The two words of mtimecmp; behind them is nothing.
    EXPECT_EQ(core.debug(tlm::TLM_READ_COMMAND, offsets::mtimecmp_low, words, sizeof words), 8u);
    EXPECT_EQ(words[0], 6u);
    EXPECT_EQ(words[1], 5u);
    EXPECT_EQ(core.debug(tlm::TLM_WRITE_COMMAND, offsets::msip, words, 4), 0u);
    EXPECT_EQ(core.debug(tlm::TLM_READ_COMMAND, offsets::mtimecmp_low + 1, words, 4), 0u);
    set_mtimecmp(~std::uint64_t{0});
  });
}

}  // namespace
}  // namespace terse
