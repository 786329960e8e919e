// How the core uses its sockets: direct access, its latency and withdrawal; changing code; reservations.
#include "tests/models/riscv/core_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using namespace test;
namespace csr = riscv::csr;

class MemoryAccessTest : public SystemcTest {
 protected:
  /// 100 rounds of: load, add, store.
  static Program counting_loop() {
    Program program;
    program.li(s0, data_base).li(a1, 100);
    program << rv::lw(a0, s0, 0) << rv::addi(a0, a0, 1) << rv::sw(a0, s0, 0) << rv::addi(a1, a1, -1)
            << rv::bne(a1, zero, -16) << rv::wfi;
    return program;
  }
};

TEST_F(MemoryAccessTest, DirectAccessTakesOverAfterTheFirstTransaction) {
  CoreBench bench;
  bench.load(counting_loop());
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.target.word(data_base), 100u);
  // One instruction fetch and one load; everything granted is readable and writable.
  EXPECT_EQ(bench.target.transported, 2u);
}

TEST_F(MemoryAccessTest, WithoutDirectAccessEverythingIsTransported) {
  CoreBench bench;
  bench.target.direct = false;
  bench.load(counting_loop());
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.target.word(data_base), 100u);
  EXPECT_EQ(bench.target.transported, 4u + 500u + 1u + 200u);  // instructions, then loads and stores
}

TEST_F(MemoryAccessTest, LatencyIsTheSameDirectOrTransported) {
  for (const bool direct : {true, false}) {
    for (const bool cache : {true, false}) {
      SCOPED_TRACE(::testing::Message() << "direct " << direct << ", decode cache " << cache);
      const FreshContext context;
      CoreBench bench({.engine = cache ? "translator" : "interpreter"});
      bench.target.direct = direct;
      bench.target.read_latency = CoreBench::cycles(2);
      bench.target.write_latency = CoreBench::cycles(3);
      bench.load(counting_loop());
      ASSERT_TRUE(bench.run());
      // 505 instructions of one cycle and one read of two cycles each; 100 loads of two, 100 stores of three cycles.
      EXPECT_EQ(bench.core.statistics().cycles, 505u * 3 + 100 * 2 + 100 * 3);
    }
  }
}

TEST_F(MemoryAccessTest, AnAccessPaysForEachAlignedWordItTouches) {
  for (const bool direct : {true, false}) {
    SCOPED_TRACE(direct ? "direct" : "transported");
    const FreshContext context;
    CoreBench bench;
    bench.target.direct = direct;
    bench.target.read_latency = CoreBench::cycles(10);
    bench.core.set_reg(s0, data_base);
    Program program;
    program.half(0x0001);          // c.nop: one word
    program << rv::nop             // lies in two words
            << rv::lw(a0, s0, 2)   // lies in two words, and loads from two
            << rv::lh(a0, s0, 1);  // lies in two words, and loads from one
    program.half(0x0001) << rv::wfi;
    bench.load(program);
    ASSERT_TRUE(bench.run());
    // c.nop 11, nop 21, lw 21 + 20, lh 21 + 10, c.nop 11, wfi 11.
    EXPECT_EQ(bench.core.statistics().cycles, 11u + 21 + 41 + 31 + 11 + 11);
  }
}

TEST_F(MemoryAccessTest, WithdrawnDirectAccessIsNotUsedAgain) {
  CoreBench bench;
  bench.core.set_reg(s1, device_base);
  bench.target.on_device_write = [&](std::uint32_t) {
    bench.target.direct = false;
    bench.target.withdraw_direct_access();
    bench.target.transported = 0;
  };
  Program program;
  program.li(s0, data_base);
  // Three times: transported, found in the granted region, found in the fast table.
  for (int i = 0; i < 3; ++i) program << rv::sw(s1, s0, 0) << rv::lw(a0, s0, 4);
  program << rv::sw(zero, s1, 0) << rv::lw(a0, s0, 0) << rv::sw(s0, s0, 0) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), device_base);
  EXPECT_EQ(bench.target.word(data_base), data_base);
  EXPECT_EQ(bench.target.transported, 3u + 2u) << "three instructions fetched, one load, one store";
}

TEST_F(MemoryAccessTest, WithdrawalDropsDecodedInstructions) {
  CoreBench bench;
  bench.core.set_reg(s1, device_base);
  // The device swaps the instruction at `patched` behind the core's back, and says so by withdrawing direct access.
  constexpr std::uint32_t patched = ram_base + 4;
  bench.target.on_device_write = [&](std::uint32_t) {
    bench.target.set_word(patched, rv::addi(a0, a0, 100));
    bench.target.withdraw_direct_access();
  };
  Program program;
  program << rv::addi(a1, zero, 2) << rv::addi(a0, a0, 1) << rv::sw(zero, s1, 0) << rv::addi(a1, a1, -1)
          << rv::bne(a1, zero, -12) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 101u);
}

