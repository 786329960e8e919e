// What each instruction does, one table row per rule of the specification.
#include <string>

#include "tests/models/riscv/core_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using namespace test;

class InstructionTest : public SystemcTest {};

struct BinaryCase {
  const char* what;
  std::uint32_t word;  ///< computes a2 from a0 and a1
  std::uint32_t a;
  std::uint32_t b;
  std::uint32_t expected;
};

constexpr std::uint32_t minimum = 0x80000000;
constexpr std::uint32_t minus_one = 0xffffffff;

const std::vector<BinaryCase> arithmetic_cases{
    {"add", rv::add(a2, a0, a1), 7, 0xfffffffe, 5},
    {"add wraps", rv::add(a2, a0, a1), 0x7fffffff, 1, minimum},
    {"sub", rv::sub(a2, a0, a1), 3, 5, 0xfffffffe},
    {"sll", rv::sll(a2, a0, a1), 0x12345678, 4, 0x23456780},
    {"sll takes 5 bits", rv::sll(a2, a0, a1), 1, 33, 2},
    {"slt", rv::slt(a2, a0, a1), minus_one, 0, 1},
    {"slt equal", rv::slt(a2, a0, a1), 4, 4, 0},
    {"sltu", rv::sltu(a2, a0, a1), minus_one, 0, 0},
    {"sltu less", rv::sltu(a2, a0, a1), 0, minus_one, 1},
    {"xor", rv::xor_(a2, a0, a1), 0xff00ff00, 0x0ff00ff0, 0xf0f0f0f0},
    {"srl", rv::srl(a2, a0, a1), minimum, 31, 1},
    {"sra", rv::sra(a2, a0, a1), minimum, 31, minus_one},
    {"sra takes 5 bits", rv::sra(a2, a0, a1), 0xfffffff0, 0x22, 0xfffffffc},
    {"or", rv::or_(a2, a0, a1), 0xff00ff00, 0x0ff00ff0, 0xfff0fff0},
    {"and", rv::and_(a2, a0, a1), 0xff00ff00, 0x0ff00ff0, 0x0f000f00},
    {"addi", rv::addi(a2, a0, -2048), 2048, 0, 0},
    {"slti", rv::slti(a2, a0, -1), 0xfffffffe, 0, 1},
    {"slti not less", rv::slti(a2, a0, -1), 0, 0, 0},
    {"sltiu compares with the extended immediate", rv::sltiu(a2, a0, -1), 0xfffffffe, 0, 1},
    {"sltiu 1 is seqz", rv::sltiu(a2, a0, 1), 0, 0, 1},
    {"xori", rv::xori(a2, a0, -1), 0x0f0f0f0f, 0, 0xf0f0f0f0},
    {"ori", rv::ori(a2, a0, 0x70f), 0xff000000, 0, 0xff00070f},
    {"andi", rv::andi(a2, a0, 0x70f), 0xffff0f0f, 0, 0x0000070f},
    {"slli", rv::slli(a2, a0, 31), 3, 0, minimum},
    {"srli", rv::srli(a2, a0, 4), 0xf0000001, 0, 0x0f000000},
    {"srai", rv::srai(a2, a0, 4), 0xf0000001, 0, 0xff000000},
    {"lui", rv::lui(a2, 0xfffff), 0, 0, 0xfffff000},
    {"mul", rv::mul(a2, a0, a1), 0x10001, 0x10001, 0x00020001},
    {"mul negative", rv::mul(a2, a0, a1), minus_one, 5, 0xfffffffb},
    {"mulh", rv::mulh(a2, a0, a1), minimum, minimum, 0x40000000},
    {"mulh mixed", rv::mulh(a2, a0, a1), minus_one, 1, minus_one},
    {"mulhsu", rv::mulhsu(a2, a0, a1), minus_one, minus_one, minus_one},
    {"mulhsu positive", rv::mulhsu(a2, a0, a1), 0x7fffffff, minus_one, 0x7ffffffe},
    {"mulhu", rv::mulhu(a2, a0, a1), minus_one, minus_one, 0xfffffffe},
    {"div truncates", rv::div(a2, a0, a1), 0xfffffff9, 2, 0xfffffffd},
    {"div by zero", rv::div(a2, a0, a1), 5, 0, minus_one},
    {"div overflow", rv::div(a2, a0, a1), minimum, minus_one, minimum},
    {"divu", rv::divu(a2, a0, a1), 0xfffffff9, 2, 0x7ffffffc},
    {"divu by zero", rv::divu(a2, a0, a1), 5, 0, minus_one},
    {"rem has the dividend's sign", rv::rem(a2, a0, a1), 0xfffffff9, 2, minus_one},
    {"rem by zero", rv::rem(a2, a0, a1), 0xfffffff9, 0, 0xfffffff9},
    {"rem overflow", rv::rem(a2, a0, a1), minimum, minus_one, 0},
    {"remu", rv::remu(a2, a0, a1), 0xfffffff9, 10, 9},
    {"remu by zero", rv::remu(a2, a0, a1), 5, 0, 5},
};

