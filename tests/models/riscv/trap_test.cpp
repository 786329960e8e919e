// Every cause of a synchronous trap: mcause, mtval, mepc, and that the instruction left no trace.
#include "tests/models/riscv/core_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using namespace test;
using riscv::Cause;
namespace csr = riscv::csr;

class TrapTest : public SystemcTest {
 protected:
  static constexpr std::uint32_t after_setup = ram_base + 12;  ///< address of the first instruction behind set_handler

  /// Runs set_handler, then `body`, then wfi, with the recording handler in place.
  void run(CoreBench& bench, const Program& body) {
    Program program;
    set_handler(program);
    bench.load(program);
    bench.load(body, after_setup);
    Program end;
    bench.load(end << rv::wfi, after_setup + body.size());
    bench.load(recording_handler(), handler_base);
    ASSERT_TRUE(bench.run());
  }

  /// Lets user mode, which mret is to enter, access all memory. 7 instructions.
  static Program& open_memory_to_user(Program& program) {
    program.li(t0, ~0u) << rv::csrw(csr::pmpaddr0, t0) << rv::csrwi(csr::pmpcfg0, 0x1f);  // NAPOT, RWX
    return program.li(t0, riscv::mstatus::mpp) << rv::csrrc(zero, csr::mstatus, t0);
  }

  static void expect_trap(const CoreBench& bench, Cause cause, std::uint32_t value, std::uint32_t pc) {
    EXPECT_EQ(bench.core.reg(s5), 1u) << "number of traps";
    EXPECT_EQ(bench.core.reg(s2), static_cast<std::uint32_t>(cause));
    EXPECT_EQ(bench.core.reg(s3), value);
    EXPECT_EQ(bench.core.reg(s4), pc);
    EXPECT_EQ(bench.core.statistics().traps, 1u);
    EXPECT_EQ(bench.core.statistics().interrupts, 0u);
  }
};

// Words that no instruction of the core has, each for its own reason.
constexpr std::uint32_t illegal_words[] = {
    0xffffffff,  // all ones
    0x0000705b,  // custom opcode
    0x00003003,  // ld: RV64
    0x00003023,  // sd
    0x02001013,  // slli with a shift amount above 31
    0x40001033,  // sll with the funct7 of sub
    0x0200003b,  // mulw: RV64
    0x60301013,  // Zbb's unary operations: 3 is none of them
    0x6bf05013,  // rev8 of RV64
    0x28605013,  // next to orc.b
    0x4a001013,  // bclri with a shift amount above 31
    0x08104033,  // pack, which is zext.h only with x0
    0x0a001033,  // clmul: Zbc
    0x20001033,  // next to sh1add
    0x0800403b,  // zext.h of RV64
    0x00002063,  // branch funct3 2
    0x00001067,  // jalr funct3 1
    0x0000302f,  // amoadd.d: RV64
    0x1010202f,  // lr.w with rs2
    0x00002007,  // flw
    0x10200073,  // sret: no supervisor mode
    0x00200073,  // uret
    0x12000073,  // sfence.vma
    0x302000f3,  // mret with rd
    0x00004073,  // system funct3 4
};

TEST_F(TrapTest, IllegalInstructionReportsItsBits) {
  for (const std::uint32_t word : illegal_words) {
    SCOPED_TRACE(::testing::Message() << std::hex << word);
    const FreshContext context;
    CoreBench bench;
    Program body;
    run(bench, body << word);
    expect_trap(bench, Cause::illegal_instruction, word, after_setup);
  }
}

TEST_F(TrapTest, IllegalCompressedInstructionReportsSixteenBits) {
  // All zero; c.addi4spn with 0; c.fld; c.lui with 0; c.lwsp to x0; c.jr x0; c.srli by 32; c.subw; c.fsd.
  constexpr std::uint16_t halves[] = {0x0000, 0x0004, 0x2000, 0x6081, 0x4002, 0x8002, 0x9001, 0x9c01, 0xa000};
  for (const std::uint16_t half : halves) {
    SCOPED_TRACE(::testing::Message() << std::hex << half);
    const FreshContext context;
    CoreBench bench;
    Program body;
    body.half(half).half(0x0001);  // c.nop, so that the handler's step of four bytes lands right
    run(bench, body);
    expect_trap(bench, Cause::illegal_instruction, half, after_setup);
  }
}