TEST_F(MemoryAccessTest, CodeChangedByOthersShowsAfterFenceI) {
  for (const bool fence : {true, false}) {
    SCOPED_TRACE(fence ? "fence.i" : "no fence");
    const FreshContext context;
    CoreBench bench;
    bench.core.set_reg(s1, device_base);
    bench.target.on_device_write = [&](std::uint32_t) { bench.target.set_word(ram_base + 4, rv::addi(a0, a0, 100)); };
    Program program;
    program << rv::addi(a1, zero, 2) << rv::addi(a0, a0, 1) << rv::sw(zero, s1, 0) << (fence ? rv::fence_i : rv::nop)
            << rv::addi(a1, a1, -1) << rv::bne(a1, zero, -16) << rv::wfi;
    bench.load(program);
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.core.reg(a0), fence ? 101u : 2u) << "without the fence the decoded instruction is still there";
  }
}

TEST_F(MemoryAccessTest, ForgetDecodedServesADebugger) {
  CoreBench bench;
  bench.load(Program() << rv::addi(a0, a0, 1) << rv::jal(zero, -4));
  ASSERT_FALSE(bench.run(CoreBench::cycles(100)));
  bench.load(Program() << rv::wfi);
  bench.core.forget_decoded();
  EXPECT_TRUE(bench.run(CoreBench::cycles(200)));
}

TEST_F(MemoryAccessTest, ProgramsMayChangeThemselves) {
  for (const bool cache : {true, false}) {
    SCOPED_TRACE(cache ? "decode cache" : "no decode cache");
    const FreshContext context;
    CoreBench bench({.engine = cache ? "translator" : "interpreter"});
    // A loop whose third round runs a rewritten instruction; then one that overwrites itself, and a store of one
    // halfword into the second half of an instruction.
    Program program;
    program.li(s0, ram_base).li(t0, rv::addi(a0, a0, 100)).li(t1, rv::addi(a2, a2, 7) >> 16);  // 6 instructions
    program << rv::addi(a1, a1, 1)                                                             // 0x18
            << rv::addi(a0, a0, 1)       // 0x1c: becomes addi a0, a0, 100
            << rv::slti(t2, a1, 2)       // 0x20
            << rv::bne(t2, zero, -12)    // 0x24: two rounds
            << rv::sw(t0, s0, 0x1c)      // 0x28
            << rv::fence_i               // 0x2c
            << rv::slti(t2, a1, 3)       // 0x30
            << rv::bne(t2, zero, -0x1c)  // 0x34 -> 0x18: a third round
            << rv::addi(a2, a2, 3)       // 0x38: becomes addi a2, a2, 7
            << rv::sh(t1, s0, 0x3a)      // 0x3c
            << rv::fence_i               // 0x40
            << rv::addi(a3, a3, 1)       // 0x44
            << rv::slti(t2, a3, 2)       // 0x48
            << rv::bne(t2, zero, -0x14)  // 0x4c -> 0x38
            << rv::sw(t0, s0, 0x50)      // 0x50: overwrites itself while it runs
            << rv::wfi;
    bench.load(program);
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.core.reg(a0), 102u);
    EXPECT_EQ(bench.core.reg(a2), 10u);
    EXPECT_EQ(bench.target.word(ram_base + 0x50), rv::addi(a0, a0, 100));
  }
}

TEST_F(MemoryAccessTest, OwnStoresIntoCodeShowAtOnce) {
  // The page at `there` is first written as data, until stores to it are fast, then executed, then written again.
  CoreBench bench;
  constexpr std::uint32_t there = ram_base + 0x2000;
  Program program;
  program.li(s0, there).li(t0, rv::addi(a0, a0, 1)).li(t1, rv::jalr(zero, ra, 0)).li(t2, rv::addi(a0, a0, 100));
  for (int i = 0; i < 3; ++i) program << rv::sw(t0, s0, 0) << rv::sw(t1, s0, 4);
  program << rv::jalr(ra, s0, 0) << rv::jalr(ra, s0, 0) << rv::sw(t2, s0, 0) << rv::jalr(ra, s0, 0) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 102u);
}

TEST_F(MemoryAccessTest, AStoreIntoTheSecondPageOfACrossingInstructionShows) {
  CoreBench bench;
  constexpr std::uint32_t crossing = ram_base + 0x1ffe;  // addi a0, a0, 1, whose immediate lies in the next page
  bench.load(Program() << rv::addi(a0, a0, 1) << rv::jalr(zero, ra, 0), crossing);
  Program program;
  program.li(s0, crossing).li(t0, rv::addi(a0, a0, 100) >> 16);
  program << rv::jalr(ra, s0, 0) << rv::jalr(ra, s0, 0) << rv::sh(t0, s0, 2) << rv::jalr(ra, s0, 0) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 102u);
}

