#pragma once
// The integer operations of RV32I, M, Zba, Zbb and Zbs as functions of their operands.
#include <bit>
#include <cstdint>
#include <limits>

namespace terse::riscv::arithmetic {

using Word = std::uint32_t;

constexpr std::int32_t as_signed(Word value) {
  return static_cast<std::int32_t>(value);
}

constexpr Word add(Word a, Word b) {
  return a + b;
}
constexpr Word sub(Word a, Word b) {
  return a - b;
}
constexpr Word and_(Word a, Word b) {
  return a & b;
}
constexpr Word or_(Word a, Word b) {
  return a | b;
}
constexpr Word xor_(Word a, Word b) {
  return a ^ b;
}
constexpr Word sll(Word a, Word b) {
  return a << (b & 31);
}
constexpr Word srl(Word a, Word b) {
  return a >> (b & 31);
}
constexpr Word sra(Word a, Word b) {
  return static_cast<Word>(as_signed(a) >> (b & 31));
}
constexpr bool equal(Word a, Word b) {
  return a == b;
}
constexpr bool not_equal(Word a, Word b) {
  return a != b;
}
constexpr bool less(Word a, Word b) {
  return as_signed(a) < as_signed(b);
}
constexpr bool less_unsigned(Word a, Word b) {
  return a < b;
}
constexpr bool not_less(Word a, Word b) {
  return !less(a, b);
}
constexpr bool not_less_unsigned(Word a, Word b) {
  return a >= b;
}
constexpr Word slt(Word a, Word b) {
  return less(a, b) ? 1 : 0;
}
constexpr Word sltu(Word a, Word b) {
  return a < b ? 1 : 0;
}
constexpr Word min(Word a, Word b) {
  return less(a, b) ? a : b;
}
constexpr Word max(Word a, Word b) {
  return less(a, b) ? b : a;
}
constexpr Word minu(Word a, Word b) {
  return a < b ? a : b;
}
constexpr Word maxu(Word a, Word b) {
  return a < b ? b : a;
}
constexpr Word second(Word /*a*/, Word b) {
  return b;
}

constexpr Word high_half(std::int64_t product) {
  return static_cast<Word>(static_cast<std::uint64_t>(product) >> 32);
}

constexpr Word mul(Word a, Word b) {
  return a * b;
}
constexpr Word mulh(Word a, Word b) {
  return high_half(std::int64_t{as_signed(a)} * as_signed(b));
}
constexpr Word mulhsu(Word a, Word b) {
  return high_half(as_signed(a) * static_cast<std::int64_t>(b));
}
constexpr Word mulhu(Word a, Word b) {
  return static_cast<Word>(std::uint64_t{a} * b >> 32);
}

// Division never traps: by zero it gives all ones and leaves the dividend; the one overflow gives the dividend and
// remainder zero.
constexpr bool overflows(Word a, Word b) {
  return as_signed(a) == std::numeric_limits<std::int32_t>::min() && as_signed(b) == -1;
}
constexpr Word div(Word a, Word b) {
  if (b == 0) return ~Word{0};
  return overflows(a, b) ? a : static_cast<Word>(as_signed(a) / as_signed(b));
}
constexpr Word divu(Word a, Word b) {
  return b == 0 ? ~Word{0} : a / b;
}
constexpr Word rem(Word a, Word b) {
  if (b == 0) return a;
  return overflows(a, b) ? 0 : static_cast<Word>(as_signed(a) % as_signed(b));
}
constexpr Word remu(Word a, Word b) {
  return b == 0 ? a : a % b;
}

// --- Zba: addresses of array elements ---

template <unsigned amount>
constexpr Word shift_add(Word a, Word b) {
  return (a << amount) + b;
}

// --- Zbb ---

constexpr Word andn(Word a, Word b) {
  return a & ~b;
}
constexpr Word orn(Word a, Word b) {
  return a | ~b;
}
constexpr Word xnor(Word a, Word b) {
  return ~(a ^ b);
}
constexpr Word rol(Word a, Word b) {
  return std::rotl(a, static_cast<int>(b & 31));
}
constexpr Word ror(Word a, Word b) {
  return std::rotr(a, static_cast<int>(b & 31));
}
constexpr Word clz(Word a) {
  return static_cast<Word>(std::countl_zero(a));
}
constexpr Word ctz(Word a) {
  return static_cast<Word>(std::countr_zero(a));
}
constexpr Word cpop(Word a) {
  return static_cast<Word>(std::popcount(a));
}
constexpr Word sext_b(Word a) {
  return static_cast<Word>(static_cast<std::int8_t>(a));
}
constexpr Word sext_h(Word a) {
  return static_cast<Word>(static_cast<std::int16_t>(a));
}
constexpr Word zext_h(Word a) {
  return a & 0xffff;
}
/// Each byte becomes all ones unless it is zero.
constexpr Word orc_b(Word a) {
  constexpr Word low_bits =
      0x7f7f7f7f;  // adding them to each byte's low bits carries into its top bit unless all are 0
  const Word nonzero = (((a & low_bits) + low_bits) | a) & ~low_bits;
  return (nonzero >> 7) * 0xff;
}
/// The bytes in reverse order.
constexpr Word rev8(Word a) {
  return a << 24 | (a & 0xff00) << 8 | (a >> 8 & 0xff00) | a >> 24;
}

// --- Zbs: the bit that the low five bits of b name ---

constexpr Word bclr(Word a, Word b) {
  return a & ~(Word{1} << (b & 31));
}
constexpr Word bext(Word a, Word b) {
  return a >> (b & 31) & 1;
}
constexpr Word binv(Word a, Word b) {
  return a ^ Word { 1 } << (b & 31);
}
constexpr Word bset(Word a, Word b) {
  return a | Word{1} << (b & 31);
}

/// A function of one operand in the shape of the others, for tables of operations.
template <auto operation>
constexpr Word unary(Word a, Word /*b*/) {
  return operation(a);
}

}  // namespace terse::riscv::arithmetic
