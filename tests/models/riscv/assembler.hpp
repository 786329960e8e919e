#pragma once
// A tiny assembler: one function per instruction, so that tests read as programs and need no tool chain. The encodings
// are written from the specification's instruction listings, independently of the core's decoder.
#include <cstdint>
#include <vector>

namespace terse::test {

// clang-format off
enum Register : std::uint32_t {
  zero, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5,
  a6, a7, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
};

namespace rv {

using Word = std::uint32_t;

constexpr Word bits(Word value, unsigned high, unsigned low) { return value >> low & ((2u << (high - low)) - 1); }

constexpr Word r_type(Word funct7, Word rs2, Word rs1, Word funct3, Word rd, Word opcode) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr Word i_type(int immediate, Word rs1, Word funct3, Word rd, Word opcode) {
  return static_cast<Word>(immediate) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr Word s_type(int immediate, Word rs2, Word rs1, Word funct3) {
  const auto offset = static_cast<Word>(immediate);
  return bits(offset, 11, 5) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | bits(offset, 4, 0) << 7 | 0x23;
}
constexpr Word b_type(int immediate, Word rs2, Word rs1, Word funct3) {
  const auto offset = static_cast<Word>(immediate);
  return bits(offset, 12, 12) << 31 | bits(offset, 10, 5) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
         bits(offset, 4, 1) << 8 | bits(offset, 11, 11) << 7 | 0x63;
}

constexpr Word lui(Word rd, Word upper) { return upper << 12 | rd << 7 | 0x37; }
constexpr Word auipc(Word rd, Word upper) { return upper << 12 | rd << 7 | 0x17; }
constexpr Word jal(Word rd, int immediate) {
  const auto offset = static_cast<Word>(immediate);
  return bits(offset, 20, 20) << 31 | bits(offset, 10, 1) << 21 | bits(offset, 11, 11) << 20 |
         bits(offset, 19, 12) << 12 | rd << 7 | 0x6f;
}
constexpr Word jalr(Word rd, Word rs1, int offset) { return i_type(offset, rs1, 0, rd, 0x67); }
constexpr Word beq(Word rs1, Word rs2, int offset) { return b_type(offset, rs2, rs1, 0); }
constexpr Word bne(Word rs1, Word rs2, int offset) { return b_type(offset, rs2, rs1, 1); }
constexpr Word blt(Word rs1, Word rs2, int offset) { return b_type(offset, rs2, rs1, 4); }
constexpr Word bge(Word rs1, Word rs2, int offset) { return b_type(offset, rs2, rs1, 5); }
constexpr Word bltu(Word rs1, Word rs2, int offset) { return b_type(offset, rs2, rs1, 6); }
constexpr Word bgeu(Word rs1, Word rs2, int offset) { return b_type(offset, rs2, rs1, 7); }
constexpr Word lb(Word rd, Word rs1, int offset) { return i_type(offset, rs1, 0, rd, 0x03); }
constexpr Word lh(Word rd, Word rs1, int offset) { return i_type(offset, rs1, 1, rd, 0x03); }
constexpr Word lw(Word rd, Word rs1, int offset) { return i_type(offset, rs1, 2, rd, 0x03); }
constexpr Word lbu(Word rd, Word rs1, int offset) { return i_type(offset, rs1, 4, rd, 0x03); }
constexpr Word lhu(Word rd, Word rs1, int offset) { return i_type(offset, rs1, 5, rd, 0x03); }
constexpr Word sb(Word rs2, Word rs1, int offset) { return s_type(offset, rs2, rs1, 0); }
constexpr Word sh(Word rs2, Word rs1, int offset) { return s_type(offset, rs2, rs1, 1); }
constexpr Word sw(Word rs2, Word rs1, int offset) { return s_type(offset, rs2, rs1, 2); }
constexpr Word addi(Word rd, Word rs1, int immediate) { return i_type(immediate, rs1, 0, rd, 0x13); }
constexpr Word slti(Word rd, Word rs1, int immediate) { return i_type(immediate, rs1, 2, rd, 0x13); }
constexpr Word sltiu(Word rd, Word rs1, int immediate) { return i_type(immediate, rs1, 3, rd, 0x13); }
constexpr Word xori(Word rd, Word rs1, int immediate) { return i_type(immediate, rs1, 4, rd, 0x13); }
constexpr Word ori(Word rd, Word rs1, int immediate) { return i_type(immediate, rs1, 6, rd, 0x13); }
constexpr Word andi(Word rd, Word rs1, int immediate) { return i_type(immediate, rs1, 7, rd, 0x13); }
constexpr Word slli(Word rd, Word rs1, Word amount) { return r_type(0, amount, rs1, 1, rd, 0x13); }
constexpr Word srli(Word rd, Word rs1, Word amount) { return r_type(0, amount, rs1, 5, rd, 0x13); }
constexpr Word srai(Word rd, Word rs1, Word amount) { return r_type(0x20, amount, rs1, 5, rd, 0x13); }
constexpr Word add(Word rd, Word rs1, Word rs2) { return r_type(0, rs2, rs1, 0, rd, 0x33); }
constexpr Word sub(Word rd, Word rs1, Word rs2) { return r_type(0x20, rs2, rs1, 0, rd, 0x33); }
constexpr Word sll(Word rd, Word rs1, Word rs2) { return r_type(0, rs2, rs1, 1, rd, 0x33); }
constexpr Word slt(Word rd, Word rs1, Word rs2) { return r_type(0, rs2, rs1, 2, rd, 0x33); }
constexpr Word sltu(Word rd, Word rs1, Word rs2) { return r_type(0, rs2, rs1, 3, rd, 0x33); }
constexpr Word xor_(Word rd, Word rs1, Word rs2) { return r_type(0, rs2, rs1, 4, rd, 0x33); }
constexpr Word srl(Word rd, Word rs1, Word rs2) { return r_type(0, rs2, rs1, 5, rd, 0x33); }
constexpr Word sra(Word rd, Word rs1, Word rs2) { return r_type(0x20, rs2, rs1, 5, rd, 0x33); }
constexpr Word or_(Word rd, Word rs1, Word rs2) { return r_type(0, rs2, rs1, 6, rd, 0x33); }
constexpr Word and_(Word rd, Word rs1, Word rs2) { return r_type(0, rs2, rs1, 7, rd, 0x33); }
constexpr Word mul(Word rd, Word rs1, Word rs2) { return r_type(1, rs2, rs1, 0, rd, 0x33); }
constexpr Word mulh(Word rd, Word rs1, Word rs2) { return r_type(1, rs2, rs1, 1, rd, 0x33); }
constexpr Word mulhsu(Word rd, Word rs1, Word rs2) { return r_type(1, rs2, rs1, 2, rd, 0x33); }
constexpr Word mulhu(Word rd, Word rs1, Word rs2) { return r_type(1, rs2, rs1, 3, rd, 0x33); }
constexpr Word div(Word rd, Word rs1, Word rs2) { return r_type(1, rs2, rs1, 4, rd, 0x33); }
constexpr Word divu(Word rd, Word rs1, Word rs2) { return r_type(1, rs2, rs1, 5, rd, 0x33); }
constexpr Word rem(Word rd, Word rs1, Word rs2) { return r_type(1, rs2, rs1, 6, rd, 0x33); }
constexpr Word remu(Word rd, Word rs1, Word rs2) { return r_type(1, rs2, rs1, 7, rd, 0x33); }
constexpr Word sh1add(Word rd, Word rs1, Word rs2) { return r_type(0x10, rs2, rs1, 2, rd, 0x33); }
constexpr Word sh2add(Word rd, Word rs1, Word rs2) { return r_type(0x10, rs2, rs1, 4, rd, 0x33); }
constexpr Word sh3add(Word rd, Word rs1, Word rs2) { return r_type(0x10, rs2, rs1, 6, rd, 0x33); }
constexpr Word andn(Word rd, Word rs1, Word rs2) { return r_type(0x20, rs2, rs1, 7, rd, 0x33); }
constexpr Word orn(Word rd, Word rs1, Word rs2) { return r_type(0x20, rs2, rs1, 6, rd, 0x33); }
constexpr Word xnor(Word rd, Word rs1, Word rs2) { return r_type(0x20, rs2, rs1, 4, rd, 0x33); }
constexpr Word max(Word rd, Word rs1, Word rs2) { return r_type(0x05, rs2, rs1, 6, rd, 0x33); }
constexpr Word maxu(Word rd, Word rs1, Word rs2) { return r_type(0x05, rs2, rs1, 7, rd, 0x33); }
constexpr Word min(Word rd, Word rs1, Word rs2) { return r_type(0x05, rs2, rs1, 4, rd, 0x33); }
constexpr Word minu(Word rd, Word rs1, Word rs2) { return r_type(0x05, rs2, rs1, 5, rd, 0x33); }
constexpr Word rol(Word rd, Word rs1, Word rs2) { return r_type(0x30, rs2, rs1, 1, rd, 0x33); }
constexpr Word ror(Word rd, Word rs1, Word rs2) { return r_type(0x30, rs2, rs1, 5, rd, 0x33); }
constexpr Word bclr(Word rd, Word rs1, Word rs2) { return r_type(0x24, rs2, rs1, 1, rd, 0x33); }
constexpr Word bext(Word rd, Word rs1, Word rs2) { return r_type(0x24, rs2, rs1, 5, rd, 0x33); }
constexpr Word binv(Word rd, Word rs1, Word rs2) { return r_type(0x34, rs2, rs1, 1, rd, 0x33); }
constexpr Word bset(Word rd, Word rs1, Word rs2) { return r_type(0x14, rs2, rs1, 1, rd, 0x33); }
constexpr Word rori(Word rd, Word rs1, Word amount) { return r_type(0x30, amount, rs1, 5, rd, 0x13); }
constexpr Word bclri(Word rd, Word rs1, Word amount) { return r_type(0x24, amount, rs1, 1, rd, 0x13); }
constexpr Word bexti(Word rd, Word rs1, Word amount) { return r_type(0x24, amount, rs1, 5, rd, 0x13); }
constexpr Word binvi(Word rd, Word rs1, Word amount) { return r_type(0x34, amount, rs1, 1, rd, 0x13); }
constexpr Word bseti(Word rd, Word rs1, Word amount) { return r_type(0x14, amount, rs1, 1, rd, 0x13); }
constexpr Word clz(Word rd, Word rs1) { return i_type(0x600, rs1, 1, rd, 0x13); }
constexpr Word ctz(Word rd, Word rs1) { return i_type(0x601, rs1, 1, rd, 0x13); }
constexpr Word cpop(Word rd, Word rs1) { return i_type(0x602, rs1, 1, rd, 0x13); }
constexpr Word sext_b(Word rd, Word rs1) { return i_type(0x604, rs1, 1, rd, 0x13); }
constexpr Word sext_h(Word rd, Word rs1) { return i_type(0x605, rs1, 1, rd, 0x13); }
constexpr Word orc_b(Word rd, Word rs1) { return i_type(0x287, rs1, 5, rd, 0x13); }
constexpr Word rev8(Word rd, Word rs1) { return i_type(0x698, rs1, 5, rd, 0x13); }
constexpr Word zext_h(Word rd, Word rs1) { return r_type(0x04, 0, rs1, 4, rd, 0x33); }
constexpr Word atomic(Word funct5, Word rd, Word rs2, Word rs1) { return r_type(funct5 << 2, rs2, rs1, 2, rd, 0x2f); }
constexpr Word lr_w(Word rd, Word rs1) { return atomic(0x02, rd, 0, rs1); }
constexpr Word sc_w(Word rd, Word rs2, Word rs1) { return atomic(0x03, rd, rs2, rs1); }
constexpr Word amoswap_w(Word rd, Word rs2, Word rs1) { return atomic(0x01, rd, rs2, rs1); }
constexpr Word amoadd_w(Word rd, Word rs2, Word rs1) { return atomic(0x00, rd, rs2, rs1); }
constexpr Word amoxor_w(Word rd, Word rs2, Word rs1) { return atomic(0x04, rd, rs2, rs1); }
constexpr Word amoand_w(Word rd, Word rs2, Word rs1) { return atomic(0x0c, rd, rs2, rs1); }
constexpr Word amoor_w(Word rd, Word rs2, Word rs1) { return atomic(0x08, rd, rs2, rs1); }
constexpr Word amomin_w(Word rd, Word rs2, Word rs1) { return atomic(0x10, rd, rs2, rs1); }
constexpr Word amomax_w(Word rd, Word rs2, Word rs1) { return atomic(0x14, rd, rs2, rs1); }
constexpr Word amominu_w(Word rd, Word rs2, Word rs1) { return atomic(0x18, rd, rs2, rs1); }
constexpr Word amomaxu_w(Word rd, Word rs2, Word rs1) { return atomic(0x1c, rd, rs2, rs1); }
constexpr Word csrrw(Word rd, Word csr, Word rs1) { return csr << 20 | rs1 << 15 | 1u << 12 | rd << 7 | 0x73; }
constexpr Word csrrs(Word rd, Word csr, Word rs1) { return csr << 20 | rs1 << 15 | 2u << 12 | rd << 7 | 0x73; }
constexpr Word csrrc(Word rd, Word csr, Word rs1) { return csr << 20 | rs1 << 15 | 3u << 12 | rd << 7 | 0x73; }
constexpr Word csrrwi(Word rd, Word csr, Word value) { return csr << 20 | value << 15 | 5u << 12 | rd << 7 | 0x73; }
constexpr Word csrrsi(Word rd, Word csr, Word value) { return csr << 20 | value << 15 | 6u << 12 | rd << 7 | 0x73; }
constexpr Word csrrci(Word rd, Word csr, Word value) { return csr << 20 | value << 15 | 7u << 12 | rd << 7 | 0x73; }
constexpr Word csrr(Word rd, Word csr) { return csrrs(rd, csr, zero); }
constexpr Word csrw(Word csr, Word rs1) { return csrrw(zero, csr, rs1); }
constexpr Word csrwi(Word csr, Word value) { return csrrwi(zero, csr, value); }
constexpr Word nop = 0x00000013;
constexpr Word fence = 0x0ff0000f;
constexpr Word fence_i = 0x0000100f;
constexpr Word ecall = 0x00000073;
constexpr Word ebreak = 0x00100073;
constexpr Word mret = 0x30200073;
constexpr Word wfi = 0x10500073;

}  // namespace rv
// clang-format on

/// Code under construction, by byte; instructions go in with <<.
class Program {
 public:
  Program& operator<<(std::uint32_t word) {
    return half(static_cast<std::uint16_t>(word)).half(static_cast<std::uint16_t>(word >> 16));
  }
  Program& half(std::uint16_t bits) {
    bytes_.push_back(static_cast<std::uint8_t>(bits));
    bytes_.push_back(static_cast<std::uint8_t>(bits >> 8));
    return *this;
  }
  /// Always two instructions, so that the length of a program does not depend on its constants.
  Program& li(std::uint32_t rd, std::uint32_t value) {
    const std::uint32_t upper = (value + 0x800) >> 12;
    const auto lower = static_cast<int>(value & 0xfff);
    return *this << rv::lui(rd, upper & 0xfffff) << rv::addi(rd, rd, lower);
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes_.size()); }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace terse::test