TEST_F(TrapTest, IllegalCsrAccess) {
  const std::uint32_t words[] = {
      rv::csrr(a0, 0x180),                // satp: no supervisor mode
      rv::csrr(a0, 0x001),                // fflags: no floating point
      rv::csrr(a0, 0x3a4),                // pmpcfg4: there are 16 regions at most
      rv::csrr(a0, 0x302),                // medeleg: nothing to delegate to
      rv::csrrw(a0, csr::mhartid, zero),  // read-only
      rv::csrrsi(a0, csr::cycle, 1),
      rv::csrrw(zero, csr::instreth, a0),
  };
  for (const std::uint32_t word : words) {
    SCOPED_TRACE(::testing::Message() << std::hex << word);
    const FreshContext context;
    CoreBench bench;
    bench.core.set_reg(a0, 77);
    Program body;
    run(bench, body << word);
    expect_trap(bench, Cause::illegal_instruction, word, after_setup);
    EXPECT_EQ(bench.core.reg(a0), 77u);
  }
}

TEST_F(TrapTest, SettingNoBitOfAReadOnlyRegisterIsLegal) {
  CoreBench bench;
  Program body;
  run(bench, body << rv::csrrs(a0, csr::mhartid, zero) << rv::csrrci(a0, csr::cycle, 0));
  EXPECT_EQ(bench.core.statistics().traps, 0u);
}

TEST_F(TrapTest, EnvironmentCallAndBreakpoint) {
  CoreBench bench;
  Program body;
  run(bench, body << rv::ecall);
  expect_trap(bench, Cause::ecall_from_machine, 0, after_setup);
}

TEST_F(TrapTest, BreakpointReportsItsAddress) {
  CoreBench bench;
  Program body;
  run(bench, body << rv::ebreak);
  expect_trap(bench, Cause::breakpoint, after_setup, after_setup);
}

TEST_F(TrapTest, CompressedBreakpoint) {
  CoreBench bench;
  Program body;
  run(bench, body.half(0x9002).half(0x0001));
  expect_trap(bench, Cause::breakpoint, after_setup, after_setup);
}

TEST_F(TrapTest, EnvironmentCallFromUserMode) {
  CoreBench bench;
  Program body;
  // mstatus.MPP is machine at reset; clearing it makes mret enter user mode at the ecall.
  open_memory_to_user(body) << rv::auipc(t1, 0) << rv::addi(t1, t1, 16) << rv::csrw(csr::mepc, t1) << rv::mret
                            << rv::ecall;
  Program program;
  set_handler(program);
  bench.load(program);
  bench.load(body, after_setup);
  Program handler;
  handler << rv::csrr(s2, csr::mcause) << rv::csrr(s4, csr::mepc) << rv::csrr(s6, csr::mstatus) << rv::wfi;
  bench.load(handler, handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(s2), static_cast<std::uint32_t>(Cause::ecall_from_user));
  EXPECT_EQ(bench.core.reg(s4), after_setup + 11 * 4);
  EXPECT_EQ(bench.core.reg(s6) >> 11 & 3, 0u) << "previous privilege";
  EXPECT_EQ(bench.core.privilege(), riscv::Privilege::machine);
}

TEST_F(TrapTest, MachineResourcesAreIllegalInUserMode) {
  const std::uint32_t words[] = {rv::csrr(a0, csr::mstatus), rv::mret, rv::csrr(a0, csr::mcycle),
                                 rv::csrr(a0, csr::cycle)};
  for (const std::uint32_t word : words) {
    SCOPED_TRACE(::testing::Message() << std::hex << word);
    const FreshContext context;
    CoreBench bench;
    Program program;
    open_memory_to_user(set_handler(program)).li(t1, ram_base + 0x100) << rv::csrw(csr::mepc, t1) << rv::mret;
    bench.load(program);
    Program user;
    bench.load(user << word, ram_base + 0x100);
    Program handler;
    bench.load(handler << rv::csrr(s2, csr::mcause) << rv::csrr(s3, csr::mtval) << rv::wfi, handler_base);
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.core.reg(s2), static_cast<std::uint32_t>(Cause::illegal_instruction));
    EXPECT_EQ(bench.core.reg(s3), word);
  }
}

