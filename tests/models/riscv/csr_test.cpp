// Control and status registers: values at reset, what can be written, counters to the cycle.
#include "models/riscv/disassemble.hpp"
#include "tests/models/riscv/core_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using namespace test;
namespace csr = riscv::csr;

class CsrTest : public SystemcTest {};

/// Registers without a core around them: the counters' sources are plain variables.
class CsrFileTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t counter = csr::mhpmcounter3, counter_high = csr::mhpmcounter3h;
  static constexpr std::uint32_t event = csr::mhpmevent3;

  riscv::LocalTime time;
  std::uint64_t retired = 0;
  riscv::EventCounts counts;
  riscv::CsrFile csrs{0, riscv::Counters(time, retired, counts, 1, {}), 8};

  void write(std::uint32_t number, std::uint32_t value) { EXPECT_TRUE(csrs.write(number, value, 0)); }
};

struct WriteRule {
  const char* name;
  std::uint32_t number;
  std::uint32_t at_reset;
  std::uint32_t written;
  std::uint32_t expected;
};

const std::vector<WriteRule> write_rules{
    {"mstatus: MIE, MPIE, MPP, MPRV, TW exist", csr::mstatus, 0x1800, 0xffffffff, 0x00221888},
    {"mstatus: MPP user", csr::mstatus, 0x1800, 0, 0},
    {"mstatus: MPP supervisor does not exist and changes nothing", csr::mstatus, 0x1800, 1u << 11, 0x1800},
    {"mstatush", csr::mstatush, 0, 0xffffffff, 0},
    {"misa: I, M, A, B, C, U of 32 bits; only C can be cleared", csr::misa, 0x40101107, 0, 0x40101103},
    {"mie", csr::mie, 0, 0xffffffff, 0x888},
    {"mtvec direct", csr::mtvec, 0, 0x12345678, 0x12345678},
    {"mtvec vectored", csr::mtvec, 0, 0x12345679, 0x12345679},
    {"mtvec reserved mode keeps the mode", csr::mtvec, 0, 0x1234567b, 0x12345678},
    {"mcounteren", csr::mcounteren, 0, 0xffffffff, 0x7f},
    {"mcountinhibit: time cannot be stopped", csr::mcountinhibit, 0, 0xfffffffa, 0x78},
    {"menvcfg", csr::menvcfg, 0, 0xffffffff, 1},
    {"menvcfgh", csr::menvcfgh, 0, 0xffffffff, 0},
    {"mscratch", csr::mscratch, 0, 0xdeadbeef, 0xdeadbeef},
    {"mepc: bit 0 is zero", csr::mepc, 0, 0xffffffff, 0xfffffffe},
    {"mcause", csr::mcause, 0, 0x8000000b, 0x8000000b},
    {"mtval", csr::mtval, 0, 0xcafebabe, 0xcafebabe},
    {"mip", csr::mip, 0, 0xffffffff, 0},
    {"mhpmcounter3", csr::mhpmcounter3, 0, 0xffffffff, 0xffffffff},
    {"mhpmcounter6h", csr::mhpmcounter3h + 3, 0, 0xffffffff, 0xffffffff},
    {"mhpmcounter7", csr::mhpmcounter3 + 4, 0, 0xffffffff, 0},
    {"mhpmcounter7h", csr::mhpmcounter3h + 4, 0, 0xffffffff, 0},
    {"mhpmevent3: taken branches", csr::mhpmevent3, 0, 1, 1},
    {"mhpmevent6: stall cycles", csr::mhpmevent3 + 3, 0, 4, 4},
    {"mhpmevent4: no such event", csr::mhpmevent3 + 1, 0, 5, 0},
    {"mhpmevent5: no such event", csr::mhpmevent3 + 2, 0, 0x80000001, 0},
    {"mhpmevent7", csr::mhpmevent3 + 4, 0, 1, 0},
    {"mhpmcounter31h", csr::mhpmcounter3h + 28, 0, 0xffffffff, 0},
    {"mhpmevent31", csr::mhpmevent3 + 28, 0, 0xffffffff, 0},
    {"tselect", csr::tselect, 0, 0xffffffff, 0},
    {"tdata1", csr::tdata1, 0, 0xffffffff, 0},
};

