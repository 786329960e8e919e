// At least one row for every operation and every trap cause, checked against the enumerations: an operation or a cause
// that nobody tests fails here. Edge values are in instruction_test.cpp, mtval and precision in trap_test.cpp.
#include <algorithm>
#include <set>
#include <vector>

#include "models/riscv/decode.hpp"
#include "tests/models/riscv/core_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using namespace test;
using riscv::Cause;
using riscv::Operation;
namespace csr = riscv::csr;

// The instruction under test lies at `place`; behind it and 12 bytes on, code tells where execution went.
constexpr std::uint32_t place = ram_base + 0x200;
constexpr std::uint32_t untouched = 0x5a5a5a5a;
constexpr std::uint32_t scratch = 0x0ff0;  // in mscratch
constexpr std::uint32_t nowhere = 0x20000000;
constexpr std::uint32_t minus_one = 0xffffffff;
constexpr std::uint32_t value = 0x80000f05, other = 0xfffffffd;

enum class Outcome { goes_on, goes_on_at_12, sleeps, traps };

/// One instruction with s0 = data_base, and what it is expected to do. Expected words follow from the specification's
/// text.
struct Effect {
  std::uint32_t word = 0;
  std::uint32_t a0 = 0;
  std::uint32_t a1 = 0;
  std::uint32_t memory = 0;  ///< at s0, which is reserved
  std::uint32_t a2 = untouched;
  std::uint32_t memory_after = 0;
  std::uint32_t scratch_after = scratch;
  Outcome outcome = Outcome::goes_on;
  Cause cause{};
  std::uint32_t trap_value = 0;
  std::uint32_t trap_pc = place;
  bool user = false;
  bool compressed = true;  ///< misa.C
};