TEST_F(TrapTest, CountersAreReadableInUserModeOnceEnabled) {
  CoreBench bench;
  Program program;
  open_memory_to_user(set_handler(program)) << rv::csrrwi(zero, csr::mcounteren, 5);
  program.li(t1, ram_base + 0x100) << rv::csrw(csr::mepc, t1) << rv::mret;
  bench.load(program);
  Program user;  // cycle and instret are enabled, time is not
  user << rv::csrr(a0, csr::cycle) << rv::csrr(a1, csr::instreth) << rv::csrr(a2, csr::time);
  bench.load(user, ram_base + 0x100);
  Program handler;
  bench.load(handler << rv::csrr(s4, csr::mepc) << rv::wfi, handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(s4), ram_base + 0x108);
  EXPECT_GT(bench.core.reg(a0), 0u);
}

TEST_F(TrapTest, WaitInUserModeObeysTimeoutWait) {
  CoreBench bench;
  Program program;
  open_memory_to_user(set_handler(program)).li(t0, riscv::mstatus::tw) << rv::csrrs(zero, csr::mstatus, t0);
  program.li(t1, ram_base + 0x100) << rv::csrw(csr::mepc, t1) << rv::mret;
  bench.load(program);
  Program user;
  bench.load(user << rv::wfi, ram_base + 0x100);
  Program handler;
  bench.load(handler << rv::csrr(s2, csr::mcause) << rv::csrr(s3, csr::mtval) << rv::wfi, handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(s2), static_cast<std::uint32_t>(Cause::illegal_instruction));
  EXPECT_EQ(bench.core.reg(s3), rv::wfi);
}

TEST_F(TrapTest, MisalignedAccessesTrapWhenAskedTo) {
  const struct {
    std::uint32_t word;
    unsigned offset;
    Cause cause;
  } rows[] = {
      {rv::lh(a0, s0, 1), 1, Cause::load_misaligned},  {rv::lhu(a0, s0, 3), 3, Cause::load_misaligned},
      {rv::lw(a0, s0, 2), 2, Cause::load_misaligned},  {rv::sh(a1, s0, 1), 1, Cause::store_misaligned},
      {rv::sw(a1, s0, 3), 3, Cause::store_misaligned},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(::testing::Message() << std::hex << row.word);
    const FreshContext context;
    CoreBench bench({.misaligned = "trap"});
    bench.core.set_reg(s0, data_base);
    bench.core.set_reg(a0, 77);
    bench.core.set_reg(a1, 0x55555555);
    Program body;
    run(bench, body << row.word);
    expect_trap(bench, row.cause, data_base + row.offset, after_setup);
    EXPECT_EQ(bench.core.reg(a0), 77u);
    EXPECT_EQ(bench.target.word(data_base), 0u);
  }
}

TEST_F(TrapTest, MisalignedAccessesWorkOtherwise) {
  for (const bool direct : {true, false}) {
    SCOPED_TRACE(direct ? "direct" : "transported");
    const FreshContext context;
    CoreBench bench;
    bench.target.direct = direct;
    bench.target.set_word(data_base, 0x44332211);
    bench.target.set_word(data_base + 4, 0x88776655);
    bench.core.set_reg(s0, data_base);
    bench.core.set_reg(a1, 0xddccbbaa);
    Program body;
    body << rv::lw(a2, s0, 1) << rv::lh(a3, s0, 3) << rv::lhu(a4, s0, 1) << rv::sw(a1, s0, 11) << rv::sh(a1, s0, 17);
    run(bench, body);
    EXPECT_EQ(bench.core.statistics().traps, 0u);
    EXPECT_EQ(bench.core.reg(a2), 0x55443322u);
    EXPECT_EQ(bench.core.reg(a3), 0x5544u);
    EXPECT_EQ(bench.core.reg(a4), 0x3322u);
    EXPECT_EQ(bench.target.word(data_base + 8), 0xaa000000u);
    EXPECT_EQ(bench.target.word(data_base + 12), 0x00ddccbbu);
    EXPECT_EQ(bench.target.word(data_base + 16), 0x00bbaa00u);
  }
}