TEST_F(CsrTest, ResetValuesAndLegalisedWrites) {
  for (const WriteRule& rule : write_rules) {
    SCOPED_TRACE(rule.name);
    const FreshContext context;
    CoreBench bench;
    Program program;
    program.li(a0, rule.written) << rv::csrrw(a1, rule.number, a0) << rv::csrr(a2, rule.number);
    program << rv::csrw(csr::mie, zero) << rv::wfi;
    bench.load(program);
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.core.reg(a1), rule.at_reset);
    EXPECT_EQ(bench.core.reg(a2), rule.expected);
    EXPECT_EQ(bench.core.statistics().traps, 0u);
  }
}

TEST_F(CsrTest, IdentificationRegisters) {
  CoreBench bench({.hart_id = 5});
  EXPECT_EQ(bench.core.csr(csr::mhartid), 5u);
  for (const auto number : {csr::mvendorid, csr::marchid, csr::mimpid, csr::mconfigptr, csr::hpmcounter3,
                            csr::hpmcounter3 + 28, csr::hpmcounter3h}) {
    EXPECT_EQ(bench.core.csr(number), 0u) << std::hex << number;
  }
  EXPECT_EQ(bench.core.csr(0x3c0), std::nullopt) << "pmpaddr16: there are 16 or 64";
}

TEST_F(CsrTest, ClearingCompressedIsIgnoredIfTheNextInstructionWouldMisalign) {
  CoreBench bench;
  Program program;
  program.half(0x0001) << rv::csrrci(zero, csr::misa, 4) << rv::csrr(a0, csr::misa) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 0x40101107u);
}

TEST_F(CsrTest, ExceptionReturnAddressIsMaskedWithoutCompressed) {
  CoreBench bench;
  Program program;
  program.li(t0, 0x1002) << rv::csrw(csr::mepc, t0) << rv::csrrci(zero, csr::misa, 4) << rv::csrr(a0, csr::mepc)
                         << rv::csrrsi(zero, csr::misa, 4) << rv::csrr(a1, csr::mepc) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 0x1000u);
  EXPECT_EQ(bench.core.reg(a1), 0x1002u);
}

TEST_F(CsrTest, CountersCountCyclesAndInstructions) {
  CoreBench bench;
  Program program;
  program << rv::csrr(a0, csr::mcycle)    // its own cycle has passed: 1
          << rv::csrr(a1, csr::minstret)  // one instruction retired before it
          << rv::nop << rv::nop << rv::csrr(a2, csr::cycle) << rv::csrr(a3, csr::instret) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 1u);
  EXPECT_EQ(bench.core.reg(a1), 1u);
  EXPECT_EQ(bench.core.reg(a2), 5u);
  EXPECT_EQ(bench.core.reg(a3), 5u);
}

TEST_F(CsrTest, WritesToCounters) {
  CoreBench bench;
  Program program;
  program.li(t0, 1000) << rv::csrw(csr::mcycle, t0)    // 1000 once it has completed
                       << rv::csrr(a0, csr::mcycle)    // 1001: its own cycle
                       << rv::csrw(csr::minstret, t0)  // does not count itself
                       << rv::csrr(a1, csr::minstret)  // 1000
                       << rv::csrr(a2, csr::minstret)  // 1001
                       << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 1001u);
  EXPECT_EQ(bench.core.reg(a1), 1000u);
  EXPECT_EQ(bench.core.reg(a2), 1001u);
  // What the platform reports is not moved by what the program writes.
  EXPECT_EQ(bench.core.statistics().instructions, 8u);
  EXPECT_EQ(bench.core.statistics().cycles, 8u);
}

TEST_F(CsrTest, CountersCarryIntoTheUpperHalf) {
  CoreBench bench;
  Program program;
  program.li(t0, 0xffffffff) << rv::csrwi(csr::mcycleh, 7);
  program << rv::csrwi(csr::minstreth, 9) << rv::csrw(csr::mcycle, t0) << rv::csrw(csr::minstret, t0)
          << rv::csrr(a0, csr::mcycleh) << rv::csrr(a1, csr::mcycle) << rv::csrr(a2, csr::minstreth)
          << rv::csrr(a3, csr::minstret) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 8u);
  EXPECT_EQ(bench.core.reg(a1), 2u);  // 0xffffffff after its write, then three more cycles
  EXPECT_EQ(bench.core.reg(a2), 10u);
  EXPECT_EQ(bench.core.reg(a3), 2u);  // 0xffffffff at the csrr of mcycleh, which is three instructions before
}

