// Timed ports: who gets which bank in which cycle. 4 banks of 8-byte words in consecutive pieces of 256 bytes, 1 ns clock,
// 2 cycles of read latency, round robin.
#include "models/scratchpad/timed_port.hpp"

#include "models/scratchpad/scratchpad.hpp"
#include "tests/models/bus/test_initiator.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;
using Bytes = std::vector<std::uint8_t>;

class TimedPortTest : public test::SystemcTest {
 protected:
  TimedPortTest() {
    for (test::TestInitiator* initiator : {&dma, &bus, &other}) scratchpad.attach(initiator->name(), initiator->socket);
    scratchpad.time_port(0, 8, domain);
    scratchpad.time_port(1, 8, domain);
  }
  void at_start(std::function<void()> process) {
    sc_core::sc_spawn(std::move(process), sc_core::sc_gen_unique_name("process"));
  }
  static double now() { return sc_core::sc_time_stamp() / sc_time(1, SC_NS); }

  Scratchpad scratchpad{
      "scratchpad",
      {.size = 1024, .banks = 4, .bank_width = 8, .interleaving = "block", .ports = 3, .read_latency = 2},
      sc_time(1, SC_NS)};
  ClockDomain domain{"domain", sc_time(1, SC_NS), scratchpad.arbiter()};
  test::TestInitiator dma{"dma"}, bus{"bus"}, other{"other"};
};

// 64 bytes at 8 per cycle: 8 cycles; a read's data come 2 cycles later. A beat of an unaligned run touches two words of
// one bank: 2 cycles each.
TEST_F(TimedPortTest, ABeatPerCycle) {
  at_start([&] {
    dma.write(0, Bytes(64, 7));
    EXPECT_EQ(now(), 8);
    EXPECT_EQ(dma.read(0, 64), Bytes(64, 7));
    EXPECT_EQ(now(), 16);
    EXPECT_EQ(dma.took, sc_time(10, SC_NS));
    EXPECT_FALSE(dma.dmi_allowed);
    dma.delay = sc_core::SC_ZERO_TIME;
    dma.write(4, Bytes(16));
    EXPECT_EQ(now(), 20);
  });
  sc_core::sc_start();
}

// Both want bank 0 for 8 beats. Round robin begins with port 0: it has cycles 0, 2 .. 14 and loses 7; port 1 has 1, 3 .. 13
// and, alone, 15 and loses 8.
TEST_F(TimedPortTest, TwoPortsShareABankByTurns) {
  TimedAccess timed;
  at_start([&] {
    dma.write(0, Bytes(64));
    EXPECT_EQ(now(), 15);
  });
  at_start([&] {
    Bytes bytes(64);
    tlm::tlm_generic_payload transaction;
    bus.fill(transaction, tlm::TLM_WRITE_COMMAND, 64, bytes.data(), bytes.size());
    transaction.set_extension(&timed);
    bus.transport(transaction);
    transaction.clear_extension(&timed);
    EXPECT_EQ(now(), 16);
  });
  sc_core::sc_start();
  EXPECT_EQ(timed.lost_cycles, 8u);
  EXPECT_EQ(scratchpad.arbiter().losses(0, 1), 7u);
  EXPECT_EQ(scratchpad.arbiter().losses(1, 0), 8u);
}

/// Writes 64 bytes from address 0 on under a rank; returns the cycles lost.
std::uint64_t write_ranked(test::TestInitiator& initiator, const PortRank& rank) {
  TimedAccess timed;
  timed.rank = rank;
  Bytes bytes(64);
  tlm::tlm_generic_payload transaction;
  initiator.fill(transaction, tlm::TLM_WRITE_COMMAND, 0, bytes.data(), bytes.size());
  transaction.set_extension(&timed);
  initiator.transport(transaction);
  transaction.clear_extension(&timed);
  return timed.lost_cycles;
}

// Both want bank 0 for 8 beats. The higher priority has cycles 0 to 7; the other one loses these and has 8 to 15.
TEST_F(TimedPortTest, TheHigherPriorityHasTheBankFirst) {
  at_start([&] {
    EXPECT_EQ(write_ranked(dma, {}), 8u);
    EXPECT_EQ(now(), 16);
  });
  at_start([&] {
    EXPECT_EQ(write_ranked(bus, {.priority = 1}), 0u);
    EXPECT_EQ(now(), 8);
  });
  sc_core::sc_start();
}

// The same, but the lower one waits for two cycles at most: it has 2, 5, 8 and, from 11 on alone, 11 to 15; the higher one
// 0, 1, 3, 4, 6, 7, 9, 10.
TEST_F(TimedPortTest, ALimitedStallBreaksThePriority) {
  at_start([&] {
    EXPECT_EQ(write_ranked(dma, {.max_stall = 2}), 8u);
    EXPECT_EQ(now(), 16);
  });
  at_start([&] {
    EXPECT_EQ(write_ranked(bus, {.priority = 1}), 3u);
    EXPECT_EQ(now(), 11);
  });
  sc_core::sc_start();
}

TEST_F(TimedPortTest, DifferentBanksDoNotMeet) {
  at_start([&] {
    dma.write(0, Bytes(64));
    EXPECT_EQ(now(), 8);
  });
  at_start([&] {
    bus.write(256, Bytes(64));
    EXPECT_EQ(now(), 8);
  });
  sc_core::sc_start();
  EXPECT_EQ(scratchpad.arbiter().losses(0, 1) + scratchpad.arbiter().losses(1, 0), 0u);
}

// One port serves one access at a time, whatever the banks: 8 cycles, then 4. An access that comes ahead of time waits for
// its own: from 2 ns on, so it comes second.
TEST_F(TimedPortTest, AccessesOfAPortTakeTurns) {
  at_start([&] {
    dma.write(0, Bytes(64));
    EXPECT_EQ(now(), 8);
  });
  at_start([&] {
    sc_core::wait(sc_time(1, SC_NS));
    Bytes bytes(32);
    tlm::tlm_generic_payload transaction;
    dma.fill(transaction, tlm::TLM_WRITE_COMMAND, 256, bytes.data(), bytes.size());
    sc_time delay(1.5, SC_NS);
    dma.socket->b_transport(transaction, delay);
    EXPECT_EQ(now(), 12);
    EXPECT_EQ(delay, sc_core::SC_ZERO_TIME);
  });
  sc_core::sc_start();
}

TEST_F(TimedPortTest, ErrorsAndUntimedPortsTakeNoTurns) {
  at_start([&] {
    dma.write(1020, Bytes(8));
    EXPECT_EQ(dma.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    other.write(0, Bytes(64));
    EXPECT_EQ(now(), 0);
  });
  sc_core::sc_start();
  EXPECT_EQ(domain.stepped(), 0u);
}

}  // namespace
}  // namespace terse
