// Interrupts: which one, where to, and exactly when; and wfi.
#include "tests/models/riscv/core_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using namespace test;
using sc_core::sc_time;
namespace csr = riscv::csr;

constexpr std::uint32_t msi = 1u << 3, mti = 1u << 7, mei = 1u << 11;

class InterruptTest : public SystemcTest {
 protected:
  /// Handler in place, interrupts of `enabled` on in mie; then mstatus.MIE if `global`. `mode`: 0 direct, 1 vectored.
  static Program setup(std::uint32_t enabled, bool global, std::uint32_t mode = 0) {
    Program program;
    program.li(t6, handler_base + mode) << rv::csrw(csr::mtvec, t6);    // cycles 1 to 3
    program.li(t6, enabled) << rv::csrw(csr::mie, t6);                  // cycles 4 to 6
    program << (global ? rv::csrrsi(zero, csr::mstatus, 8) : rv::nop);  // cycle 7
    return program;
  }
  static constexpr std::uint32_t after_setup = ram_base + 7 * 4;

  /// Records what was taken, masks everything, and sleeps.
  static Program final_handler() {
    Program handler;
    handler << rv::csrr(s2, csr::mcause) << rv::csrr(s3, csr::mtval) << rv::csrr(s4, csr::mepc)
            << rv::csrr(s6, csr::mcycle) << rv::csrrwi(zero, csr::mie, 0) << rv::wfi;
    return handler;
  }
};

struct Line {
  const char* name;
  std::uint32_t bit;
  std::uint32_t number;
  CoreBench::Line CoreBench::*signal;
};

const Line lines[] = {{"software", msi, 3, &CoreBench::software},
                      {"timer", mti, 7, &CoreBench::timer},
                      {"external", mei, 11, &CoreBench::external}};

TEST_F(InterruptTest, DirectModeEntersAtTheBase) {
  for (const Line& line : lines) {
    SCOPED_TRACE(line.name);
    const FreshContext context;
    CoreBench bench({}, CoreBench::cycles(1));
    bench.load(setup(line.bit, true) << rv::jal(zero, 0));
    bench.load(final_handler(), handler_base);
    bench.at(CoreBench::cycles(20.5), [&] { (bench.*line.signal).write(true); });
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.core.reg(s2), 0x80000000u | line.number);
    EXPECT_EQ(bench.core.reg(s3), 0u);
    EXPECT_EQ(bench.core.reg(s4), after_setup);
    // The line rises within the 21st instruction, so the handler's first instruction is the 22nd; the counter is read
    // by its fourth, which ends with cycle 25.
    EXPECT_EQ(bench.core.reg(s6), 25u);
    EXPECT_EQ(bench.core.statistics().interrupts, 1u);
  }
}

TEST_F(InterruptTest, VectoredModeEntersAtTheCausesEntry) {
  for (const Line& line : lines) {
    SCOPED_TRACE(line.name);
    const FreshContext context;
    CoreBench bench({}, CoreBench::cycles(1));
    bench.load(setup(line.bit, true, 1) << rv::jal(zero, 0));
    Program vectors;  // entry n: jump to word 16, leaving n in s7
    for (std::uint32_t n = 0; n < 12; ++n) vectors << (n == line.number ? rv::jal(s7, 64) : rv::ebreak);
    bench.load(vectors, handler_base);
    bench.load(final_handler(), handler_base + 4 * line.number + 64);
    bench.at(CoreBench::cycles(20.5), [&] { (bench.*line.signal).write(true); });
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.core.reg(s2), 0x80000000u | line.number);
    EXPECT_EQ(bench.core.reg(s7), handler_base + 4 * line.number + 4);
    EXPECT_EQ(bench.core.reg(s6), 26u) << "one more than in direct mode: the jump";
  }
}

TEST_F(InterruptTest, ExceptionsGoToTheBaseInVectoredMode) {
  CoreBench bench;
  bench.load(setup(0, false, 1) << rv::ecall);
  bench.load(final_handler(), handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(s2), 11u);
}

