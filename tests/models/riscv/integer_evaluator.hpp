#pragma once
// An evaluator of integer instructions for tests, written from the specification without looking at the core: operands
// are sums of weighted bits, arithmetic is done in 64-bit integers and brought back, and compressed instructions are
// evaluated as they stand rather than expanded.
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>

namespace terse::test {

class IntegerEvaluator {
 public:
  std::array<std::uint32_t, 32> x{};

  /// The destination register of a computational instruction of I, M, Zba, Zbb or Zbs, and its new value; nothing for any other.
  std::optional<std::uint32_t> evaluate(std::uint32_t word, std::uint32_t pc, unsigned& destination) const {
    destination = word >> 7 & 31;
    const std::int64_t a = x[word >> 15 & 31];
    const std::int64_t b = x[word >> 20 & 31];
    std::int64_t immediate = word >> 20;
    if (immediate >= 2048) immediate -= 4096;
    const unsigned funct3 = word >> 12 & 7;
    const unsigned funct7 = word >> 25;
    switch (word & 0x7f) {
      case 0x37:
        return word & ~0xfffu;
      case 0x17:
        return pc + (word & ~0xfffu);
      case 0x13:
        if (funct3 == 1 && funct7 != 0) return bits_of_one(funct3, word >> 20, a);
        if (funct3 == 5 && funct7 != 0 && funct7 != 0x20) return bits_of_one(funct3, word >> 20, a);
        return integer(funct3, funct3 == 5 && funct7 == 0x20, a, low_word(immediate));
      case 0x33:
        if (funct7 == 1) return multiply_divide(funct3, a, b);
        if (funct7 == 0x20 && (funct3 == 0 || funct3 == 5)) return integer(funct3, true, a, b);
        if (funct7 == 4 && funct3 == 4 && (word >> 20 & 31) == 0) return low_word(a % 65536);  // zext.h
        return funct7 == 0 ? integer(funct3, false, a, b) : bits_of_two(funct3, funct7, a, b);
      default:
        return std::nullopt;
    }
  }

  /// As evaluate, for a compressed instruction.
  std::optional<std::uint32_t> evaluate_compressed(std::uint16_t half, unsigned& destination) const {
    const unsigned selector = (half >> 13) * 4 + (half & 3);
    const unsigned wide = half >> 7 & 31;
    const unsigned narrow = 8 + (half >> 7 & 7);
    const unsigned second = 8 + (half >> 2 & 7);
    const std::int64_t six = gather(half, {{2, 1}, {3, 2}, {4, 4}, {5, 8}, {6, 16}, {12, -32}});
    switch (selector) {
      case 0 * 4 + 0: {  // c.addi4spn
        destination = second;
        const auto scaled = gather(half, {{5, 8}, {6, 4}, {7, 64}, {8, 128}, {9, 256}, {10, 512}, {11, 16}, {12, 32}});
        return scaled == 0 ? std::nullopt : std::optional(low_word(x[2] + scaled));
      }
      case 0 * 4 + 1:  // c.addi
        destination = wide;
        return low_word(x[wide] + six);
      case 2 * 4 + 1:  // c.li
        destination = wide;
        return low_word(six);
      case 3 * 4 + 1: {
        destination = wide;
        const auto stack = gather(half, {{2, 32}, {3, 128}, {4, 256}, {5, 64}, {6, 16}, {12, -512}});
        if (six == 0) return std::nullopt;
        return wide == 2 ? low_word(x[2] + stack) : low_word(six * 4096);  // c.addi16sp, c.lui
      }
      case 4 * 4 + 1:
        destination = narrow;
        return evaluate_narrow(half, x[narrow], x[second], six);
      case 0 * 4 + 2:  // c.slli
        destination = wide;
        return (half & 0x1000) != 0 ? std::nullopt : integer(1, false, x[wide], low_word(six));
      case 4 * 4 + 2: {
        destination = wide;
        const unsigned source = half >> 2 & 31;
        if (source == 0) return std::nullopt;                           // a jump or ebreak
        return (half & 0x1000) != 0 ? x[wide] + x[source] : x[source];  // c.add, c.mv
      }
      default:
        return std::nullopt;
    }
  }

