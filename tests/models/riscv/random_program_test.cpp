// Random straight-line programs of computational instructions against an independent evaluator.
#include <iterator>
#include <random>

#include "tests/models/riscv/core_bench.hpp"
#include "tests/models/riscv/integer_evaluator.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using namespace test;

constexpr unsigned blocks = 100;
constexpr unsigned instructions_per_block = 16;
// x31 points to where the registers are stored after each block, so that a wrong value is caught near its cause.
constexpr unsigned checkpoint_register = t6;
constexpr std::uint32_t checkpoint_bytes = 30 * 4;  // x1 to x30

class RandomProgramTest : public SystemcTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  std::mt19937 random{GetParam()};

  std::uint32_t draw(std::uint32_t below) { return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random); }

  // Half of the values are near the edges, where carries and signs go wrong.
  std::uint32_t interesting_value() {
    constexpr std::uint32_t edges[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};
    return draw(2) == 0 ? edges[draw(8)] : static_cast<std::uint32_t>(random());
  }

  // Most of their encoding is fixed, so that random bits would seldom hit them.
  std::uint32_t random_unary_word() {
    constexpr std::uint32_t words[] = {rv::clz(0, 0),    rv::ctz(0, 0),    rv::cpop(0, 0),  rv::sext_b(0, 0),
                                       rv::sext_h(0, 0), rv::zext_h(0, 0), rv::orc_b(0, 0), rv::rev8(0, 0)};
    return words[draw(std::size(words))] | draw(32) << 7 | draw(32) << 15;
  }

  std::uint32_t random_word() {
    constexpr std::uint32_t opcodes[] = {0x13, 0x13, 0x33, 0x33, 0x33, 0x37, 0x17};
    constexpr std::uint32_t funct7s[] = {0, 0x20, 1, 1, 0x04, 0x05, 0x10, 0x14, 0x24, 0x30, 0x34};
    if (draw(8) == 0) return random_unary_word();
    const auto free_bits = static_cast<std::uint32_t>(random()) & ~0x7fu;
    const std::uint32_t opcode = opcodes[draw(7)];
    const bool has_funct7 = opcode == 0x33 || (opcode == 0x13 && (free_bits >> 12 & 3) == 1);
    return has_funct7 ? (free_bits & 0x01ffffff) | funct7s[draw(std::size(funct7s))] << 25 | opcode
                      : free_bits | opcode;
  }
};

TEST_P(RandomProgramTest, MatchesTheEvaluator) {
  CoreBench bench;
  IntegerEvaluator reference;
  for (unsigned i = 1; i < 31; ++i) {
    reference.x[i] = interesting_value();
    bench.core.set_reg(i, reference.x[i]);
  }
  reference.x[checkpoint_register] = data_base;
  bench.core.set_reg(checkpoint_register, data_base);

  Program program;
  std::vector<std::array<std::uint32_t, 32>> expected;
  for (unsigned block = 0; block < blocks; ++block) {
    for (unsigned accepted = 0; accepted < instructions_per_block;) {
      const bool compressed = draw(2) == 0;
      const auto half = static_cast<std::uint16_t>(random());
      const std::uint32_t word = random_word();
      unsigned destination = 0;
      const auto value = compressed ? reference.evaluate_compressed(half, destination)
                                    : reference.evaluate(word, ram_base + program.size(), destination);
      if (!value || destination == checkpoint_register) continue;
      compressed ? program.half(half) : program << word;
      if (destination != 0) reference.x[destination] = *value;
      ++accepted;
    }
    for (unsigned i = 1; i < 31; ++i) program << rv::sw(i, checkpoint_register, static_cast<int>(4 * (i - 1)));
    program << rv::addi(checkpoint_register, checkpoint_register, checkpoint_bytes);
    expected.push_back(reference.x);
    reference.x[checkpoint_register] += checkpoint_bytes;
  }
  program << rv::wfi;
  ASSERT_LT(program.size(), data_base - ram_base);
  bench.load(program);
  ASSERT_TRUE(bench.run());

  for (unsigned block = 0; block < blocks; ++block) {
    for (unsigned i = 1; i < 31; ++i) {
      ASSERT_EQ(bench.target.word(data_base + block * checkpoint_bytes + 4 * (i - 1)), expected[block][i])
          << "x" << i << " after block " << block;
    }
  }
  EXPECT_EQ(bench.core.statistics().instructions, blocks * (instructions_per_block + 31) + 1);
  EXPECT_EQ(bench.core.statistics().traps, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomProgramTest, ::testing::Range(1u, 7u));

}  // namespace
}  // namespace terse
