#include "explore/quantizers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace terse::explore {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

std::vector<float> random_weights(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> weights(count);
  for (float& weight : weights) weight = normal(random);
  return weights;
}

std::vector<float> dequantized(const QuantizedWeights& quantized, std::size_t count) {
  std::vector<float> weights(count);
  quantized.dequantize(weights);
  return weights;
}

TEST(Quantizers, NamesOfVariantsRoundTrip) {
  for (const Variant variant : {Variant::float32, Variant::int8, Variant::ternary, Variant::mixed}) {
    EXPECT_EQ(variant_named(name_of(variant)), variant);
  }
  EXPECT_EQ(variant_named("int4"), std::nullopt);
}

TEST(Quantizers, Int8HasOneScalePerOutputChannel) {
  const std::vector<float> weights{1.27F, -0.02F, 0.0F, 254.0F, -254.0F, 3.0F};
  const QuantizedWeights quantized = quantize_int8(weights, 2);
  EXPECT_THAT(quantized.value_scale, ElementsAre(FloatEq(0.01F), FloatEq(2.0F)));
  EXPECT_THAT(quantized.values, ElementsAre(127, -2, 0, 127, -127, 2));  // 1.5 rounds to even
  EXPECT_TRUE(quantized.ternary.empty());
}

TEST(Quantizers, TernaryThresholdAndScaleFollowTheMean) {
  // mean |w| = 1, threshold 0.7; the mean of those above is (0.8 + 2.2) / 2.
  const std::vector<float> weights{0.8F, -2.2F, 0.6F, -0.4F};
  const QuantizedWeights quantized = quantize_ternary(weights, 1);
  EXPECT_THAT(quantized.ternary, ElementsAre(1, -1, 0, 0));
  EXPECT_THAT(quantized.ternary_scale, ElementsAre(FloatEq(1.5F)));
}

TEST(Quantizers, AChannelOfZerosStaysZeroAndKeepsAUsableScale) {
  const std::vector<float> weights(8, 0.0F);
  for (const QuantizedWeights& quantized : {quantize_int8(weights, 2), quantize_ternary(weights, 2)}) {
    EXPECT_EQ(dequantized(quantized, 8), weights);
    for (const float scale : quantized.ternary_scale) EXPECT_GT(scale, 0.0F);
    for (const float scale : quantized.value_scale) EXPECT_GT(scale, 0.0F);
  }
}

TEST(Quantizers, ExactlyOnePreciseWeightInEveryGroupAlsoInAShortOne) {
  // 72 weights per channel: groups of 32, 32 and 8.
  const std::vector<float> weights = random_weights(3 * 72, 1);
  for (const Criterion criterion : {Criterion::magnitude, Criterion::residual}) {
    const std::vector<std::uint8_t> precise = choose_precise(weights, 3, 32, criterion);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      for (const auto& [start, end] : {std::pair{0, 32}, std::pair{32, 64}, std::pair{64, 72}}) {
        const auto first = precise.begin() + static_cast<std::ptrdiff_t>(72 * channel);
        EXPECT_EQ(std::accumulate(first + start, first + end, 0), 1);
      }
    }
  }
}

TEST(Quantizers, CriteriaChooseTheLargestWeightAndTheLargestResidual) {
  // mean |w| = 1.2, threshold 0.84, scale (1.5 + 1.5 + 1.5 + 1.9) / 4 = 1.6: residuals 0.1 0.1 0.1 0.3 0.8 0.4.
  const std::vector<float> weights{1.5F, 1.5F, -1.5F, 1.9F, -0.8F, 0.0F};
  EXPECT_THAT(choose_precise(weights, 1, 32, Criterion::magnitude), ElementsAre(0, 0, 0, 1, 0, 0));
  EXPECT_THAT(choose_precise(weights, 1, 32, Criterion::residual), ElementsAre(0, 0, 0, 0, 1, 0));
}

TEST(Quantizers, MixedReplacesTheTernaryWeight) {
  // Without the precise 12.7 the mean |w| is 1, as in the ternary test.
  const std::vector<float> weights{0.8F, 12.7F, -2.2F, 0.6F, -0.4F};
  const std::vector<std::uint8_t> precise{0, 1, 0, 0, 0};
  const QuantizedWeights quantized = quantize_mixed(weights, 1, precise);
  EXPECT_THAT(quantized.ternary, ElementsAre(1, 0, -1, 0, 0));
  EXPECT_THAT(quantized.values, ElementsAre(0, 127, 0, 0, 0));
  EXPECT_THAT(dequantized(quantized, 5), ElementsAre(1.5F, FloatEq(12.7F), -1.5F, 0.0F, 0.0F));
}

TEST(Quantizers, AFewPreciseWeightsReduceTheError) {
  const std::vector<float> weights = random_weights(std::size_t{16} * 288, 2);
  const double ternary = relative_error(weights, quantize_ternary(weights, 16));
  const double int8 = relative_error(weights, quantize_int8(weights, 16));
  EXPECT_LT(int8, 1e-3);
  for (const Criterion criterion : {Criterion::magnitude, Criterion::residual}) {
    const double mixed =
        relative_error(weights, quantize_mixed(weights, 16, choose_precise(weights, 16, 32, criterion)));
    EXPECT_LT(mixed, 0.85 * ternary);
    EXPECT_GT(mixed, int8);
  }
}

}  // namespace
}  // namespace terse::explore