TEST_F(InterruptTest, PriorityIsExternalSoftwareTimer) {
  CoreBench bench;
  bench.software.write(true);
  bench.timer.write(true);
  bench.external.write(true);
  bench.load(setup(msi | mti | mei, true) << rv::wfi);
  Program handler;  // shifts the cause into s2 and disables that interrupt
  handler << rv::csrr(t0, csr::mcause) << rv::andi(t0, t0, 15) << rv::slli(s2, s2, 4) << rv::or_(s2, s2, t0)
          << rv::addi(t1, zero, 1) << rv::sll(t1, t1, t0) << rv::csrrc(zero, csr::mie, t1) << rv::mret;
  bench.load(handler, handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(s2), 0xb37u);
  EXPECT_EQ(bench.core.statistics().interrupts, 3u);
  EXPECT_EQ(*bench.core.csr(csr::mip), msi | mti | mei);
}

TEST_F(InterruptTest, NothingIsTakenWhileDisabled) {
  CoreBench bench({}, CoreBench::cycles(1));
  bench.timer.write(true);
  // Pending and enabled in mie, but not in mstatus: taken right after the instruction that sets MIE.
  Program program = setup(mti, false);
  program << rv::addi(a0, a0, 1) << rv::addi(a0, a0, 1) << rv::csrrsi(zero, csr::mstatus, 8) << rv::addi(a0, a0, 1);
  bench.load(program);
  bench.load(final_handler(), handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 2u);
  EXPECT_EQ(bench.core.reg(s4), after_setup + 12);
}

TEST_F(InterruptTest, UserModeIsAlwaysInterruptible) {
  CoreBench bench;
  bench.timer.write(true);
  Program program = setup(mti, false);
  program.li(t0, 3u << 11) << rv::csrrc(zero, csr::mstatus, t0);
  program.li(t0, ram_base + 0x100) << rv::csrw(csr::mepc, t0) << rv::mret;
  bench.load(program);
  bench.load(final_handler(), handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(s2), 0x80000007u);
  EXPECT_EQ(bench.core.reg(s4), ram_base + 0x100) << "before the first user instruction";
}

TEST_F(InterruptTest, PendingBitsFollowTheLinesAndNothingElse) {
  CoreBench bench;
  bench.external.write(true);
  Program program = setup(0, false);
  program.li(t0, 0xffffffff) << rv::csrw(csr::mip, t0) << rv::csrr(a0, csr::mip) << rv::csrrw(zero, csr::mie, t0)
                             << rv::csrr(a1, csr::mie) << rv::csrw(csr::mie, zero) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), mei);
  EXPECT_EQ(bench.core.reg(a1), msi | mti | mei);
}

TEST_F(InterruptTest, ALineThatRisesWithinAQuantumIsSeenAtTheNextInstruction) {
  for (const double quantum : {1.0, 100.0, 1e6}) {
    const FreshContext context;
    CoreBench bench({}, CoreBench::cycles(quantum));
    bench.load(setup(mti, true) << rv::jal(zero, 0));
    bench.load(final_handler(), handler_base);
    bench.at(CoreBench::cycles(120), [&] { bench.timer.write(true); });
    ASSERT_TRUE(bench.run());
    // Each instruction takes one cycle, so one ends at 120; the fourth instruction of the handler reads 124.
    EXPECT_EQ(bench.core.reg(s6), 124u) << "quantum of " << quantum << " cycles";
  }
}