const std::vector<Effect> effects{
    {.word = rv::lui(a2, 0x12345), .a2 = 0x12345000},
    {.word = rv::auipc(a2, 0xfffff), .a2 = place - 0x1000},
    {.word = rv::jal(a2, 12), .a2 = place + 4, .outcome = Outcome::goes_on_at_12},
    {.word = rv::jalr(a2, a0, -4), .a0 = place + 17, .a2 = place + 4, .outcome = Outcome::goes_on_at_12},
    {.word = rv::beq(a0, a1, 12), .a0 = 3, .a1 = 3, .outcome = Outcome::goes_on_at_12},
    {.word = rv::beq(a0, a1, 12), .a0 = 3, .a1 = 4},
    {.word = rv::bne(a0, a1, 12), .a0 = 3, .a1 = 4, .outcome = Outcome::goes_on_at_12},
    {.word = rv::bne(a0, a1, 12), .a0 = 3, .a1 = 3},
    {.word = rv::blt(a0, a1, 12), .a0 = minus_one, .a1 = 0, .outcome = Outcome::goes_on_at_12},
    {.word = rv::blt(a0, a1, 12), .a0 = 0, .a1 = minus_one},
    {.word = rv::bge(a0, a1, 12), .a0 = 0, .a1 = minus_one, .outcome = Outcome::goes_on_at_12},
    {.word = rv::bge(a0, a1, 12), .a0 = minus_one, .a1 = 0},
    {.word = rv::bltu(a0, a1, 12), .a0 = 0, .a1 = minus_one, .outcome = Outcome::goes_on_at_12},
    {.word = rv::bltu(a0, a1, 12), .a0 = minus_one, .a1 = 0},
    {.word = rv::bgeu(a0, a1, 12), .a0 = minus_one, .a1 = 0, .outcome = Outcome::goes_on_at_12},
    {.word = rv::bgeu(a0, a1, 12), .a0 = 0, .a1 = minus_one},
    {.word = rv::add(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x80000f02},
    {.word = rv::sub(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x80000f08},
    {.word = rv::sll(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0xa0000000},
    {.word = rv::slt(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x1},
    {.word = rv::sltu(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x1},
    {.word = rv::xor_(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x7ffff0f8},
    {.word = rv::srl(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x4},
    {.word = rv::sra(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0xfffffffc},
    {.word = rv::or_(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0xfffffffd},
    {.word = rv::and_(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x80000f05},
    {.word = rv::mul(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x7fffd2f1},
    {.word = rv::mulh(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x1},
    {.word = rv::mulhsu(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x80000f06},
    {.word = rv::mulhu(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x80000f03},
    {.word = rv::div(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x2aaaa5a9},
    {.word = rv::divu(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x0},
    {.word = rv::rem(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x0},
    {.word = rv::remu(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x80000f05},
    {.word = rv::sh1add(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x1e07},
    {.word = rv::sh2add(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x3c11},
    {.word = rv::sh3add(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x7825},
    {.word = rv::andn(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x0},
    {.word = rv::orn(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x80000f07},
    {.word = rv::xnor(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x80000f07},
    {.word = rv::max(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0xfffffffd},
    {.word = rv::maxu(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0xfffffffd},
    {.word = rv::min(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x80000f05},
    {.word = rv::minu(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x80000f05},
    {.word = rv::rol(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0xb00001e0},
    {.word = rv::ror(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x782c},
    {.word = rv::bclr(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x80000f05},
    {.word = rv::bext(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0x0},
    {.word = rv::binv(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0xa0000f05},
    {.word = rv::bset(a2, a0, a1), .a0 = value, .a1 = other, .a2 = 0xa0000f05},
    {.word = rv::addi(a2, a0, -3), .a0 = value, .a2 = 0x80000f02},
    {.word = rv::slti(a2, a0, -3), .a0 = value, .a2 = 0x1},
    {.word = rv::sltiu(a2, a0, -3), .a0 = value, .a2 = 0x1},
    {.word = rv::xori(a2, a0, -3), .a0 = value, .a2 = 0x7ffff0f8},
    {.word = rv::ori(a2, a0, -3), .a0 = value, .a2 = 0xfffffffd},
    {.word = rv::andi(a2, a0, -3), .a0 = value, .a2 = 0x80000f05},
    {.word = rv::slli(a2, a0, 7), .a0 = value, .a2 = 0x78280},
    {.word = rv::srli(a2, a0, 7), .a0 = value, .a2 = 0x100001e},
    {.word = rv::srai(a2, a0, 7), .a0 = value, .a2 = 0xff00001e},
    {.word = rv::rori(a2, a0, 7), .a0 = value, .a2 = 0xb00001e},
    {.word = rv::bclri(a2, a0, 8), .a0 = value, .a2 = 0x80000e05},
    {.word = rv::bexti(a2, a0, 8), .a0 = value, .a2 = 0x1},
    {.word = rv::binvi(a2, a0, 7), .a0 = value, .a2 = 0x80000f85},
    {.word = rv::bseti(a2, a0, 7), .a0 = value, .a2 = 0x80000f85},
    {.word = rv::clz(a2, a0), .a0 = 0x128f80, .a2 = 0xb},
    {.word = rv::ctz(a2, a0), .a0 = 0x128f80, .a2 = 0x7},
    {.word = rv::cpop(a2, a0), .a0 = 0x128f80, .a2 = 0x8},
    {.word = rv::sext_b(a2, a0), .a0 = 0x128f80, .a2 = 0xffffff80},
    {.word = rv::sext_h(a2, a0), .a0 = 0x128f80, .a2 = 0xffff8f80},
    {.word = rv::zext_h(a2, a0), .a0 = 0x128f80, .a2 = 0x8f80},
    {.word = rv::orc_b(a2, a0), .a0 = 0x128f80, .a2 = 0xffffff},
    {.word = rv::rev8(a2, a0), .a0 = 0x128f80, .a2 = 0x808f1200},
    {.word = rv::lb(a2, s0, 1), .memory = 0x8182f3f4, .a2 = 0xfffffff3, .memory_after = 0x8182f3f4},
    {.word = rv::lh(a2, s0, 2), .memory = 0x8182f3f4, .a2 = 0xffff8182, .memory_after = 0x8182f3f4},
    {.word = rv::lw(a2, s0, 0), .memory = 0x8182f3f4, .a2 = 0x8182f3f4, .memory_after = 0x8182f3f4},
    {.word = rv::lbu(a2, s0, 1), .memory = 0x8182f3f4, .a2 = 0xf3, .memory_after = 0x8182f3f4},
    {.word = rv::lhu(a2, s0, 2), .memory = 0x8182f3f4, .a2 = 0x8182, .memory_after = 0x8182f3f4},
    {.word = rv::sb(a1, s0, 1), .a1 = 0x01020304, .memory = 0x8182f3f4, .memory_after = 0x818204f4},
    {.word = rv::sh(a1, s0, 2), .a1 = 0x01020304, .memory = 0x8182f3f4, .memory_after = 0x304f3f4},
    {.word = rv::sw(a1, s0, 0), .a1 = 0x01020304, .memory = 0x8182f3f4, .memory_after = 0x1020304},
    {.word = rv::lr_w(a2, s0), .memory = 0x8182f3f4, .a2 = 0x8182f3f4, .memory_after = 0x8182f3f4},
    {.word = rv::sc_w(a2, a1, s0), .a1 = 7, .memory = 0x8182f3f4, .a2 = 0, .memory_after = 7},
    {.word = rv::amoswap_w(a2, a1, s0), .a1 = 0x305, .memory = 0x8182f3f4, .a2 = 0x8182f3f4, .memory_after = 0x305},
    {.word = rv::amoadd_w(a2, a1, s0), .a1 = 0x305, .memory = 0x8182f3f4, .a2 = 0x8182f3f4, .memory_after = 0x8182f6f9},
    {.word = rv::amoxor_w(a2, a1, s0), .a1 = 0x305, .memory = 0x8182f3f4, .a2 = 0x8182f3f4, .memory_after = 0x8182f0f1},
    {.word = rv::amoand_w(a2, a1, s0), .a1 = 0x305, .memory = 0x8182f3f4, .a2 = 0x8182f3f4, .memory_after = 0x304},
    {.word = rv::amoor_w(a2, a1, s0), .a1 = 0x305, .memory = 0x8182f3f4, .a2 = 0x8182f3f4, .memory_after = 0x8182f3f5},
    {.word = rv::amomin_w(a2, a1, s0), .a1 = 0x305, .memory = 0x8182f3f4, .a2 = 0x8182f3f4, .memory_after = 0x8182f3f4},
    {.word = rv::amomax_w(a2, a1, s0), .a1 = 0x305, .memory = 0x8182f3f4, .a2 = 0x8182f3f4, .memory_after = 0x305},
    {.word = rv::amominu_w(a2, a1, s0), .a1 = 0x305, .memory = 0x8182f3f4, .a2 = 0x8182f3f4, .memory_after = 0x305},
    {.word = rv::amomaxu_w(a2, a1, s0),
     .a1 = 0x305,
     .memory = 0x8182f3f4,
     .a2 = 0x8182f3f4,
     .memory_after = 0x8182f3f4},
    {.word = rv::fence},
    {.word = rv::fence_i},
    {.word = rv::csrrw(a2, csr::mscratch, a0), .a0 = 0xf00f, .a2 = scratch, .scratch_after = 0xf00f},
    {.word = rv::csrrs(a2, csr::mscratch, a0), .a0 = 0xf00f, .a2 = scratch, .scratch_after = 0xffff},
    {.word = rv::csrrc(a2, csr::mscratch, a0), .a0 = 0x0f0f, .a2 = scratch, .scratch_after = 0x00f0},
    {.word = rv::csrrwi(a2, csr::mscratch, 21), .a2 = scratch, .scratch_after = 21},
    {.word = rv::csrrsi(a2, csr::mscratch, 21), .a2 = scratch, .scratch_after = 0x0ff5},
    {.word = rv::csrrci(a2, csr::mscratch, 21), .a2 = scratch, .scratch_after = 0x0fe0},
    {.word = rv::mret, .outcome = Outcome::goes_on_at_12},  // mepc is there
    {.word = rv::wfi, .outcome = Outcome::sleeps},
    {.word = rv::jal(a2, 6),
     .outcome = Outcome::traps,
     .cause = Cause::instruction_misaligned,
     .trap_value = place + 6,
     .compressed = false},
    {.word = rv::jalr(zero, a0, 0),
     .a0 = nowhere,
     .outcome = Outcome::traps,
     .cause = Cause::instruction_access_fault,
     .trap_value = nowhere,
     .trap_pc = nowhere},
    {.word = minus_one, .outcome = Outcome::traps, .cause = Cause::illegal_instruction, .trap_value = minus_one},
    {.word = rv::ebreak, .outcome = Outcome::traps, .cause = Cause::breakpoint, .trap_value = place},
    {.word = rv::lr_w(a2, a0),
     .a0 = data_base + 2,
     .outcome = Outcome::traps,
     .cause = Cause::load_misaligned,
     .trap_value = data_base + 2},
    {.word = rv::lw(a2, a0, 4),
     .a0 = nowhere,
     .outcome = Outcome::traps,
     .cause = Cause::load_access_fault,
     .trap_value = nowhere + 4},
    {.word = rv::amoadd_w(a2, a1, a0),
     .a0 = data_base + 1,
     .outcome = Outcome::traps,
     .cause = Cause::store_misaligned,
     .trap_value = data_base + 1},
    {.word = rv::sw(a1, a0, 4),
     .a0 = nowhere,
     .outcome = Outcome::traps,
     .cause = Cause::store_access_fault,
     .trap_value = nowhere + 4},
    {.word = rv::ecall, .outcome = Outcome::traps, .cause = Cause::ecall_from_user, .user = true},
    {.word = rv::ecall, .outcome = Outcome::traps, .cause = Cause::ecall_from_machine},
};

class EveryInstructionTest : public SystemcTest {
 protected:
  static Program setup(const Effect& effect) {
    Program program;
    set_handler(program).li(t0, ~0u) << rv::csrw(csr::pmpaddr0, t0) << rv::csrwi(csr::pmpcfg0, 0x1f);  // all, RWX
    program.li(t0, scratch) << rv::csrw(csr::mscratch, t0);
    if (!effect.compressed) program << rv::csrrci(zero, csr::misa, 4);
    program << rv::lr_w(zero, s0);
    if (effect.user) {
      program.li(t0, riscv::mstatus::mpp) << rv::csrrc(zero, csr::mstatus, t0);
      program.li(t0, place) << rv::csrw(csr::mepc, t0) << rv::mret;
    } else {
      program.li(t0, place + 12) << rv::csrw(csr::mepc, t0);
      program.li(t0, place) << rv::jalr(zero, t0, 0);
    }
    return program;
  }

  static void load(CoreBench& bench, const Effect& effect) {
    bench.load(setup(effect));
    bench.load(Program() << effect.word << rv::addi(s1, zero, 4) << rv::wfi << rv::addi(s1, zero, 12) << rv::wfi,
               place);
    bench.load(Program() << rv::csrr(s2, csr::mcause) << rv::csrr(s3, csr::mtval) << rv::csrr(s4, csr::mepc)
                         << rv::addi(s1, zero, 1) << rv::wfi,
               handler_base);
    bench.target.set_word(data_base, effect.memory);
    bench.core.set_reg(s0, data_base);
    bench.core.set_reg(a0, effect.a0);
    bench.core.set_reg(a1, effect.a1);
    bench.core.set_reg(a2, untouched);
  }

  static void expect_outcome(const CoreBench& bench, const Effect& effect) {
    const std::uint32_t went_to = bench.core.reg(s1);
    switch (effect.outcome) {
      case Outcome::goes_on:
        EXPECT_EQ(went_to, 4u);
        break;
      case Outcome::goes_on_at_12:
        EXPECT_EQ(went_to, 12u);
        break;
      case Outcome::sleeps:
        EXPECT_EQ(went_to, 0u);
        EXPECT_EQ(bench.core.pc(), place + 4);
        break;
      case Outcome::traps:
        EXPECT_EQ(went_to, 1u);
        EXPECT_EQ(bench.core.reg(s2), static_cast<std::uint32_t>(effect.cause));
        EXPECT_EQ(bench.core.reg(s3), effect.trap_value);
        EXPECT_EQ(bench.core.reg(s4), effect.trap_pc);
        break;
    }
    EXPECT_EQ(bench.core.statistics().traps, effect.outcome == Outcome::traps ? 1u : 0u);
  }
};

TEST_F(EveryInstructionTest, DoesWhatTheSpecificationSays) {
  for (const Effect& effect : effects) {
    SCOPED_TRACE(::testing::Message() << std::hex << "word " << effect.word << ", operation " << std::dec
                                      << static_cast<unsigned>(riscv::decode(effect.word).operation));
    const FreshContext context;
    CoreBench bench;
    load(bench, effect);
    ASSERT_TRUE(bench.run());
    expect_outcome(bench, effect);
    EXPECT_EQ(bench.core.reg(a2), effect.a2);
    EXPECT_EQ(bench.core.reg(a0), effect.a0);
    EXPECT_EQ(bench.core.reg(a1), effect.a1);
    EXPECT_EQ(bench.target.word(data_base), effect.memory_after);
    EXPECT_EQ(bench.core.csr(csr::mscratch), effect.scratch_after);
  }
}

TEST_F(EveryInstructionTest, NoOperationIsLeftOut) {
  std::set<Operation> tested;
  for (const Effect& effect : effects) tested.insert(riscv::decode(effect.word).operation);
  for (std::size_t i = 0; i < riscv::operation_count; ++i) {
    EXPECT_TRUE(tested.contains(static_cast<Operation>(i))) << "operation " << i << " of riscv::Operation";
  }
}

/// Without a default: the compiler refuses a cause that is not listed, and the test one without a row.
bool exists(Cause cause) {
  switch (cause) {
    case Cause::instruction_misaligned:
    case Cause::instruction_access_fault:
    case Cause::illegal_instruction:
    case Cause::breakpoint:
    case Cause::load_misaligned:
    case Cause::load_access_fault:
    case Cause::store_misaligned:
    case Cause::store_access_fault:
    case Cause::ecall_from_user:
    case Cause::ecall_from_machine:
      return true;
  }
  return false;
}

TEST_F(EveryInstructionTest, NoCauseIsLeftOut) {
  for (std::uint32_t number = 0; number < 64; ++number) {
    const auto cause = static_cast<Cause>(number);
    if (!exists(cause)) continue;
    EXPECT_TRUE(std::ranges::any_of(
        effects, [&](const Effect& effect) { return effect.outcome == Outcome::traps && effect.cause == cause; }))
        << "mcause " << number;
  }
}

}  // namespace
}  // namespace terse
