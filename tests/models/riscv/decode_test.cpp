// Decoding, the expansion of compressed instructions, and the cache of decoded ones.
#include "models/riscv/decode.hpp"

#include <gtest/gtest.h>

#include <string>

#include "models/riscv/interpreter.hpp"
#include "tests/models/riscv/assembler.hpp"

namespace terse::riscv {
namespace {

using namespace test;

struct CompressedCase {
  std::uint16_t bits;  // as GNU as encodes `text`
  std::uint32_t expansion;
  const char* text;
};

const CompressedCase compressed_cases[] = {
    {0x0040, rv::addi(s0, sp, 4), "c.addi4spn s0, sp, 4"},
    {0x1ffc, rv::addi(a5, sp, 1020), "c.addi4spn a5, sp, 1020"},
    {0x41c8, rv::lw(a0, a1, 4), "c.lw a0, 4(a1)"},
    {0x5fe4, rv::lw(s1, a5, 124), "c.lw s1, 124(a5)"},
    {0x41a8, rv::lw(a0, a1, 64), "c.lw a0, 64(a1)"},
    {0xc1c8, rv::sw(a0, a1, 4), "c.sw a0, 4(a1)"},
    {0xdc7c, rv::sw(a5, s0, 124), "c.sw a5, 124(s0)"},
    {0xc1a8, rv::sw(a0, a1, 64), "c.sw a0, 64(a1)"},
    {0x0001, rv::nop, "c.nop"},
    {0x157d, rv::addi(a0, a0, -1), "c.addi a0, -1"},
    {0x0ffd, rv::addi(t6, t6, 31), "c.addi t6, 31"},
    {0x1501, rv::addi(a0, a0, -32), "c.addi a0, -32"},
    {0x2ffd, rv::jal(ra, 2046), "c.jal .+2046"},
    {0x3001, rv::jal(ra, -2048), "c.jal .-2048"},
    {0x2011, rv::jal(ra, 4), "c.jal .+4"},
    {0x2949, rv::jal(ra, 1170), "c.jal .+1170"},
    {0x5501, rv::addi(a0, zero, -32), "c.li a0, -32"},
    {0x4ffd, rv::addi(t6, zero, 31), "c.li t6, 31"},
    {0x617d, rv::addi(sp, sp, 496), "c.addi16sp sp, 496"},
    {0x7101, rv::addi(sp, sp, -512), "c.addi16sp sp, -512"},
    {0x6141, rv::addi(sp, sp, 16), "c.addi16sp sp, 16"},
    {0x6505, rv::lui(a0, 1), "c.lui a0, 1"},
    {0x6ffd, rv::lui(t6, 31), "c.lui t6, 31"},
    {0x7581, rv::lui(a1, 0xfffe0), "c.lui a1, 0xfffe0"},
    {0x817d, rv::srli(a0, a0, 31), "c.srli a0, 31"},
    {0x8005, rv::srli(s0, s0, 1), "c.srli s0, 1"},
    {0x857d, rv::srai(a0, a0, 31), "c.srai a0, 31"},
    {0x8785, rv::srai(a5, a5, 1), "c.srai a5, 1"},
    {0x997d, rv::andi(a0, a0, -1), "c.andi a0, -1"},
    {0x88fd, rv::andi(s1, s1, 31), "c.andi s1, 31"},
    {0x8d0d, rv::sub(a0, a0, a1), "c.sub a0, a1"},
    {0x8c3d, rv::xor_(s0, s0, a5), "c.xor s0, a5"},
    {0x8e55, rv::or_(a2, a2, a3), "c.or a2, a3"},
    {0x8f65, rv::and_(a4, a4, s1), "c.and a4, s1"},
    {0xaffd, rv::jal(zero, 2046), "c.j .+2046"},
    {0xb001, rv::jal(zero, -2048), "c.j .-2048"},
    {0xbffd, rv::jal(zero, -2), "c.j .-2"},
    {0xcd7d, rv::beq(a0, zero, 254), "c.beqz a0, .+254"},
    {0xd001, rv::beq(s0, zero, -256), "c.beqz s0, .-256"},
    {0xe389, rv::bne(a5, zero, 2), "c.bnez a5, .+2"},
    {0xf5cd, rv::bne(a1, zero, -86), "c.bnez a1, .-86"},
    {0x0ffe, rv::slli(t6, t6, 31), "c.slli t6, 31"},
    {0x0506, rv::slli(a0, a0, 1), "c.slli a0, 1"},
    {0x4502, rv::lw(a0, sp, 0), "c.lwsp a0, 0(sp)"},
    {0x5ffe, rv::lw(t6, sp, 252), "c.lwsp t6, 252(sp)"},
    {0x4086, rv::lw(ra, sp, 64), "c.lwsp ra, 64(sp)"},
    {0x8082, rv::jalr(zero, ra, 0), "c.jr ra"},
    {0x8f82, rv::jalr(zero, t6, 0), "c.jr t6"},
    {0x857e, rv::add(a0, zero, t6), "c.mv a0, t6"},
    {0x8faa, rv::add(t6, zero, a0), "c.mv t6, a0"},
    {0x9002, rv::ebreak, "c.ebreak"},
    {0x9502, rv::jalr(ra, a0, 0), "c.jalr a0"},
    {0x957e, rv::add(a0, a0, t6), "c.add a0, t6"},
    {0x9fae, rv::add(t6, t6, a1), "c.add t6, a1"},
    {0xc02a, rv::sw(a0, sp, 0), "c.swsp a0, 0(sp)"},
    {0xdffe, rv::sw(t6, sp, 252), "c.swsp t6, 252(sp)"},
    {0xc086, rv::sw(ra, sp, 64), "c.swsp ra, 64(sp)"},
};

struct BitManipulationCase {
  std::uint32_t bits;  // as GNU as encodes `text`
  Operation operation;
  const char* text;
};

const BitManipulationCase bit_manipulation_cases[] = {
    {0x21f5a533, Operation::sh1add, "sh1add a0, a1, t6"}, {0x21f5c533, Operation::sh2add, "sh2add a0, a1, t6"},
    {0x21f5e533, Operation::sh3add, "sh3add a0, a1, t6"}, {0x41f5f533, Operation::andn, "andn a0, a1, t6"},
    {0x41f5e533, Operation::orn, "orn a0, a1, t6"},       {0x41f5c533, Operation::xnor, "xnor a0, a1, t6"},
    {0x600f9513, Operation::clz, "clz a0, t6"},           {0x601f9513, Operation::ctz, "ctz a0, t6"},
    {0x602f9513, Operation::cpop, "cpop a0, t6"},         {0x0bf5e533, Operation::max, "max a0, a1, t6"},
    {0x0bf5f533, Operation::maxu, "maxu a0, a1, t6"},     {0x0bf5c533, Operation::min, "min a0, a1, t6"},
    {0x0bf5d533, Operation::minu, "minu a0, a1, t6"},     {0x604f9513, Operation::sext_b, "sext.b a0, t6"},
    {0x605f9513, Operation::sext_h, "sext.h a0, t6"},     {0x080fc533, Operation::zext_h, "zext.h a0, t6"},
    {0x61f59533, Operation::rol, "rol a0, a1, t6"},       {0x61f5d533, Operation::ror, "ror a0, a1, t6"},
    {0x61ffd513, Operation::rori, "rori a0, t6, 31"},     {0x287fd513, Operation::orc_b, "orc.b a0, t6"},
    {0x698fd513, Operation::rev8, "rev8 a0, t6"},         {0x49f59533, Operation::bclr, "bclr a0, a1, t6"},
    {0x49ff9513, Operation::bclri, "bclri a0, t6, 31"},   {0x49f5d533, Operation::bext, "bext a0, a1, t6"},
    {0x49ffd513, Operation::bexti, "bexti a0, t6, 31"},   {0x69f59533, Operation::binv, "binv a0, a1, t6"},
    {0x69ff9513, Operation::binvi, "binvi a0, t6, 31"},   {0x29f59533, Operation::bset, "bset a0, a1, t6"},
    {0x29ff9513, Operation::bseti, "bseti a0, t6, 31"},
};

TEST(Decode, CompressedInstructionsExpand) {
  for (const CompressedCase& row : compressed_cases) {
    EXPECT_EQ(expand_compressed(row.bits), row.expansion)
        << row.text << std::hex << ": " << expand_compressed(row.bits);
  }
}

TEST(Decode, HintsExpandToInstructionsWithoutEffect) {
  // c.nop 1; c.li x0, 1; c.lui x0, 1; c.slli x0, 1; c.mv x0, a0; c.add x0, a0; c.addi a0, 0; c.slli a0, 0
  for (const std::uint16_t bits :
       std::initializer_list<std::uint16_t>{0x0005, 0x4005, 0x6005, 0x0006, 0x802a, 0x902a}) {
    const Instruction instruction = decode(bits);
    EXPECT_NE(instruction.operation, Operation::illegal) << std::hex << bits;
    EXPECT_EQ(instruction.rd, discarded_register) << std::hex << bits;
  }
  EXPECT_EQ(decode(0x0501).operation, Operation::addi);
  EXPECT_EQ(decode(0x0502).operation, Operation::slli);
}

TEST(Decode, HalfwordsThatNoInstructionOfTheCoreHas) {
  // Quadrant by quadrant the funct3 values of floating point and 64-bit instructions, over all operand bits.
  for (std::uint32_t operands = 0; operands < 1u << 11; ++operands) {
    for (const std::uint32_t funct3 : {1u, 3u, 4u, 5u, 7u}) {
      EXPECT_EQ(expand_compressed(static_cast<std::uint16_t>(funct3 << 13 | operands << 2)), 0u);
    }
    for (const std::uint32_t funct3 : {1u, 3u, 5u, 7u}) {
      EXPECT_EQ(expand_compressed(static_cast<std::uint16_t>(funct3 << 13 | operands << 2 | 2)), 0u);
    }
  }
}

TEST(Decode, EveryExpansionIsALegalInstruction) {
  for (std::uint32_t bits = 0; bits < 1u << 16; ++bits) {
    const std::uint32_t word = expand_compressed(static_cast<std::uint16_t>(bits));
    if (word == 0) continue;
    EXPECT_EQ(instruction_length(word), 4u);
    EXPECT_NE(decode(word).operation, Operation::illegal) << std::hex << bits << " expands to " << word;
    EXPECT_EQ(decode(bits).operation, decode(word).operation);
    EXPECT_EQ(decode(bits).length, 2u);
  }
}

TEST(Decode, OperandsAndImmediatesOfEachFormat) {
  const Instruction r = decode(rv::sub(a0, s11, t6));
  EXPECT_EQ(r.operation, Operation::sub);
  EXPECT_EQ(r.rd, a0);
  EXPECT_EQ(r.rs1, s11);
  EXPECT_EQ(r.rs2, t6);

  EXPECT_EQ(decode(rv::addi(a0, a1, -2048)).immediate, static_cast<std::uint32_t>(-2048));
  EXPECT_EQ(decode(rv::lw(a0, a1, 2047)).immediate, 2047u);
  EXPECT_EQ(decode(rv::sw(a0, a1, -1)).immediate, static_cast<std::uint32_t>(-1));
  EXPECT_EQ(decode(rv::sw(a0, a1, 1365)).immediate, 1365u);
  EXPECT_EQ(decode(rv::beq(a0, a1, -4096)).immediate, static_cast<std::uint32_t>(-4096));
  EXPECT_EQ(decode(rv::beq(a0, a1, 2730)).immediate, 2730u);
  EXPECT_EQ(decode(rv::beq(a0, a1, 1364)).immediate, 1364u);
  EXPECT_EQ(decode(rv::jal(a0, -1048576)).immediate, static_cast<std::uint32_t>(-1048576));
  EXPECT_EQ(decode(rv::jal(a0, 699050)).immediate, 699050u);
  EXPECT_EQ(decode(rv::jal(a0, 349524)).immediate, 349524u);
  EXPECT_EQ(decode(rv::lui(a0, 0xabcde)).immediate, 0xabcde000u);
  EXPECT_EQ(decode(rv::srai(a0, a1, 31)).immediate, 31u);
  EXPECT_EQ(decode(rv::csrrwi(a0, 0xfff, 31)).immediate, 0xfffu);
  EXPECT_EQ(decode(rv::csrrwi(a0, 0xfff, 31)).rs1, 31u);
  EXPECT_EQ(decode(rv::addi(zero, a1, 1)).rd, discarded_register);
}

TEST(Decode, BitManipulation) {
  for (const BitManipulationCase& row : bit_manipulation_cases) {
    const Instruction instruction = decode(row.bits);
    const std::string text = row.text;
    const bool two_registers = text.find("a1") != std::string::npos;
    EXPECT_EQ(instruction.operation, row.operation) << row.text;
    EXPECT_EQ(instruction.rd, a0) << row.text;
    EXPECT_EQ(instruction.rs1, two_registers ? a1 : t6) << row.text;
    if (two_registers) {
      EXPECT_EQ(instruction.rs2, t6) << row.text;
    }
    if (text.ends_with(", 31")) {
      EXPECT_EQ(instruction.immediate, 31u) << row.text;
    }
  }
}

TEST(Decode, AcquireAndReleaseAreAccepted) {
  for (std::uint32_t ordering = 0; ordering < 4; ++ordering) {
    EXPECT_EQ(decode(rv::amoadd_w(a0, a1, a2) | ordering << 25).operation, Operation::amoadd_w);
    EXPECT_EQ(decode(rv::lr_w(a0, a2) | ordering << 25).operation, Operation::lr_w);
    EXPECT_EQ(decode(rv::sc_w(a0, a1, a2) | ordering << 25).operation, Operation::sc_w);
  }
}

TEST(Decode, OperationsOfTheSystemAreThoseWithoutAHandlerOfTheirOwn) {
  for (std::size_t i = 0; i < operation_count; ++i) ASSERT_NE(handler_of(static_cast<Operation>(i)), nullptr) << i;
  using enum Operation;
  for (const Operation operation : {illegal, ecall, ebreak, fence_i, csrrw, csrrci, mret, wfi}) {
    EXPECT_TRUE(is_system(operation)) << static_cast<int>(operation);
  }
  for (const Operation operation : {lui, jalr, bgeu, lw, sw, addi, and_, fence, remu, lr_w, amomaxu_w}) {
    EXPECT_FALSE(is_system(operation)) << static_cast<int>(operation);
  }
}

}  // namespace
}  // namespace terse::riscv