TEST_F(InterruptTest, WaitWakesAtTheNextClockEdge) {
  for (const bool global : {false, true}) {
    SCOPED_TRACE(global ? "mstatus.MIE set" : "mstatus.MIE clear");
    const FreshContext context;
    CoreBench bench({}, CoreBench::cycles(100));
    Program program = setup(mti, global);
    // wfi is the 8th instruction: asleep from 80 ns to the clock edge after 12345 ns.
    bench.load(program << rv::wfi << rv::csrr(s6, csr::mcycle) << rv::csrw(csr::mie, zero) << rv::wfi);
    bench.load(final_handler(), handler_base);
    bench.at(sc_time(12345, sc_core::SC_NS), [&] { bench.timer.write(true); });
    ASSERT_TRUE(bench.run());
    // The first instruction after the wait starts at 12350 ns and ends at cycle 1236. With MIE the handler comes first
    // and reads the counter with its fourth instruction, at 1239.
    EXPECT_EQ(bench.core.reg(s6), global ? 1239u : 1236u);
    EXPECT_EQ(bench.core.reg(s4), global ? after_setup + 4 : 0u);
    // Instructions: 8 of set-up and wfi, then 3 or 6. Asleep: 12350 ns - 80 ns.
    const RiscvStatistics statistics = bench.core.statistics();
    const std::uint64_t executed = 8 + (global ? 6 : 3);
    EXPECT_EQ(statistics.instructions, executed);
    EXPECT_EQ(statistics.active_cycles, executed);
    EXPECT_EQ(statistics.cycles, 1235 + (executed - 8));
    EXPECT_EQ(statistics.interrupts, global ? 1u : 0u);
  }
}

TEST_F(InterruptTest, WaitFallsThroughIfAnInterruptIsPending) {
  CoreBench bench;
  bench.software.write(true);
  Program program = setup(msi, false);
  bench.load(program << rv::wfi << rv::csrr(a0, csr::mcycle) << rv::csrw(csr::mie, zero) << rv::wfi);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 9u) << "8 instructions before, none of them waited";
}

TEST_F(InterruptTest, WaitIgnoresInterruptsThatAreNotEnabled) {
  CoreBench bench;
  Program program = setup(mti, false);
  bench.load(program << rv::wfi << rv::csrr(a0, csr::mcycle) << rv::csrw(csr::mie, zero) << rv::wfi);
  bench.at(CoreBench::cycles(50), [&] { bench.external.write(true); });
  bench.at(CoreBench::cycles(70), [&] { bench.timer.write(true); });
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 71u);
}

TEST_F(InterruptTest, ClearingTheSourceIsSeenBeforeTheNextInstruction) {
  // The device lowers the line when its register is written; mret follows at once. A core that looked at the line only
  // at the quantum's end would take the interrupt a second time.
  CoreBench bench({}, CoreBench::cycles(10000));
  bench.target.on_device_write = [&](std::uint32_t) { bench.external.write(false); };
  bench.external.write(true);
  bench.core.set_reg(s0, device_base);
  bench.load(setup(mei, true) << rv::wfi);
  Program handler;
  bench.load(handler << rv::addi(s5, s5, 1) << rv::sw(zero, s0, 0) << rv::mret, handler_base);
  EXPECT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(s5), 1u);
}

TEST_F(InterruptTest, ClearingTheSourceByReadingIsSeenToo) {
  CoreBench bench({}, CoreBench::cycles(10000));
  bench.target.on_device_read = [&] {
    bench.external.write(false);
    return 5u;
  };
  bench.external.write(true);
  bench.core.set_reg(s0, device_base);
  bench.load(setup(mei, true) << rv::wfi);
  Program handler;
  bench.load(handler << rv::addi(s5, s5, 1) << rv::lw(a0, s0, 0) << rv::mret, handler_base);
  EXPECT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(s5), 1u);
  EXPECT_EQ(bench.core.reg(a0), 5u);
}

TEST_F(InterruptTest, DevicesSeeTheCoresLocalTime) {
  CoreBench bench({}, CoreBench::cycles(10000));
  bench.core.set_reg(s0, device_base);
  Program program;
  for (int i = 0; i < 9; ++i) program << rv::nop;
  bench.load(program << rv::sw(zero, s0, 0) << rv::wfi);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.target.last_device_access, CoreBench::cycles(10)) << "nine cycles and the store's own";
}

TEST_F(InterruptTest, StoppingTheSimulationStopsTheCoreAtOnce) {
  CoreBench bench({}, CoreBench::cycles(10000));
  bench.target.on_device_write = [](std::uint32_t) { sc_core::sc_stop(); };
  bench.core.set_reg(s0, device_base);
  Program program;
  bench.load(program << rv::nop << rv::sw(zero, s0, 0) << rv::jal(zero, 0));
  EXPECT_FALSE(bench.run());
  EXPECT_EQ(bench.core.statistics().instructions, 2u);
}

}  // namespace
}  // namespace terse