TEST_F(CsrTest, InhibitedCountersStandStill) {
  CoreBench bench;
  Program program;
  program << rv::csrwi(csr::mcountinhibit, 5)  // holds from the next instruction on
          << rv::csrr(a0, csr::mcycle) << rv::csrr(a1, csr::minstret) << rv::csrr(a2, csr::mcycle)
          << rv::csrwi(csr::mcountinhibit, 0) << rv::csrr(a3, csr::mcycle) << rv::csrr(a4, csr::minstret) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 1u);
  EXPECT_EQ(bench.core.reg(a1), 1u);
  EXPECT_EQ(bench.core.reg(a2), 1u);
  EXPECT_EQ(bench.core.reg(a3), 2u);
  EXPECT_EQ(bench.core.reg(a4), 2u);
}

TEST_F(CsrTest, WritingAnInhibitedCounterSetsIt) {
  CoreBench bench;
  Program program;
  program << rv::csrwi(csr::mcountinhibit, 5) << rv::csrwi(csr::mcycle, 20) << rv::csrwi(csr::minstret, 21) << rv::nop
          << rv::csrr(a0, csr::mcycle) << rv::csrr(a1, csr::minstret) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 20u);
  EXPECT_EQ(bench.core.reg(a1), 21u);
}

TEST_F(CsrTest, ProtectionRegistersExistWithRegionsOnly) {
  for (const std::uint32_t regions : {0u, 8u}) {
    const FreshContext context;
    CoreBench bench({.pmp_regions = regions});
    Program program;
    set_handler(program) << rv::csrwi(csr::pmpaddr0 + 7, 21) << rv::csrr(a0, csr::pmpaddr0 + 7)
                         << rv::csrwi(csr::pmpaddr0 + 8, 21) << rv::csrr(a1, csr::pmpaddr0 + 8) << rv::wfi;
    bench.load(program);
    bench.load(recording_handler(), handler_base);
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.core.statistics().traps, regions == 0 ? 4u : 0u);
    EXPECT_EQ(bench.core.reg(a0), regions == 0 ? 0u : 21u);
    EXPECT_EQ(bench.core.reg(a1), 0u) << "hard-wired to zero";
  }
}

TEST_F(CsrFileTest, LoadsAndStoresMayBeMadeWithThePreviousPrivilege) {
  EXPECT_EQ(csrs.data_privilege(), riscv::Privilege::machine);
  write(csr::mstatus, riscv::mstatus::mprv);  // MPP: user
  EXPECT_EQ(csrs.data_privilege(), riscv::Privilege::user);
  EXPECT_EQ(csrs.privilege(), riscv::Privilege::machine);
  write(csr::mstatus, riscv::mstatus::mprv | riscv::mstatus::mpp);
  EXPECT_EQ(csrs.data_privilege(), riscv::Privilege::machine);
}

TEST_F(CsrTest, AMonitorCountsStallCycles) {
  CoreBench bench;
  bench.target.read_latency = CoreBench::cycles(2);
  Program program;                                           // each instruction: 1 cycle, and 2 of fetch latency
  program << rv::csrwi(csr::mhpmevent3 + 1, 4)               // counts from here on
          << rv::csrr(a0, csr::mhpmcounter3 + 1)             // its own fetch
          << rv::nop << rv::csrr(a1, csr::hpmcounter3 + 1)   // two more fetches
          << rv::csrwi(csr::mcountinhibit, 16)               // the last fetch that counts
          << rv::nop << rv::csrr(a2, csr::mhpmcounter3 + 1)  //
          << rv::csrwi(csr::mcountinhibit, 0)                // 2 + 4 + 2 so far
          << rv::lw(a5, s0, 0) << rv::csrr(a3, csr::mhpmcounter3 + 1)  // the data's latency and two fetches
          << rv::csrr(a4, csr::mhpmcounter3h + 1) << rv::wfi;
  bench.core.set_reg(s0, data_base);
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 2u);
  EXPECT_EQ(bench.core.reg(a1), 6u);
  EXPECT_EQ(bench.core.reg(a2), 8u);
  EXPECT_EQ(bench.core.reg(a3), 14u);
  EXPECT_EQ(bench.core.reg(a4), 0u);
}