const std::vector<BinaryCase> bit_manipulation_cases{
    {"sh1add", rv::sh1add(a2, a0, a1), 3, 100, 106},
    {"sh1add drops the top bit", rv::sh1add(a2, a0, a1), 0x80000001, minus_one, 1},
    {"sh2add", rv::sh2add(a2, a0, a1), 3, 100, 112},
    {"sh2add wraps", rv::sh2add(a2, a0, a1), 0x40000000, 7, 7},
    {"sh3add", rv::sh3add(a2, a0, a1), 3, 100, 124},
    {"sh3add negative index", rv::sh3add(a2, a0, a1), minus_one, 8, 0},
    {"andn", rv::andn(a2, a0, a1), 0xff00ff00, 0x0ff00ff0, 0xf000f000},
    {"orn", rv::orn(a2, a0, a1), 0xff00ff00, 0x0ff00ff0, 0xff0fff0f},
    {"xnor", rv::xnor(a2, a0, a1), 0xff00ff00, 0x0ff00ff0, 0x0f0f0f0f},
    {"clz", rv::clz(a2, a0), 0x00010000, 0, 15},
    {"clz of zero", rv::clz(a2, a0), 0, 0, 32},
    {"clz of the top bit", rv::clz(a2, a0), minimum, 0, 0},
    {"ctz", rv::ctz(a2, a0), 0x00010000, 0, 16},
    {"ctz of zero", rv::ctz(a2, a0), 0, 0, 32},
    {"ctz of one", rv::ctz(a2, a0), 1, 0, 0},
    {"cpop", rv::cpop(a2, a0), 0x80ff0001, 0, 10},
    {"cpop of zero", rv::cpop(a2, a0), 0, 0, 0},
    {"cpop of all", rv::cpop(a2, a0), minus_one, 0, 32},
    {"max", rv::max(a2, a0, a1), minus_one, 1, 1},
    {"max of the extremes", rv::max(a2, a0, a1), 0x7fffffff, minimum, 0x7fffffff},
    {"maxu", rv::maxu(a2, a0, a1), minus_one, 1, minus_one},
    {"maxu equal", rv::maxu(a2, a0, a1), 9, 9, 9},
    {"min", rv::min(a2, a0, a1), 1, minus_one, minus_one},
    {"min of the extremes", rv::min(a2, a0, a1), 0x7fffffff, minimum, minimum},
    {"minu", rv::minu(a2, a0, a1), minus_one, 1, 1},
    {"minu equal", rv::minu(a2, a0, a1), 9, 9, 9},
    {"sext.b", rv::sext_b(a2, a0), 0x12345680, 0, 0xffffff80},
    {"sext.b positive", rv::sext_b(a2, a0), 0xffffff7f, 0, 0x7f},
    {"sext.h", rv::sext_h(a2, a0), 0x12348000, 0, 0xffff8000},
    {"sext.h positive", rv::sext_h(a2, a0), 0xffff7fff, 0, 0x7fff},
    {"zext.h", rv::zext_h(a2, a0), 0xffff8001, 0, 0x8001},
    {"rol", rv::rol(a2, a0, a1), 0x80000001, 4, 0x18},
    {"rol by zero", rv::rol(a2, a0, a1), 0x80000001, 0, 0x80000001},
    {"rol takes 5 bits", rv::rol(a2, a0, a1), 0x80000001, 33, 3},
    {"ror", rv::ror(a2, a0, a1), 0x80000001, 4, 0x18000000},
    {"ror by zero", rv::ror(a2, a0, a1), 0x80000001, 32, 0x80000001},
    {"ror takes 5 bits", rv::ror(a2, a0, a1), 0x80000001, 33, 0xc0000000},
    {"rori", rv::rori(a2, a0, 31), 0x80000001, 0, 3},
    {"rori by zero", rv::rori(a2, a0, 0), 0x80000001, 0, 0x80000001},
    {"orc.b", rv::orc_b(a2, a0), 0x01008000, 0, 0xff00ff00},
    {"orc.b of full bytes", rv::orc_b(a2, a0), 0xff7f0001, 0, 0xffff00ff},
    {"orc.b of zero", rv::orc_b(a2, a0), 0, 0, 0},
    {"rev8", rv::rev8(a2, a0), 0x12345678, 0, 0x78563412},
    {"bclr", rv::bclr(a2, a0, a1), minus_one, 31, 0x7fffffff},
    {"bclr of a clear bit, 5 bits", rv::bclr(a2, a0, a1), 0xfffffffd, 33, 0xfffffffd},
    {"bclri", rv::bclri(a2, a0, 31), minus_one, 0, 0x7fffffff},
    {"bext", rv::bext(a2, a0, a1), minimum, 31, 1},
    {"bext takes 5 bits", rv::bext(a2, a0, a1), 0xfffffffe, 32, 0},
    {"bexti", rv::bexti(a2, a0, 4), 0x10, 0, 1},
    {"bexti of a clear bit", rv::bexti(a2, a0, 31), 0x7fffffff, 0, 0},
    {"binv", rv::binv(a2, a0, a1), 0, 31, minimum},
    {"binv takes 5 bits", rv::binv(a2, a0, a1), 1, 32, 0},
    {"binvi", rv::binvi(a2, a0, 31), minimum, 0, 0},
    {"bset", rv::bset(a2, a0, a1), 0, 31, minimum},
    {"bset of a set bit, 5 bits", rv::bset(a2, a0, a1), 2, 33, 2},
    {"bseti", rv::bseti(a2, a0, 31), 1, 0, 0x80000001},
};