TEST_F(TrapTest, MisalignedAtomicsAlwaysTrap) {
  const struct {
    std::uint32_t word;
    Cause cause;
  } rows[] = {{rv::lr_w(a0, s0), Cause::load_misaligned},
              {rv::sc_w(a0, a1, s0), Cause::store_misaligned},
              {rv::amoadd_w(a0, a1, s0), Cause::store_misaligned}};
  for (const auto& row : rows) {
    const FreshContext context;
    CoreBench bench;
    bench.core.set_reg(s0, data_base + 2);
    Program body;
    run(bench, body << row.word);
    expect_trap(bench, row.cause, data_base + 2, after_setup);
  }
}

TEST_F(TrapTest, AccessFaultsNameTheAddress) {
  constexpr std::uint32_t nowhere = 0x20000000;
  const struct {
    std::uint32_t word;
    Cause cause;
  } rows[] = {{rv::lw(a0, s0, 4), Cause::load_access_fault},
              {rv::lbu(a0, s0, 4), Cause::load_access_fault},
              {rv::sw(a1, s0, 4), Cause::store_access_fault},
              {rv::sb(a1, s0, 4), Cause::store_access_fault}};
  for (const auto& row : rows) {
    const FreshContext context;
    CoreBench bench;
    bench.core.set_reg(s0, nowhere);
    bench.core.set_reg(a0, 77);
    Program body;
    run(bench, body << row.word);
    expect_trap(bench, row.cause, nowhere + 4, after_setup);
    EXPECT_EQ(bench.core.reg(a0), 77u);
  }
}

TEST_F(TrapTest, AtomicAccessFaultsAreStoresExceptForLoadReserved) {
  const struct {
    std::uint32_t word;
    Cause cause;
  } rows[] = {{rv::lr_w(a0, s0), Cause::load_access_fault}, {rv::amoor_w(a0, a1, s0), Cause::store_access_fault}};
  for (const auto& row : rows) {
    const FreshContext context;
    CoreBench bench;
    bench.core.set_reg(s0, 0x20000000);
    Program body;
    run(bench, body << row.word);
    expect_trap(bench, row.cause, 0x20000000, after_setup);
  }
}

TEST_F(TrapTest, MisalignedAccessOverTheEndOfMemoryNamesTheMissingPart) {
  CoreBench bench;
  bench.core.set_reg(s0, ram_base + ram_size);
  Program body;
  run(bench, body << rv::lw(a0, s0, -2));
  expect_trap(bench, Cause::load_access_fault, ram_base + ram_size, after_setup);
}

TEST_F(TrapTest, InstructionAccessFault) {
  CoreBench bench;
  Program program;
  set_handler(program).li(t0, 0x20000002) << rv::jalr(ra, t0, 0);
  bench.load(program);
  Program handler;  // recording, but without going on
  handler << rv::csrr(s2, csr::mcause) << rv::csrr(s3, csr::mtval) << rv::csrr(s4, csr::mepc) << rv::wfi;
  bench.load(handler, handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(s2), static_cast<std::uint32_t>(Cause::instruction_access_fault));
  EXPECT_EQ(bench.core.reg(s3), 0x20000002u);
  EXPECT_EQ(bench.core.reg(s4), 0x20000002u);
  EXPECT_EQ(bench.core.reg(ra), ram_base + program.size()) << "the jump itself has completed";
}

TEST_F(TrapTest, InstructionWhoseSecondHalfIsMissing) {
  CoreBench bench;
  const std::uint32_t last_half = ram_base + ram_size - 2;
  Program program;
  set_handler(program).li(t0, last_half) << rv::jalr(zero, t0, 0);
  bench.load(program);
  Program half;
  bench.load(half.half(0x0013), last_half);
  Program handler;
  handler << rv::csrr(s2, csr::mcause) << rv::csrr(s3, csr::mtval) << rv::csrr(s4, csr::mepc) << rv::wfi;
  bench.load(handler, handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(s2), static_cast<std::uint32_t>(Cause::instruction_access_fault));
  EXPECT_EQ(bench.core.reg(s3), ram_base + ram_size) << "mtval: the half that is missing";
  EXPECT_EQ(bench.core.reg(s4), last_half) << "mepc: the instruction";
}