TEST_F(CsrTest, CyclesOfATrapAreStallCycles) {
  CoreBench bench;
  Program program;
  set_handler(program) << rv::csrwi(csr::mhpmevent3, 4) << rv::ecall << rv::csrr(a0, csr::mhpmcounter3) << rv::wfi;
  bench.load(program);
  bench.load(recording_handler(), handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 1u);  // the ecall took a cycle and did not retire; the handler's instructions did
}

TEST_F(CsrFileTest, EachEventHasItsSource) {
  for (std::uint32_t i = 0; i < 4; ++i) write(event + i, i + 1);
  time.now = 1000;
  retired = 599;
  counts = {.taken_branches = 10, .loads = 20, .stores = 30, .cycles_asleep = 100};
  EXPECT_EQ(csrs.read(counter), 10u);
  EXPECT_EQ(csrs.read(counter + 1), 20u);
  EXPECT_EQ(csrs.read(counter + 2), 30u);
  EXPECT_EQ(csrs.read(counter + 3), 300u);  // 1000 - 100 asleep - 599 retired - the instruction that reads
}

TEST_F(CsrFileTest, ACounterHas64BitsAndGoesOnFromWhatIsWritten) {
  write(event + 3, 2);
  counts.loads = 7;
  write(counter + 3, 0xfffffffe);
  write(counter_high + 3, 5);
  counts.loads = 9;
  EXPECT_EQ(csrs.read(counter + 3), 0u);
  EXPECT_EQ(csrs.read(counter_high + 3), 6u);
  EXPECT_EQ(csrs.read(csr::hpmcounter3 + 3), 0u);
  EXPECT_EQ(csrs.read(csr::hpmcounter3h + 3), 6u);
}

TEST_F(CsrFileTest, SelectingAnotherEventKeepsTheCount) {
  write(event, 2);
  counts = {.taken_branches = 1000, .loads = 7};
  write(event, 1);
  EXPECT_EQ(csrs.read(counter), 7u);
  counts.taken_branches += 2;
  counts.loads += 50;
  EXPECT_EQ(csrs.read(counter), 9u);
  write(event, 77);  // none
  counts.taken_branches += 2;
  EXPECT_EQ(csrs.read(counter), 9u);
}

TEST_F(CsrFileTest, InhibitedMonitorsStandStillAlone) {
  write(event, 3);
  write(event + 1, 3);
  write(csr::mcountinhibit, 1u << 4);
  counts.stores = 5;
  EXPECT_EQ(csrs.read(counter), 5u);
  EXPECT_EQ(csrs.read(counter + 1), 0u);
  write(csr::mcountinhibit, 0);
  counts.stores = 6;
  EXPECT_EQ(csrs.read(counter + 1), 1u);
}

TEST_F(CsrFileTest, EventsAreCountedOnlyWhileSomeoneAsks) {
  EXPECT_FALSE(csrs.counts_events());
  for (const std::uint32_t selected : {1u, 2u, 3u}) {
    write(event + 2, selected);
    EXPECT_TRUE(csrs.counts_events());
    write(csr::mcountinhibit, 1u << 5);
    EXPECT_FALSE(csrs.counts_events());
    write(csr::mcountinhibit, ~(1u << 5));
    EXPECT_TRUE(csrs.counts_events());
    write(event + 2, 4);
    EXPECT_FALSE(csrs.counts_events()) << "stall cycles follow from cycles and retired instructions";
  }
}

TEST_F(CsrFileTest, UserModeReadsWhatIsEnabled) {
  write(csr::mcounteren, 1u << 3 | 1u << 6 | 1u << 7);
  write(csr::mstatus, 0);  // mret enters user mode
  csrs.leave_trap();
  ASSERT_EQ(csrs.privilege(), riscv::Privilege::user);
  EXPECT_EQ(csrs.read(csr::hpmcounter3), 0u);
  EXPECT_EQ(csrs.read(csr::hpmcounter3h + 3), 0u);
  EXPECT_EQ(csrs.read(csr::hpmcounter3 + 1), std::nullopt);
  EXPECT_EQ(csrs.read(csr::hpmcounter3h + 2), std::nullopt);
  EXPECT_EQ(csrs.read(csr::hpmcounter3 + 4), std::nullopt) << "mcounteren's bit for monitor 7 is fixed at zero";
  EXPECT_EQ(csrs.read(csr::mhpmcounter3), std::nullopt);
  EXPECT_FALSE(csrs.write(csr::hpmcounter3, 0, 0)) << "read-only";
}