void expect_results(const std::vector<BinaryCase>& cases) {
  CoreBench bench;
  Program program;
  program.li(s0, data_base);
  for (const BinaryCase& row : cases) {
    program.li(a0, row.a).li(a1, row.b) << row.word << rv::sw(a2, s0, 0) << rv::addi(s0, s0, 4);
  }
  bench.load(program << rv::wfi);
  ASSERT_TRUE(bench.run());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(bench.target.word(data_base + static_cast<std::uint32_t>(4 * i)), cases[i].expected) << cases[i].what;
  }
}

TEST_F(InstructionTest, ArithmeticOfRegistersAndImmediates) {
  expect_results(arithmetic_cases);
}

TEST_F(InstructionTest, BitManipulation) {
  expect_results(bit_manipulation_cases);
}

TEST_F(InstructionTest, RegisterZeroStaysZero) {
  CoreBench bench;
  Program program;
  program.li(a0, 55) << rv::add(zero, a0, a0) << rv::lui(zero, 1) << rv::jal(zero, 4) << rv::csrrs(zero, 0x300, zero)
                     << rv::add(a1, zero, zero) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(zero), 0u);
  EXPECT_EQ(bench.core.reg(a1), 0u);
}

TEST_F(InstructionTest, AuipcAddsToItsOwnAddress) {
  CoreBench bench;
  Program program;
  program << rv::nop << rv::auipc(a0, 0xfffff) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), ram_base + 4 - 0x1000);
}

struct BranchCase {
  const char* what;
  std::uint32_t (*branch)(std::uint32_t, std::uint32_t, int);
  std::uint32_t a;
  std::uint32_t b;
  bool taken;
};

const std::vector<BranchCase> branch_cases{
    {"beq equal", rv::beq, 3, 3, true},
    {"beq differing", rv::beq, 3, 4, false},
    {"bne equal", rv::bne, 3, 3, false},
    {"bne differing", rv::bne, 3, 4, true},
    {"blt signed", rv::blt, minus_one, 0, true},
    {"blt equal", rv::blt, 1, 1, false},
    {"bge signed", rv::bge, minus_one, 0, false},
    {"bge equal", rv::bge, 1, 1, true},
    {"bltu unsigned", rv::bltu, minus_one, 0, false},
    {"bltu less", rv::bltu, 0, minus_one, true},
    {"bgeu unsigned", rv::bgeu, minus_one, 0, true},
    {"bgeu less", rv::bgeu, 0, minus_one, false},
};

