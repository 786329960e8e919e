// Expansion of compressed instructions, quadrant by quadrant as the specification's tables list them.
#include "models/riscv/decode.hpp"

namespace terse::riscv {
namespace {

constexpr std::uint32_t illegal_word = 0;
constexpr std::uint32_t sp = 2;

constexpr std::uint32_t opcode_load = 0x03, opcode_immediate = 0x13, opcode_store = 0x23, opcode_register = 0x33,
                        opcode_lui = 0x37, opcode_branch = 0x63, opcode_jalr = 0x67, opcode_jal = 0x6f;
constexpr std::uint32_t ebreak_word = 0x00100073;

// Takes bits [from, from + width) and puts them at position `to`: how the specification scrambles immediates.
constexpr std::uint32_t move(std::uint32_t bits, unsigned from, unsigned width, unsigned to) {
  return (bits >> from & ((1u << width) - 1)) << to;
}

constexpr std::uint32_t negative(std::uint32_t bits, unsigned sign_position) {
  return (bits >> 12 & 1) != 0 ? ~0u << sign_position : 0;
}

constexpr std::uint32_t i_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rd, std::uint32_t rs1,
                               std::uint32_t immediate) {
  return immediate << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

constexpr std::uint32_t r_type(std::uint32_t funct7, std::uint32_t funct3, std::uint32_t rd, std::uint32_t rs1,
                               std::uint32_t rs2) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode_register;
}

constexpr std::uint32_t store_word(std::uint32_t rs2, std::uint32_t rs1, std::uint32_t offset) {
  return move(offset, 5, 7, 25) | rs2 << 20 | rs1 << 15 | 2u << 12 | move(offset, 0, 5, 7) | opcode_store;
}

constexpr std::uint32_t branch(std::uint32_t funct3, std::uint32_t rs1, std::uint32_t offset) {
  return move(offset, 12, 1, 31) | move(offset, 5, 6, 25) | rs1 << 15 | funct3 << 12 | move(offset, 1, 4, 8) |
         move(offset, 11, 1, 7) | opcode_branch;
}

constexpr std::uint32_t jump_and_link(std::uint32_t rd, std::uint32_t offset) {
  return move(offset, 20, 1, 31) | move(offset, 1, 10, 21) | move(offset, 11, 1, 20) | move(offset, 12, 8, 12) |
         rd << 7 | opcode_jal;
}

// The three-bit register fields name x8 to x15.
constexpr std::uint32_t upper_register(std::uint32_t bits) {
  return 8 + (bits >> 7 & 7);
}
constexpr std::uint32_t lower_register(std::uint32_t bits) {
  return 8 + (bits >> 2 & 7);
}

constexpr std::uint32_t six_bit_immediate(std::uint32_t bits) {
  return negative(bits, 5) | move(bits, 2, 5, 0);
}

constexpr std::uint32_t expand_quadrant_0(std::uint32_t bits) {
  const std::uint32_t word_offset = move(bits, 6, 1, 2) | move(bits, 10, 3, 3) | move(bits, 5, 1, 6);
  switch (bits >> 13) {
    case 0: {  // c.addi4spn
      const std::uint32_t immediate =
          move(bits, 6, 1, 2) | move(bits, 5, 1, 3) | move(bits, 11, 2, 4) | move(bits, 7, 4, 6);
      return immediate == 0 ? illegal_word : i_type(opcode_immediate, 0, lower_register(bits), sp, immediate);
    }
    case 2:  // c.lw
      return i_type(opcode_load, 2, lower_register(bits), upper_register(bits), word_offset);
    case 6:  // c.sw
      return store_word(lower_register(bits), upper_register(bits), word_offset);
    default:  // floating point, or reserved
      return illegal_word;
  }
}

constexpr std::uint32_t expand_arithmetic(std::uint32_t bits) {
  const std::uint32_t rd = upper_register(bits);
  const std::uint32_t rs2 = lower_register(bits);
  const bool bit_12 = (bits >> 12 & 1) != 0;
  switch (bits >> 10 & 3) {
    case 0:  // c.srli; a shift amount of 32 or more is reserved on RV32
      return bit_12 ? illegal_word : i_type(opcode_immediate, 5, rd, rd, move(bits, 2, 5, 0));
    case 1:  // c.srai
      return bit_12 ? illegal_word : i_type(opcode_immediate, 5, rd, rd, 0x400 | move(bits, 2, 5, 0));
    case 2:  // c.andi
      return i_type(opcode_immediate, 7, rd, rd, six_bit_immediate(bits));
    default:
      break;
  }
  if (bit_12) return illegal_word;  // c.subw, c.addw: RV64
  switch (bits >> 5 & 3) {
    case 0:
      return r_type(0x20, 0, rd, rd, rs2);  // c.sub
    case 1:
      return r_type(0, 4, rd, rd, rs2);  // c.xor
    case 2:
      return r_type(0, 6, rd, rd, rs2);  // c.or
    default:
      return r_type(0, 7, rd, rd, rs2);  // c.and
  }
}

constexpr std::uint32_t expand_quadrant_1(std::uint32_t bits) {
  const std::uint32_t rd = bits >> 7 & 31;
  const std::uint32_t jump_offset = negative(bits, 11) | move(bits, 3, 3, 1) | move(bits, 11, 1, 4) |
                                    move(bits, 2, 1, 5) | move(bits, 7, 1, 6) | move(bits, 6, 1, 7) |
                                    move(bits, 9, 2, 8) | move(bits, 8, 1, 10);
  const std::uint32_t branch_offset =
      negative(bits, 8) | move(bits, 3, 2, 1) | move(bits, 10, 2, 3) | move(bits, 2, 1, 5) | move(bits, 5, 2, 6);
  switch (bits >> 13) {
    case 0:  // c.addi, c.nop
      return i_type(opcode_immediate, 0, rd, rd, six_bit_immediate(bits));
    case 1:  // c.jal
      return jump_and_link(1, jump_offset);
    case 2:  // c.li
      return i_type(opcode_immediate, 0, rd, 0, six_bit_immediate(bits));
    case 3: {
      if (rd == sp) {  // c.addi16sp
        const std::uint32_t immediate =
            negative(bits, 9) | move(bits, 6, 1, 4) | move(bits, 2, 1, 5) | move(bits, 5, 1, 6) | move(bits, 3, 2, 7);
        return immediate == 0 ? illegal_word : i_type(opcode_immediate, 0, sp, sp, immediate);
      }
      const std::uint32_t immediate = six_bit_immediate(bits);  // c.lui
      return immediate == 0 ? illegal_word : immediate << 12 | rd << 7 | opcode_lui;
    }
    case 4:
      return expand_arithmetic(bits);
    case 5:  // c.j
      return jump_and_link(0, jump_offset);
    case 6:  // c.beqz
      return branch(0, upper_register(bits), branch_offset);
    default:  // c.bnez
      return branch(1, upper_register(bits), branch_offset);
  }
}

constexpr std::uint32_t expand_quadrant_2(std::uint32_t bits) {
  const std::uint32_t rd = bits >> 7 & 31;
  const std::uint32_t rs2 = bits >> 2 & 31;
  const bool bit_12 = (bits >> 12 & 1) != 0;
  switch (bits >> 13) {
    case 0:  // c.slli
      return bit_12 ? illegal_word : i_type(opcode_immediate, 1, rd, rd, rs2);
    case 2: {  // c.lwsp
      const std::uint32_t offset = move(bits, 4, 3, 2) | move(bits, 12, 1, 5) | move(bits, 2, 2, 6);
      return rd == 0 ? illegal_word : i_type(opcode_load, 2, rd, sp, offset);
    }
    case 4:
      if (rs2 != 0) return r_type(0, 0, rd, bit_12 ? rd : 0, rs2);        // c.add, c.mv
      if (rd != 0) return i_type(opcode_jalr, 0, bit_12 ? 1 : 0, rd, 0);  // c.jalr, c.jr
      return bit_12 ? ebreak_word : illegal_word;
    case 6:  // c.swsp
      return store_word(rs2, sp, move(bits, 9, 4, 2) | move(bits, 7, 2, 6));
    default:  // floating point
      return illegal_word;
  }
}

}  // namespace

std::uint32_t expand_compressed(std::uint16_t bits) {
  switch (bits & 3) {
    case 0:
      return expand_quadrant_0(bits);
    case 1:
      return expand_quadrant_1(bits);
    case 2:
      return expand_quadrant_2(bits);
    default:
      return illegal_word;
  }
}

}  // namespace terse::riscv