 private:
  struct WeightedBit {
    unsigned position;
    std::int64_t weight;
  };

  static std::int64_t gather(std::uint16_t half, std::initializer_list<WeightedBit> bits) {
    std::int64_t sum = 0;
    for (const WeightedBit& bit : bits) sum += (half >> bit.position & 1) * bit.weight;
    return sum;
  }

  static std::uint32_t low_word(std::int64_t value) { return static_cast<std::uint32_t>(value & 0xffffffff); }

  static std::int64_t with_sign(std::int64_t value) { return value >= 0x80000000 ? value - 0x100000000 : value; }

  static std::int64_t power_of_two(std::int64_t exponent) { return std::int64_t{1} << exponent; }

  static std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
    const std::int64_t quotient = a / b;
    return a % b != 0 && a < 0 ? quotient - 1 : quotient;
  }

  /// Operands are unsigned values of 32 bits.
  static std::optional<std::uint32_t> integer(unsigned funct3, bool alternative, std::int64_t a, std::int64_t b) {
    switch (funct3) {
      case 0:
        return low_word(alternative ? a - b : a + b);
      case 1:
        return low_word(a * power_of_two(b % 32));
      case 2:
        return with_sign(a) < with_sign(b);
      case 3:
        return a < b;
      case 4:
        return low_word((a | b) - (a & b));
      case 5:
        return low_word(floor_divide(alternative ? with_sign(a) : a, power_of_two(b % 32)));
      case 6:
        return low_word(a + b - (a & b));
      default:
        return low_word(a + b - (a | b));
    }
  }