TEST_F(InstructionTest, BranchesForwardAndBackward) {
  CoreBench bench;
  Program program;
  program.li(s0, data_base);
  for (const BranchCase& row : branch_cases) {
    // Forward over the first increment; the second one tells that execution goes on behind it.
    program.li(a0, row.a).li(a1, row.b) << rv::addi(a2, zero, 0) << row.branch(a0, a1, 8) << rv::addi(a2, a2, 1)
                                        << rv::addi(a2, a2, 2) << rv::sw(a2, s0, 0) << rv::addi(s0, s0, 4);
  }
  // Backward: 5 rounds.
  program << rv::addi(a3, zero, 5) << rv::addi(a4, a4, 1) << rv::addi(a3, a3, -1) << rv::bne(a3, zero, -8) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  for (std::size_t i = 0; i < branch_cases.size(); ++i) {
    EXPECT_EQ(bench.target.word(data_base + static_cast<std::uint32_t>(4 * i)), branch_cases[i].taken ? 2u : 3u)
        << branch_cases[i].what;
  }
  EXPECT_EQ(bench.core.reg(a4), 5u);
}

TEST_F(InstructionTest, JumpsLinkAndLand) {
  CoreBench bench;
  Program program;
  program << rv::jal(ra, 8)                     // 0x00 -> 0x08
          << rv::wfi                            // 0x04 skipped
          << rv::auipc(a0, 0)                   // 0x08: a0 = base + 8
          << rv::jalr(a1, a0, 17)               // 0x0c -> (8 + 17) & ~1 = 0x18, link 0x10
          << rv::wfi << rv::wfi                 // 0x10, 0x14 skipped
          << rv::addi(a2, zero, 1)              // 0x18
          << rv::jalr(a0, a0, 0x18)             // 0x1c: destination and base may be one register -> 0x20
          << rv::addi(a3, zero, 1) << rv::wfi;  // 0x20
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(ra), ram_base + 0x04);
  EXPECT_EQ(bench.core.reg(a1), ram_base + 0x10);
  EXPECT_EQ(bench.core.reg(a0), ram_base + 0x20);
  EXPECT_EQ(bench.core.reg(a2), 1u);
  EXPECT_EQ(bench.core.reg(a3), 1u);
  EXPECT_EQ(bench.core.pc(), ram_base + 0x28);
}

TEST_F(InstructionTest, LoadsExtendAndStoresTruncate) {
  for (const bool direct : {true, false}) {
    SCOPED_TRACE(direct ? "direct" : "transported");
    const FreshContext context;
    CoreBench bench;
    bench.target.direct = direct;
    bench.target.set_word(data_base, 0x8281f07f);
    bench.target.set_word(data_base + 4, 0xaaaaaaaa);
    Program program;
    program.li(s0, data_base) << rv::lb(a0, s0, 0) << rv::lb(a1, s0, 1) << rv::lbu(a2, s0, 3) << rv::lh(a3, s0, 0)
                              << rv::lh(a4, s0, 2) << rv::lhu(a5, s0, 2) << rv::lw(a6, s0, 0);
    program << rv::sb(a6, s0, 4) << rv::sh(a6, s0, 6) << rv::lw(a7, s0, 4) << rv::addi(s1, s0, 12) << rv::sw(a6, s1, -4)
            << rv::lw(s2, s0, 8) << rv::wfi;
    bench.load(program);
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.core.reg(a0), 0x7fu);
    EXPECT_EQ(bench.core.reg(a1), 0xfffffff0u);
    EXPECT_EQ(bench.core.reg(a2), 0x82u);
    EXPECT_EQ(bench.core.reg(a3), 0xfffff07fu);
    EXPECT_EQ(bench.core.reg(a4), 0xffff8281u);
    EXPECT_EQ(bench.core.reg(a5), 0x8281u);
    EXPECT_EQ(bench.core.reg(a6), 0x8281f07fu);
    EXPECT_EQ(bench.core.reg(a7), 0xf07faa7fu);
    EXPECT_EQ(bench.core.reg(s2), 0x8281f07fu);
  }
}

struct AtomicCase {
  const char* what;
  std::uint32_t word;  ///< on the word at s0, operand a1, old value to a2
  std::uint32_t memory;
  std::uint32_t operand;
  std::uint32_t expected;
};

const std::vector<AtomicCase> atomic_cases{
    {"amoswap", rv::amoswap_w(a2, a1, s0), 5, 9, 9},
    {"amoadd", rv::amoadd_w(a2, a1, s0), minus_one, 3, 2},
    {"amoxor", rv::amoxor_w(a2, a1, s0), 0xff00, 0x0ff0, 0xf0f0},
    {"amoand", rv::amoand_w(a2, a1, s0), 0xff00, 0x0ff0, 0x0f00},
    {"amoor", rv::amoor_w(a2, a1, s0), 0xff00, 0x0ff0, 0xfff0},
    {"amomin", rv::amomin_w(a2, a1, s0), 1, minus_one, minus_one},
    {"amomax", rv::amomax_w(a2, a1, s0), 1, minus_one, 1},
    {"amominu", rv::amominu_w(a2, a1, s0), 1, minus_one, 1},
    {"amomaxu", rv::amomaxu_w(a2, a1, s0), 1, minus_one, minus_one},
};

