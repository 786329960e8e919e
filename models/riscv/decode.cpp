#include "models/riscv/decode.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace terse::riscv {
namespace {

/// Which bits hold which operand, named as in the specification.
enum class Format : std::uint8_t { r, unary, i, shift, s, b, u, j, csr, none };

struct Encoding {
  std::uint32_t mask;
  std::uint32_t match;
  Operation operation;
  Format format;
};

constexpr std::uint32_t major = 0x0000007f;  // opcode
constexpr std::uint32_t minor = 0x0000707f;  // opcode, funct3
constexpr std::uint32_t exact = 0xffffffff;
constexpr std::uint32_t with_funct7 = 0xfe00707f;    // opcode, funct3, funct7
constexpr std::uint32_t with_rs2 = 0xfff0707f;       // ... and rs2, which selects the operation
constexpr std::uint32_t atomic = 0xf800707f;         // opcode, funct3, funct5; aq and rl are free
constexpr std::uint32_t load_reserved = 0xf9f0707f;  // ... and rs2 = 0

using enum Operation;
using enum Format;

// Sorted by major opcode, so that a decode looks at one opcode's rows only.
// clang-format off
constexpr auto encodings = std::to_array<Encoding>({
    {minor, 0x00000003, lb, i}, {minor, 0x00001003, lh, i}, {minor, 0x00002003, lw, i},
    {minor, 0x00004003, lbu, i}, {minor, 0x00005003, lhu, i},

    {minor, 0x0000000f, fence, none}, {minor, 0x0000100f, fence_i, none},

    {minor, 0x00000013, addi, i}, {minor, 0x00002013, slti, i}, {minor, 0x00003013, sltiu, i},
    {minor, 0x00004013, xori, i}, {minor, 0x00006013, ori, i}, {minor, 0x00007013, andi, i},
    {with_funct7, 0x00001013, slli, shift}, {with_funct7, 0x00005013, srli, shift}, {with_funct7, 0x40005013, srai, shift},
    {with_funct7, 0x60005013, rori, shift}, {with_funct7, 0x48001013, bclri, shift}, {with_funct7, 0x48005013, bexti, shift},
    {with_funct7, 0x68001013, binvi, shift}, {with_funct7, 0x28001013, bseti, shift},
    {with_rs2, 0x60001013, clz, unary}, {with_rs2, 0x60101013, ctz, unary}, {with_rs2, 0x60201013, cpop, unary},
    {with_rs2, 0x60401013, sext_b, unary}, {with_rs2, 0x60501013, sext_h, unary},
    {with_rs2, 0x28705013, orc_b, unary}, {with_rs2, 0x69805013, rev8, unary},

    {major, 0x00000017, auipc, u},

    {minor, 0x00000023, sb, s}, {minor, 0x00001023, sh, s}, {minor, 0x00002023, sw, s},

    {load_reserved, 0x1000202f, lr_w, r}, {atomic, 0x1800202f, sc_w, r},
    {atomic, 0x0800202f, amoswap_w, r}, {atomic, 0x0000202f, amoadd_w, r}, {atomic, 0x2000202f, amoxor_w, r},
    {atomic, 0x6000202f, amoand_w, r}, {atomic, 0x4000202f, amoor_w, r}, {atomic, 0x8000202f, amomin_w, r},
    {atomic, 0xa000202f, amomax_w, r}, {atomic, 0xc000202f, amominu_w, r}, {atomic, 0xe000202f, amomaxu_w, r},

    {with_funct7, 0x00000033, add, r}, {with_funct7, 0x40000033, sub, r}, {with_funct7, 0x00001033, sll, r},
    {with_funct7, 0x00002033, slt, r}, {with_funct7, 0x00003033, sltu, r}, {with_funct7, 0x00004033, xor_, r},
    {with_funct7, 0x00005033, srl, r}, {with_funct7, 0x40005033, sra, r}, {with_funct7, 0x00006033, or_, r},
    {with_funct7, 0x00007033, and_, r},
    {with_funct7, 0x02000033, mul, r}, {with_funct7, 0x02001033, mulh, r}, {with_funct7, 0x02002033, mulhsu, r},
    {with_funct7, 0x02003033, mulhu, r}, {with_funct7, 0x02004033, div, r}, {with_funct7, 0x02005033, divu, r},
    {with_funct7, 0x02006033, rem, r}, {with_funct7, 0x02007033, remu, r},
    {with_funct7, 0x20002033, sh1add, r}, {with_funct7, 0x20004033, sh2add, r}, {with_funct7, 0x20006033, sh3add, r},
    {with_funct7, 0x40007033, andn, r}, {with_funct7, 0x40006033, orn, r}, {with_funct7, 0x40004033, xnor, r},
    {with_funct7, 0x0a004033, min, r}, {with_funct7, 0x0a005033, minu, r}, {with_funct7, 0x0a006033, max, r},
    {with_funct7, 0x0a007033, maxu, r}, {with_rs2, 0x08004033, zext_h, unary},
    {with_funct7, 0x60001033, rol, r}, {with_funct7, 0x60005033, ror, r}, {with_funct7, 0x48001033, bclr, r},
    {with_funct7, 0x48005033, bext, r}, {with_funct7, 0x68001033, binv, r}, {with_funct7, 0x28001033, bset, r},

    {major, 0x00000037, lui, u},

    {minor, 0x00000063, beq, b}, {minor, 0x00001063, bne, b}, {minor, 0x00004063, blt, b},
    {minor, 0x00005063, bge, b}, {minor, 0x00006063, bltu, b}, {minor, 0x00007063, bgeu, b},

    {minor, 0x00000067, jalr, i},

    {major, 0x0000006f, jal, j},

    {exact, 0x00000073, ecall, none}, {exact, 0x00100073, ebreak, none},
    {exact, 0x30200073, mret, none}, {exact, 0x10500073, wfi, none},
    {minor, 0x00001073, csrrw, csr}, {minor, 0x00002073, csrrs, csr}, {minor, 0x00003073, csrrc, csr},
    {minor, 0x00005073, csrrwi, csr}, {minor, 0x00006073, csrrsi, csr}, {minor, 0x00007073, csrrci, csr},
});
// clang-format on

static_assert(std::ranges::is_sorted(encodings, {}, [](const Encoding& e) { return e.match & major; }));

/// For each major opcode the rows it owns: [begin, end).
struct Rows {
  std::uint8_t begin = 0;
  std::uint8_t end = 0;
};

constexpr auto rows_of_opcode = [] {
  std::array<Rows, 128> rows{};
  for (std::size_t row = 0; row < encodings.size(); ++row) {
    Rows& range = rows[encodings[row].match & major];
    if (range.end == 0) range.begin = static_cast<std::uint8_t>(row);
    range.end = static_cast<std::uint8_t>(row + 1);
  }
  return rows;
}();

constexpr std::uint32_t field(std::uint32_t bits, unsigned high, unsigned low) {
  return bits >> low & ((1u << (high - low + 1)) - 1);
}

constexpr std::uint32_t sign_extend(std::uint32_t value, unsigned width) {
  const unsigned unused = 32 - width;
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(value << unused) >> unused);
}

