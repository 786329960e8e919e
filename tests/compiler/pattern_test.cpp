#include "compiler/pattern.hpp"

#include <gtest/gtest.h>

#include "tests/compiler/random_network.hpp"

namespace terse::compiler {
namespace {

using Kind = Pattern::Kind;

/// `rows` channels of `width` weights with value 9 at the given k of each.
std::vector<std::int16_t> weights(std::size_t rows, std::size_t width, const std::vector<std::size_t>& positions) {
  std::vector<std::int16_t> result(rows * width, 0);
  for (std::size_t row = 0; row < rows; ++row) {
    for (const std::size_t k : positions) result[row * width + k] = 9;
  }
  return result;
}

std::string recognized(const std::vector<std::int16_t>& values, std::size_t width, std::uint32_t bits = 8) {
  return to_string(recognize_pattern(values, width, bits));
}

TEST(Pattern, FindsTheRegularPatternOfFewestBits) {
  EXPECT_EQ(recognized(weights(4, 128, {5, 40, 70, 127}), 128), "1:32");
  EXPECT_EQ(recognized(weights(4, 128, {5, 70}), 128), "1:64");
  EXPECT_EQ(recognized(weights(4, 128, {77}), 128), "1:128");
  EXPECT_EQ(recognized(weights(4, 128, {5, 20, 40, 60, 70, 90, 100, 120}), 128), "1:16");
  EXPECT_EQ(recognized(weights(4, 64, {0, 8, 16, 24, 32, 40, 48, 56}), 64), "1:8");
  // Two neighbours in each group of 32: 2:32 (4 slots of 13 bits) beats nothing of N = 1.
  EXPECT_EQ(recognized(weights(4, 64, {3, 4, 33, 34}), 64), "2:32");
}

TEST(Pattern, TheLastGroupMayBeShorter) {
  // 72 weights: groups of 32, 32 and 8.
  EXPECT_EQ(recognized(weights(8, 72, {1, 35, 66}), 72), "1:32");
  EXPECT_TRUE(fits_pattern(weights(8, 72, {1, 35, 66}), 72, {Kind::n_of_m, 1, 32}));
  EXPECT_FALSE(fits_pattern(weights(8, 72, {1, 31, 66}), 72, {Kind::n_of_m, 1, 32}));
  EXPECT_EQ(slots_per_channel({Kind::n_of_m, 1, 32}, 72), 3u);
}

TEST(Pattern, AGroupDoesNotReachIntoTheNextChannel) {
  // The last weight of one channel and the first of the next are 1 apart, but in different groups.
  EXPECT_TRUE(fits_pattern(weights(2, 40, {0, 39}), 40, {Kind::n_of_m, 1, 32}));
}

TEST(Pattern, IrregularWeightsAreUnstructured) {
  EXPECT_EQ(recognized(weights(4, 256, {3, 4, 5}), 256), "unstructured");
}

TEST(Pattern, DenseBeyondTheBreakEven) {
  // Absolute storage takes 24 bits a weight and a word a row: break-even at a third of the weights.
  std::vector<std::size_t> third, more;
  for (std::size_t k = 0; k < 90; ++k) {
    if (k < 30) third.push_back(k);
    if (k < 32) more.push_back(k);
  }
  EXPECT_EQ(recognized(weights(64, 100, third), 100), "unstructured");
  EXPECT_EQ(recognized(weights(64, 100, more), 100), "dense");
}

TEST(Pattern, ZerosAreNoPattern) {
  EXPECT_EQ(recognized(weights(2, 16, {}), 16), "-");
}

TEST(Pattern, AbsoluteIndicesHaveSixteenBits) {
  std::vector<std::int16_t> wide(65537, 0);
  wide[0] = wide[1] = wide[2] = 1;
  EXPECT_FALSE(fits_pattern(wide, 65537, {Kind::unstructured, 0, 0}));
  EXPECT_EQ(recognized(wide, 65537), "dense");
  wide.pop_back();
  EXPECT_EQ(recognized(wide, 65536), "unstructured");
}

TEST(Pattern, IndexBitsAreTheLogarithmRoundedUp) {
  EXPECT_EQ(index_bits(1), 0u);
  EXPECT_EQ(index_bits(2), 1u);
  EXPECT_EQ(index_bits(5), 3u);
  EXPECT_EQ(index_bits(32), 5u);
  EXPECT_EQ(index_bits(33), 6u);
  EXPECT_EQ(index_bits(255), 8u);
}

TEST(Pattern, NarrowestValueBits) {
  EXPECT_EQ(narrowest_value_bits(std::vector<std::int16_t>{-8, 7}), 4u);
  EXPECT_EQ(narrowest_value_bits(std::vector<std::int16_t>{8}), 8u);
  EXPECT_EQ(narrowest_value_bits(std::vector<std::int16_t>{-129}), 16u);
}

TEST(Pattern, WhatWasGeneratedFits) {
  testing::RandomNetwork random(1);
  for (int i = 0; i < 200; ++i) {
    const Pattern pattern = random.pattern();
    const auto width = static_cast<std::size_t>(random.number(1, 100));
    EXPECT_TRUE(fits_pattern(random.values(3, width, pattern, 8, 0.1), width, pattern)) << to_string(pattern);
  }
}

}  // namespace
}  // namespace terse::compiler