TEST_F(CsrTest, TimeCountsTheTimebase) {
  // 3 MHz: ticks begin at 333.3 ns, 666.6 ns, 1000 ns; the kernel resolves picoseconds and must not lose the thirds.
  CoreBench bench({.timebase_mhz = 3});
  Program program;
  for (int i = 0; i < 32; ++i) program << rv::nop;
  program << rv::csrr(a0, csr::time);                                         // ends at 330 ns
  program << rv::csrr(a1, csr::time);                                         // 340 ns
  for (int i = 0; i < 65; ++i) program << rv::nop;                            // until 990 ns
  program << rv::csrr(a2, csr::time) << rv::csrr(a3, csr::timeh) << rv::wfi;  // 1000 ns
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 0u);
  EXPECT_EQ(bench.core.reg(a1), 1u);
  EXPECT_EQ(bench.core.reg(a2), 3u);
  EXPECT_EQ(bench.core.reg(a3), 0u);
}

TEST_F(CsrTest, TimeGoesOnThroughAWait) {
  CoreBench bench;  // 10 MHz
  Program program;
  program.li(t0, 0x80) << rv::csrw(csr::mie, t0) << rv::wfi << rv::csrr(a0, csr::time) << rv::csrw(csr::mie, zero)
                       << rv::wfi;
  bench.load(program);
  bench.at(sc_core::sc_time(5, sc_core::SC_SEC), [&] { bench.timer.write(true); });
  ASSERT_TRUE(bench.run(sc_core::sc_time(6, sc_core::SC_SEC)));
  EXPECT_EQ(bench.core.reg(a0), 50'000'000u);
}

TEST_F(CsrTest, TimeMayComeFromAnotherClock) {
  CoreBench bench;
  bench.core.set_time_source([](sc_core::sc_time local_time) {
    return 0x500000000 + static_cast<std::uint64_t>(local_time / CoreBench::clock_period());
  });
  bench.load(Program() << rv::nop << rv::csrr(a0, csr::time) << rv::csrr(a1, csr::timeh) << rv::wfi);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 2u) << "the core's local time, not the kernel's";
  EXPECT_EQ(bench.core.reg(a1), 5u);
}

TEST_F(CsrTest, BadParametersAreRefusedByName) {
  const auto message = [](const RiscvParameters& parameters, sc_core::sc_time period, std::uint32_t reset) {
    try {
      RiscvCore core("refused", parameters, period, reset);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const sc_core::sc_time period(1, sc_core::SC_NS);
  EXPECT_EQ(message({.misaligned = "maybe"}, period, 0), R"(riscv: misaligned is "maybe"; it is "support" or "trap")");
  EXPECT_EQ(message({.timebase_mhz = 0}, period, 0), "riscv: timebase_mhz is 0; it is at least 1");
  EXPECT_EQ(message({.pmp_regions = 17}, period, 0), "riscv: pmp_regions is 17; it is at most 16");
  EXPECT_EQ(message({}, sc_core::SC_ZERO_TIME, 0),
            "riscv: the clock period is zero; it is at least one unit of the time resolution");
  EXPECT_EQ(message({}, period, 0x1001),
            "riscv: the reset vector 0x00001001 is odd; instructions lie at even addresses");
}

TEST_F(CsrTest, EveryRegisterHasAName) {
  CoreBench bench;
  for (std::uint32_t number = 0; number < 4096; ++number) {
    if (!bench.core.csr(number)) continue;
    EXPECT_EQ(riscv::csr_name(number).find("0x"), std::string::npos) << std::hex << number;
  }
  EXPECT_EQ(riscv::csr_name(0xb83), "mhpmcounter3h");
  EXPECT_EQ(riscv::csr_name(0x3bf), "pmpaddr15");
}

}  // namespace
}  // namespace terse