std::uint32_t immediate_of(std::uint32_t bits, Format format) {
  switch (format) {
    case i:
      return sign_extend(field(bits, 31, 20), 12);
    case shift:
      return field(bits, 24, 20);
    case s:
      return sign_extend(field(bits, 31, 25) << 5 | field(bits, 11, 7), 12);
    case b:
      return sign_extend(
          field(bits, 31, 31) << 12 | field(bits, 7, 7) << 11 | field(bits, 30, 25) << 5 | field(bits, 11, 8) << 1, 13);
    case u:
      return bits & 0xfffff000;
    case j:
      return sign_extend(
          field(bits, 31, 31) << 20 | field(bits, 19, 12) << 12 | field(bits, 20, 20) << 11 | field(bits, 30, 21) << 1,
          21);
    case csr:
      return field(bits, 31, 20);
    case r:
    case unary:
    case none:
      break;
  }
  return 0;
}

}  // namespace

Instruction decode(std::uint32_t bits, bool compressed_enabled) {
  Instruction instruction;
  instruction.length = static_cast<std::uint8_t>(instruction_length(bits));
  std::uint32_t word = bits;
  if (instruction.length == 2) {
    bits &= 0xffff;
    word = compressed_enabled ? expand_compressed(static_cast<std::uint16_t>(bits)) : 0;
  }
  instruction.bits = bits;

  const Rows rows = rows_of_opcode[word & major];
  const auto candidates = std::span(encodings).subspan(rows.begin, static_cast<std::size_t>(rows.end - rows.begin));
  const auto found = std::ranges::find_if(
      candidates, [&](const Encoding& encoding) { return (word & encoding.mask) == encoding.match; });
  if (found == candidates.end()) return instruction;

  const auto rd = static_cast<std::uint8_t>(field(word, 11, 7));
  instruction.operation = found->operation;
  instruction.immediate = immediate_of(word, found->format);
  if (rd != 0) instruction.rd = rd;
  instruction.rs1 = static_cast<std::uint8_t>(field(word, 19, 15));
  instruction.rs2 = static_cast<std::uint8_t>(field(word, 24, 20));
  return instruction;
}

}  // namespace terse::riscv