TEST_F(TrapTest, JumpsMisalignWithoutCompressedInstructions) {
  const struct {
    std::uint32_t word;
    std::uint32_t target;
  } rows[] = {{rv::jal(ra, 6), after_setup + 4 + 6},
              {rv::jalr(ra, s0, 2), data_base + 2},
              {rv::beq(zero, zero, 10), after_setup + 4 + 10}};
  for (const auto& row : rows) {
    const FreshContext context;
    CoreBench bench;
    bench.core.set_reg(s0, data_base);
    bench.core.set_reg(ra, 77);
    Program body;
    run(bench, body << rv::csrrci(zero, csr::misa, 4) << row.word);
    expect_trap(bench, Cause::instruction_misaligned, row.target, after_setup + 4);
    EXPECT_EQ(bench.core.reg(ra), 77u) << "the link register";
  }
}

TEST_F(TrapTest, CompressedInstructionsAreIllegalOnceSwitchedOff) {
  CoreBench bench;
  Program body;
  run(bench, body << rv::csrrci(zero, csr::misa, 4) << 0x00010001u);
  expect_trap(bench, Cause::illegal_instruction, 0x0001, after_setup + 4);
}

TEST_F(TrapTest, TrapsDoNotRetire) {
  CoreBench bench;
  Program body;
  run(bench, body << rv::ecall << rv::nop);
  // 3 of set_handler, 7 of the handler, nop, wfi; the ecall itself does not count.
  EXPECT_EQ(bench.core.statistics().instructions, 12u);
  // It does take its cycle.
  EXPECT_EQ(bench.core.statistics().cycles, 13u);
}

TEST_F(TrapTest, TrapSavesAndReturnRestoresTheInterruptEnable) {
  CoreBench bench;
  Program program;
  set_handler(program) << rv::csrrsi(zero, csr::mstatus, 8) << rv::ecall << rv::csrr(a1, csr::mstatus) << rv::wfi;
  bench.load(program);
  Program handler;
  handler << rv::csrr(a0, csr::mstatus) << rv::csrr(t0, csr::mepc) << rv::addi(t0, t0, 4) << rv::csrw(csr::mepc, t0)
          << rv::mret;
  bench.load(handler, handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), riscv::mstatus::mpie | riscv::mstatus::mpp);
  // mret: MIE from MPIE, MPIE set, MPP becomes user.
  EXPECT_EQ(bench.core.reg(a1), riscv::mstatus::mie | riscv::mstatus::mpie);
}

TEST_F(TrapTest, ReturnToUserModeClearsModifyPrivilege) {
  for (const bool to_user : {true, false}) {
    const FreshContext context;
    CoreBench bench;
    Program program;
    open_memory_to_user(set_handler(program)).li(t0, riscv::mstatus::mprv | (to_user ? 0 : riscv::mstatus::mpp))
        << rv::csrw(csr::mstatus, t0);
    program.li(t1, ram_base + 0x100) << rv::csrw(csr::mepc, t1) << rv::mret;
    bench.load(program);
    bench.load(Program() << rv::ecall, ram_base + 0x100);
    bench.load(Program() << rv::csrr(s2, csr::mstatus) << rv::wfi, handler_base);
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.core.reg(s2) & riscv::mstatus::mprv, to_user ? 0u : riscv::mstatus::mprv);
  }
}

TEST_F(TrapTest, AHandlerThatTrapsOnItsFirstInstructionLocksTheCoreUp) {
  CoreBench bench;
  bench.load(Program() << rv::nop << rv::ecall);  // mtvec is still 0, where there is nothing
  EXPECT_FALSE(bench.run());
  EXPECT_EQ(
      bench.core.lockup(),
      "the core is locked up: the first instruction of its trap handler at 0x00000000 causes a trap itself (mcause "
      "1, mtval 0x00000000); does mtvec point to a handler?");
  // nop, ecall, and the fetch that fails; the simulation has ended with it.
  EXPECT_EQ(sc_core::sc_time_stamp(), CoreBench::cycles(3));
  EXPECT_EQ(bench.core.statistics().traps, 2u);
}

TEST_F(TrapTest, LockupNeedsInterruptsDisabled) {
  CoreBench bench;
  Program program;
  set_handler(program).li(t0, handler_base) << rv::csrrsi(zero, csr::mstatus, 8) << rv::jalr(zero, t0, 0);
  bench.load(program);
  // The first time around an interrupt could still come; only the second trap leaves nothing to hope for.
  bench.load(Program() << rv::ecall, handler_base);
  EXPECT_FALSE(bench.run());
  EXPECT_EQ(bench.core.statistics().traps, 2u);
  EXPECT_TRUE(bench.core.lockup().has_value());
}

}  // namespace
}  // namespace terse