TEST_F(InstructionTest, AtomicOperations) {
  for (const bool direct : {true, false}) {
    SCOPED_TRACE(direct ? "direct" : "transported");
    const FreshContext context;
    CoreBench bench;
    bench.target.direct = direct;
    Program program;
    program.li(s0, data_base);
    for (std::size_t i = 0; i < atomic_cases.size(); ++i) {
      bench.target.set_word(data_base + static_cast<std::uint32_t>(8 * i), atomic_cases[i].memory);
      program.li(a1, atomic_cases[i].operand) << atomic_cases[i].word << rv::sw(a2, s0, 4) << rv::addi(s0, s0, 8);
    }
    bench.load(program << rv::wfi);
    ASSERT_TRUE(bench.run());
    for (std::size_t i = 0; i < atomic_cases.size(); ++i) {
      const auto address = data_base + static_cast<std::uint32_t>(8 * i);
      EXPECT_EQ(bench.target.word(address), atomic_cases[i].expected) << atomic_cases[i].what;
      EXPECT_EQ(bench.target.word(address + 4), atomic_cases[i].memory) << atomic_cases[i].what << ", old value";
    }
  }
}

TEST_F(InstructionTest, AtomicSourceAndDestinationMayBeOneRegister) {
  CoreBench bench;
  bench.target.set_word(data_base, 100);
  Program program;
  program.li(s0, data_base).li(a1, 1) << rv::amoadd_w(a1, a1, s0) << rv::lw(a2, s0, 0) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a1), 100u);
  EXPECT_EQ(bench.core.reg(a2), 101u);
}

TEST_F(InstructionTest, CsrInstructionsReadThenWrite) {
  CoreBench bench;
  constexpr std::uint32_t scratch = riscv::csr::mscratch;
  Program program;
  program.li(a0, 0x0ff0).li(a1, 0xf000);
  program << rv::csrrw(a2, scratch, a0)   // 0, then 0x0ff0
          << rv::csrrs(a3, scratch, a1)   // 0x0ff0, then 0xfff0
          << rv::csrrc(a4, scratch, a0)   // 0xfff0, then 0xf000
          << rv::csrrsi(a5, scratch, 21)  // 0xf000, then 0xf015
          << rv::csrrci(a6, scratch, 5)   // 0xf015, then 0xf010
          << rv::csrrwi(a7, scratch, 31)  // 0xf010, then 31
          << rv::csrr(s2, scratch)        // 31
          << rv::csrrw(a0, scratch, a0)   // source and destination are one register
          << rv::csrr(s3, scratch) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a2), 0u);
  EXPECT_EQ(bench.core.reg(a3), 0x0ff0u);
  EXPECT_EQ(bench.core.reg(a4), 0xfff0u);
  EXPECT_EQ(bench.core.reg(a5), 0xf000u);
  EXPECT_EQ(bench.core.reg(a6), 0xf015u);
  EXPECT_EQ(bench.core.reg(a7), 0xf010u);
  EXPECT_EQ(bench.core.reg(s2), 31u);
  EXPECT_EQ(bench.core.reg(a0), 31u);
  EXPECT_EQ(bench.core.reg(s3), 0x0ff0u);
}

TEST_F(InstructionTest, FencesDoNothingButOrder) {
  CoreBench bench;
  Program program;
  program << rv::fence << 0x0100000f /* pause */ << rv::fence_i << rv::addi(a0, zero, 1) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 1u);
  EXPECT_EQ(bench.core.statistics().traps, 0u);
}

TEST_F(InstructionTest, AnInstructionMayCrossAPage) {
  CoreBench bench;
  Program program;
  program.li(t0, ram_base + 0xffe) << rv::jalr(zero, t0, 0);
  bench.load(program);
  Program crossing;
  crossing << rv::addi(a0, a0, 1) << rv::addi(a1, a1, 1) << rv::bne(a1, t1, -8) << rv::wfi;
  bench.load(crossing, ram_base + 0xffe);
  bench.core.set_reg(t1, 3);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 3u);
}

}  // namespace
}  // namespace terse
