// Weights of shapes: the statistics asked for, the pattern's limits, and the same bits from the same seed.
#include "compiler/shapes/seeded_weights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "compiler/pattern.hpp"

namespace terse::compiler {
namespace {

Layer draw(const LayerStatistics& statistics, std::uint32_t channels = 64, std::uint64_t per_channel = 1000,
           std::uint64_t seed = 7, std::uint32_t stream = 0) {
  Layer layer;
  SeededStream random(seed, stream);
  draw_weights(layer, channels, per_channel, statistics, random);
  return layer;
}

template <class Values>
double share_of_zeros(const Values& values) {
  return static_cast<double>(std::count(values.begin(), values.end(), 0)) / static_cast<double>(values.size());
}

// Tolerances below are 5 standard deviations of a binomial share over 64,000 draws, sqrt(p (1 - p) / 64,000) * 5.

TEST(SeededWeights, TernaryHasTheAskedShareOfZerosAndBalancedSigns) {
  LayerStatistics statistics;
  statistics.weights = "ternary";
  statistics.zero_fraction = 0.6;
  const Layer layer = draw(statistics);
  EXPECT_TRUE(layer.high_precision.empty());
  EXPECT_EQ(layer.pattern.kind, Pattern::Kind::none);
  EXPECT_NEAR(share_of_zeros(layer.ternary), 0.6, 0.0097);  // p = 0.6
  const auto positive = std::count(layer.ternary.begin(), layer.ternary.end(), 1);
  EXPECT_NEAR(static_cast<double>(positive) / 64000, 0.2, 0.008);  // p = 0.2
}

TEST(SeededWeights, EveryGroupOfNOfMIsFullAndReplacesTernary) {
  LayerStatistics statistics;
  statistics.n = 2;
  statistics.m = 16;
  const Layer layer = draw(statistics, 8, 1000);
  EXPECT_TRUE(fits_pattern(layer.high_precision, 1000, layer.pattern));
  // 1000 = 62 groups of 16 and one of 8: 63 x 2 nonzero values in each of 8 channels.
  EXPECT_EQ(std::count_if(layer.high_precision.begin(), layer.high_precision.end(), [](int v) { return v != 0; }),
            8 * 63 * 2);
  for (std::size_t i = 0; i < layer.ternary.size(); ++i) {
    EXPECT_TRUE(layer.high_precision[i] == 0 || layer.ternary[i] == 0) << i;
  }
}

TEST(SeededWeights, PositionsWithinAGroupAreEquallyLikely) {
  LayerStatistics statistics;
  statistics.m = 4;
  const Layer layer = draw(statistics, 64, 1000);
  std::array<int, 4> hits{};
  for (std::size_t i = 0; i < layer.high_precision.size(); ++i) hits[i % 4] += layer.high_precision[i] != 0 ? 1 : 0;
  for (const int count : hits) EXPECT_NEAR(count / 16000.0, 0.25, 0.0171);  // p = 0.25 over 16,000 groups
}

TEST(SeededWeights, UnstructuredHasTheAskedDensity) {
  LayerStatistics statistics;
  statistics.weights = "sparse";
  statistics.pattern = "unstructured";
  statistics.density = 0.09;
  const Layer layer = draw(statistics);
  EXPECT_TRUE(layer.ternary.empty());
  EXPECT_NEAR(1 - share_of_zeros(layer.high_precision), 0.09, 0.0057);  // p = 0.09
}

TEST(SeededWeights, ValuesUseTheWholeSymmetricRangeButNoZero) {
  for (const std::uint32_t bits : {4u, 8u, 16u}) {
    LayerStatistics statistics;
    statistics.weights = "dense";
    statistics.value_bits = bits;
    const Layer layer = draw(statistics);
    EXPECT_TRUE(layer.ternary.empty());
    EXPECT_EQ(share_of_zeros(layer.high_precision), 0);
    const auto [least, greatest] = std::minmax_element(layer.high_precision.begin(), layer.high_precision.end());
    const int limit = (1 << (bits - 1)) - 1;
    EXPECT_LE(*greatest, limit);
    EXPECT_GE(*least, -limit);
    EXPECT_GT(*greatest, limit * 0.99);
    EXPECT_LT(*least, -limit * 0.99);
  }
}

TEST(SeededWeights, SeedAndStreamDecideEveryBit) {
  const LayerStatistics statistics;
  const Layer layer = draw(statistics);
  EXPECT_EQ(layer.ternary, draw(statistics).ternary);
  EXPECT_EQ(layer.high_precision, draw(statistics).high_precision);
  EXPECT_NE(layer.ternary, draw(statistics, 64, 1000, 8).ternary);
  EXPECT_NE(layer.ternary, draw(statistics, 64, 1000, 7, 1).ternary);
}

}  // namespace
}  // namespace terse::compiler