TEST_F(MemoryAccessTest, ManyPagesOfCode) {
  // More pages than the decode cache's table has entries would need more RAM than the bench has; that the pages of the
  // bench replace nothing of each other is what this shows: each page's first instruction counts and jumps on.
  CoreBench bench;
  const std::uint32_t pages = ram_size / 4096;
  for (std::uint32_t page = 0; page < pages; ++page) {
    Program program;
    program << rv::addi(a0, a0, 1);
    if (page + 1 < pages) {
      program << rv::jal(zero, 4092);
    } else {  // back to the first page until 5 rounds are over
      program << rv::addi(a1, a1, 1) << rv::slti(t0, a1, 5) << rv::beq(t0, zero, 12);
      program << rv::lui(t1, ram_base >> 12) << rv::jalr(zero, t1, 0) << rv::wfi;
    }
    bench.load(program, ram_base + page * 4096);
  }
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 5 * pages);
}

TEST_F(MemoryAccessTest, StoreConditionalNeedsItsReservation) {
  CoreBench bench;
  bench.target.set_word(data_base, 5);
  Program program;
  program.li(s0, data_base) << rv::addi(s1, s0, 4) << rv::addi(t0, zero, 9);
  program << rv::sc_w(a0, t0, s0)                                             // no reservation: 1
          << rv::lr_w(a1, s0) << rv::sc_w(a2, t0, s0)                         // reserved: 0
          << rv::sc_w(a3, zero, s0)                                           // used up: 1
          << rv::lr_w(a4, s0) << rv::sc_w(a5, t0, s1)                         // another address: 1
          << rv::sc_w(a6, zero, s0)                                           // and any sc.w ends the reservation: 1
          << rv::lr_w(a7, s0) << rv::sw(t0, s1, 0) << rv::sc_w(s2, zero, s0)  // a store elsewhere does not matter: 0
          << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 1u);
  EXPECT_EQ(bench.core.reg(a1), 5u);
  EXPECT_EQ(bench.core.reg(a2), 0u);
  EXPECT_EQ(bench.core.reg(a3), 1u);
  EXPECT_EQ(bench.core.reg(a4), 9u);
  EXPECT_EQ(bench.core.reg(a5), 1u);
  EXPECT_EQ(bench.core.reg(a6), 1u);
  EXPECT_EQ(bench.core.reg(s2), 0u);
  EXPECT_EQ(bench.target.word(data_base), 0u);
}

TEST_F(MemoryAccessTest, StoreConditionalFailsIfAnotherInitiatorWrote) {
  for (const bool direct : {true, false}) {
    SCOPED_TRACE(direct ? "direct" : "transported");
    const FreshContext context;
    CoreBench bench;
    bench.target.direct = direct;
    bench.target.on_device_write = [&](std::uint32_t) { bench.target.set_word(data_base, 6); };
    bench.core.set_reg(s1, device_base);
    Program program;
    program.li(s0, data_base) << rv::lr_w(a0, s0) << rv::sw(zero, s1, 0) << rv::sc_w(a1, s0, s0) << rv::wfi;
    bench.load(program);
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.core.reg(a1), 1u);
    EXPECT_EQ(bench.target.word(data_base), 6u);
  }
}

TEST_F(MemoryAccessTest, ATrapDropsTheReservation) {
  CoreBench bench;
  Program program;
  set_handler(program).li(s0, data_base) << rv::lr_w(a0, s0) << rv::ecall << rv::sc_w(a1, s0, s0) << rv::wfi;
  bench.load(program);
  bench.load(recording_handler(), handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a1), 1u);
  EXPECT_EQ(bench.target.word(data_base), 0u);
}

TEST_F(MemoryAccessTest, AnInterruptDropsTheReservation) {
  CoreBench bench;
  bench.software.write(true);
  Program program;
  set_handler(program).li(s0, data_base) << rv::csrwi(csr::mie, 8) << rv::lr_w(a0, s0)
                                         << rv::csrrsi(zero, csr::mstatus, 8) << rv::sc_w(a1, s0, s0) << rv::wfi;
  bench.load(program);
  bench.load(Program() << rv::addi(s5, s5, 1) << rv::csrw(csr::mie, zero) << rv::mret, handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(s5), 1u);
  EXPECT_EQ(bench.core.reg(a1), 1u);
}

}  // namespace
}  // namespace terse
