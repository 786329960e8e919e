#include "explore/weight_quantizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace terse::explore {
namespace {

using compiler::DecompositionOptions;
using compiler::SplitWeights;
using compiler::WeightGrid;
using testing::ElementsAre;
using testing::FloatEq;

constexpr WeightGrid grid{4, 32, 8};

std::vector<float> random_weights(unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> weights(grid.output_channels * grid.weights_per_channel);
  for (float& weight : weights) weight = normal(random);
  return weights;
}

DecompositionOptions options_of(compiler::Pattern::Kind pattern) {
  DecompositionOptions options;
  options.decompose = true;
  options.pattern = pattern;
  options.m = 16;
  options.density = 1.0 / 16;
  options.criterion = DecompositionOptions::Criterion::magnitude;
  return options;
}

std::vector<float> effective(const WeightQuantizer& quantizer, const std::vector<float>& weights) {
  std::vector<float> result(weights.size());
  quantizer.effective(weights, {}, result);
  return result;
}

/// What training computes with is what the compiler makes of the same weights.
TEST(WeightQuantizer, IsTheCompilersDecomposition) {
  const std::vector<float> weights = random_weights(1);
  for (const auto pattern : {compiler::Pattern::Kind::none, compiler::Pattern::Kind::unstructured,
                             compiler::Pattern::Kind::n_of_m, compiler::Pattern::Kind::dense}) {
    const DecompositionOptions options = options_of(pattern);
    WeightQuantizer quantizer(grid, options, 1);
    quantizer.choose(weights);
    const SplitWeights expected =
        compiler::decompose(std::vector<double>(weights.begin(), weights.end()), grid, options);
    const SplitWeights found = quantizer.quantize(weights);
    EXPECT_EQ(found.ternary, expected.ternary);
    EXPECT_EQ(found.values, expected.values);
    EXPECT_EQ(found.ternary_scale, expected.ternary_scale);
    EXPECT_EQ(found.value_scale, expected.value_scale);
    const std::vector<float> values = effective(quantizer, weights);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t o = i / grid.weights_per_channel;
      const double t = expected.ternary.empty() ? 0 : expected.ternary[i] * expected.ternary_scale[o];
      const double v = expected.values.empty() ? 0 : expected.values[i] * expected.value_scale[o];
      EXPECT_NEAR(values[i], t + v, 1e-6);
    }
  }
}

TEST(WeightQuantizer, FisherWeighsTheScores) {
  WeightQuantizer quantizer(
      {1, 4, 4},
      [] {
        DecompositionOptions options = options_of(compiler::Pattern::Kind::unstructured);
        options.density = 0.25;
        return options;
      }(),
      1);
  const std::vector<float> weights{4, 3, 2, 1};
  quantizer.choose(weights);
  EXPECT_NE(quantizer.quantize(weights).values[0], 0);
  // 3 * sqrt(9) = 9 beats 4 * sqrt(1).
  quantizer.choose(weights, std::vector<float>{1, 9, 1, 1});
  EXPECT_THAT(quantizer.quantize(weights).values, ElementsAre(0, 127, 0, 0));
}

TEST(WeightQuantizer, RelaxedWeightsStayAsTheyAre) {
  const std::vector<float> weights = random_weights(2);
  WeightQuantizer quantizer(grid, options_of(compiler::Pattern::Kind::none), 1);
  quantizer.relax(1);
  EXPECT_TRUE(quantizer.relaxed());
  EXPECT_EQ(effective(quantizer, weights), weights);
  quantizer.relax(0.25);
  const std::vector<float> partly = effective(quantizer, weights);
  const auto same = std::inner_product(partly.begin(), partly.end(), weights.begin(), 0, std::plus<>(),
                                       [](float a, float b) { return a == b ? 1 : 0; });
  EXPECT_GT(same, 10);  // 32 of 128 are expected, with a standard deviation of 5
  EXPECT_LT(same, 60);
  quantizer.relax(0);
  EXPECT_FALSE(quantizer.relaxed());
}

TEST(WeightQuantizer, FrozenWeightsStandStillAndAllAreTernaryInTheEnd) {
  std::vector<float> weights = random_weights(3);
  WeightQuantizer quantizer(grid, options_of(compiler::Pattern::Kind::n_of_m), 1);
  quantizer.choose(weights);
  quantizer.freeze(weights, 0.5);
  EXPECT_TRUE(quantizer.relaxed());
  const std::vector<double> scale = quantizer.quantize(weights).ternary_scale;
  quantizer.hold(weights);
  const std::vector<float> held = weights;
  for (float& weight : weights) weight += 0.25F;
  quantizer.hold(weights);
  int still = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) still += weights[i] == held[i] ? 1 : 0;
  // 128 weights, 8 of them in high precision; half of the other 120.
  EXPECT_EQ(still, 60);
  quantizer.freeze(weights, 1);
  EXPECT_FALSE(quantizer.relaxed());
  const SplitWeights split = quantizer.quantize(weights);
  EXPECT_EQ(split.ternary_scale, scale);
  for (const std::int8_t value : split.ternary) EXPECT_LE(std::abs(value), 1);
}

TEST(WeightQuantizer, ALearnedScaleReplacesTheMean) {
  WeightQuantizer quantizer({2, 2, 2}, options_of(compiler::Pattern::Kind::none), 1);
  const std::vector<float> weights{1, -1, 2, -2};
  std::vector<float> result(4);
  quantizer.effective(weights, std::vector<float>{0.5F, 3.0F}, result);
  EXPECT_THAT(result, ElementsAre(FloatEq(0.5F), FloatEq(-0.5F), FloatEq(3.0F), FloatEq(-3.0F)));
}

TEST(WeightQuantizer, GoesOnFromAState) {
  std::vector<float> weights = random_weights(4);
  const DecompositionOptions options = options_of(compiler::Pattern::Kind::unstructured);
  WeightQuantizer first(grid, options, 5), second(grid, options, 6);
  first.choose(weights);
  first.freeze(weights, 0.5);
  second.restore(first.state());
  EXPECT_EQ(effective(first, weights), effective(second, weights));
  first.relax(0.3);
  second.relax(0.3);
  EXPECT_EQ(effective(first, weights), effective(second, weights));
}

}  // namespace
}  // namespace terse::explore