  static std::optional<std::uint32_t> multiply_divide(unsigned funct3, std::int64_t a, std::int64_t b) {
    const std::int64_t as = with_sign(a);
    const std::int64_t bs = with_sign(b);
    const bool undefined = b == 0;
    switch (funct3) {
      case 0:
        return low_word(as * bs);
      case 1:
        return low_word(floor_divide(as * bs, power_of_two(32)));
      case 2:
        return low_word(floor_divide(as * b, power_of_two(32)));
      case 3:
        return static_cast<std::uint32_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b) / 0x100000000u);
      case 4:
        return undefined ? 0xffffffff : low_word(as / bs);
      case 5:
        return undefined ? 0xffffffff : low_word(a / b);
      case 6:
        return low_word(undefined ? a : as - as / bs * bs);
      default:
        return low_word(undefined ? a : a - a / b * b);
    }
  }

  static bool bit_of(std::int64_t value, unsigned position) { return value / power_of_two(position) % 2 != 0; }

  /// The word whose bit i is bit(i).
  template <class Bit>
  static std::uint32_t word_of(Bit bit) {
    std::int64_t sum = 0;
    for (unsigned i = 0; i < 32; ++i) sum += bit(i) ? power_of_two(i) : 0;
    return low_word(sum);
  }

  /// Zba, Zbb and Zbs with two operands. Those of Zbs and the rotations need no more of b than its low five bits.
  static std::optional<std::uint32_t> bits_of_two(unsigned funct3, unsigned funct7, std::int64_t a, std::int64_t b) {
    const auto amount = static_cast<unsigned>(b % 32);
    switch (funct7 * 8 + funct3) {
      case 0x10 * 8 + 2:  // sh1add
      case 0x10 * 8 + 4:
      case 0x10 * 8 + 6:
        return low_word(a * power_of_two(funct3 / 2) + b);
      case 0x20 * 8 + 4:  // xnor
        return word_of([&](unsigned i) { return bit_of(a, i) == bit_of(b, i); });
      case 0x20 * 8 + 6:  // orn
        return word_of([&](unsigned i) { return bit_of(a, i) || !bit_of(b, i); });
      case 0x20 * 8 + 7:  // andn
        return word_of([&](unsigned i) { return bit_of(a, i) && !bit_of(b, i); });
      case 0x05 * 8 + 4:  // min
        return low_word(with_sign(a) <= with_sign(b) ? a : b);
      case 0x05 * 8 + 5:  // minu
        return low_word(a <= b ? a : b);
      case 0x05 * 8 + 6:  // max
        return low_word(with_sign(a) >= with_sign(b) ? a : b);
      case 0x05 * 8 + 7:  // maxu
        return low_word(a >= b ? a : b);
      case 0x30 * 8 + 1:  // rol
        return word_of([&](unsigned i) { return bit_of(a, (i + 32 - amount) % 32); });
      case 0x30 * 8 + 5:  // ror
        return word_of([&](unsigned i) { return bit_of(a, (i + amount) % 32); });
      case 0x24 * 8 + 1:  // bclr
        return low_word(a - (bit_of(a, amount) ? power_of_two(amount) : 0));
      case 0x24 * 8 + 5:  // bext
        return bit_of(a, amount);
      case 0x34 * 8 + 1:  // binv
        return low_word(a + (bit_of(a, amount) ? -1 : 1) * power_of_two(amount));
      case 0x14 * 8 + 1:  // bset
        return low_word(a + (bit_of(a, amount) ? 0 : power_of_two(amount)));
      default:
        return std::nullopt;
    }
  }

  /// Zbb and Zbs with an immediate, or with one operand that bits 20 to 31 tell apart.
  static std::optional<std::uint32_t> bits_of_one(unsigned funct3, unsigned selector, std::int64_t a) {
    const auto count_while = [](auto condition) {
      unsigned count = 0;
      while (count < 32 && condition(count)) ++count;
      return count;
    };
    switch (selector * 8 + funct3) {
      case 0x600 * 8 + 1:  // clz
        return count_while([&](unsigned i) { return !bit_of(a, 31 - i); });
      case 0x601 * 8 + 1:  // ctz
        return count_while([&](unsigned i) { return !bit_of(a, i); });
      case 0x602 * 8 + 1: {  // cpop
        std::uint32_t sum = 0;
        for (unsigned i = 0; i < 32; ++i) sum += bit_of(a, i) ? 1 : 0;
        return sum;
      }
      case 0x604 * 8 + 1:  // sext.b
        return word_of([&](unsigned i) { return bit_of(a, i < 7 ? i : 7); });
      case 0x605 * 8 + 1:  // sext.h
        return word_of([&](unsigned i) { return bit_of(a, i < 15 ? i : 15); });
      case 0x287 * 8 + 5:  // orc.b
        return word_of([&](unsigned i) { return a / power_of_two(i / 8 * 8) % 256 != 0; });
      case 0x698 * 8 + 5:  // rev8
        return word_of([&](unsigned i) { return bit_of(a, 24 - i / 8 * 8 + i % 8); });
      default:
        break;
    }
    const unsigned funct7 = selector / 32;
    const bool rol_has_no_immediate = funct7 == 0x30 && funct3 == 1;
    const bool takes_an_amount = funct7 == 0x30 || funct7 == 0x24 || funct7 == 0x34 || funct7 == 0x14;
    if (!takes_an_amount || rol_has_no_immediate) return std::nullopt;
    return bits_of_two(funct3, funct7, a, selector % 32);
  }

  static std::optional<std::uint32_t> evaluate_narrow(std::uint16_t half, std::uint32_t value, std::uint32_t operand,
                                                      std::int64_t six) {
    const bool top = (half & 0x1000) != 0;
    switch (half >> 10 & 3) {
      case 0:  // c.srli
        return top ? std::nullopt : integer(5, false, value, six);
      case 1:  // c.srai
        return top ? std::nullopt : integer(5, true, value, six);
      case 2:  // c.andi
        return integer(7, false, value, low_word(six));
      default:
        break;
    }
    if (top) return std::nullopt;
    constexpr unsigned funct3_of[] = {0, 4, 6, 7};  // c.sub, c.xor, c.or, c.and
    const unsigned which = half >> 5 & 3;
    return integer(funct3_of[which], which == 0, value, operand);
  }
};

}  // namespace terse::test
