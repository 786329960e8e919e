#include "compiler/decomposition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "compiler/pattern.hpp"

namespace terse::compiler {
namespace {

using Kind = Pattern::Kind;

std::vector<double> gaussian(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, 0.1);
  std::vector<double> weights(count);
  for (double& weight : weights) weight = normal(random);
  return weights;
}

DecompositionOptions options(Kind pattern, double density) {
  DecompositionOptions result;
  result.decompose = true;
  result.pattern = pattern;
  result.density = density;
  return result;
}

SplitWeights decompose_channels(const std::vector<double>& weights, std::size_t output_channels,
                                const DecompositionOptions& options) {
  const std::size_t row = weights.size() / output_channels;
  return decompose(weights, {output_channels, row, row}, options);
}

std::ptrdiff_t nonzeros(const std::vector<std::int16_t>& values) {
  return std::count_if(values.begin(), values.end(), [](std::int16_t v) { return v != 0; });
}

TEST(Decomposition, TernaryByHand) {
  // mean |w| = 0.5, threshold 0.35: 0.3 and -0.1 become 0; scale = (0.6 + 1.0) / 2 = 0.8
  const SplitWeights split = decompose_channels(std::vector<double>{0.6, -1.0, 0.3, -0.1}, 1, options(Kind::none, 0.5));
  EXPECT_EQ(split.ternary, (std::vector<std::int8_t>{1, -1, 0, 0}));
  EXPECT_DOUBLE_EQ(split.ternary_scale[0], 0.8);
  EXPECT_TRUE(split.values.empty());
  // Errors 0.2, 0.2, 0.3, 0.1 over squares 0.36 + 1 + 0.09 + 0.01
  EXPECT_NEAR(split.error, std::sqrt((0.04 + 0.04 + 0.09 + 0.01) / 1.46), 1e-12);
}

TEST(Decomposition, HighPrecisionReplacesTernaryAndLeavesItsScale) {
  // One outlier in high precision; the rest is as if it were not there.
  DecompositionOptions o = options(Kind::unstructured, 0.2);
  o.criterion = DecompositionOptions::Criterion::magnitude;
  const SplitWeights split = decompose_channels(std::vector<double>{0.6, -1.0, 0.3, -0.1, 5.0}, 1, o);
  EXPECT_EQ(split.ternary, (std::vector<std::int8_t>{1, -1, 0, 0, 0}));
  EXPECT_DOUBLE_EQ(split.ternary_scale[0], 0.8);
  EXPECT_EQ(split.values, (std::vector<std::int16_t>{0, 0, 0, 0, 127}));
  EXPECT_DOUBLE_EQ(split.value_scale[0], 5.0 / 127);
}

TEST(Decomposition, ResidualErrorAndMagnitudeChooseDifferently) {
  // Ternary: threshold 0.7 * 1.94 / 5 = 0.2716, so scale 1.7 / 4 = 0.425 and residuals 0.075, 0.025 and, for the 0.24
  // that becomes zero, 0.24: it is approximated worst, while 0.5 is the largest.
  const std::vector<double> weights{0.5, 0.4, 0.4, 0.4, 0.24};
  DecompositionOptions o = options(Kind::unstructured, 0.2);
  EXPECT_NE(decompose_channels(weights, 1, o).values[4], 0);
  o.criterion = DecompositionOptions::Criterion::magnitude;
  EXPECT_NE(decompose_channels(weights, 1, o).values[0], 0);
}

TEST(Decomposition, UnstructuredTakesItsShareOfTheWholeLayer) {
  const SplitWeights split = decompose_channels(gaussian(40 * 50, 1), 40, options(Kind::unstructured, 0.03));
  EXPECT_EQ(nonzeros(split.values), 60);
  EXPECT_EQ(split.pattern.kind, Kind::unstructured);
}

TEST(Decomposition, EveryGroupHasItsN) {
  DecompositionOptions o = options(Kind::n_of_m, 0.03);
  o.n = 2;
  o.m = 16;
  const SplitWeights split = decompose_channels(gaussian(8 * 72, 2), 8, o);
  EXPECT_TRUE(fits_pattern(split.values, 72, split.pattern));
  EXPECT_EQ(nonzeros(split.values), 8 * 5 * 2);  // 72 = 4 * 16 + 8
  for (std::size_t i = 0; i < split.values.size(); ++i) {
    EXPECT_TRUE(split.values[i] == 0 || split.ternary[i] == 0) << "both at " << i;
  }
}

TEST(Decomposition, TheEndsOfTheScale) {
  const std::vector<double> weights = gaussian(4 * 30, 3);
  const SplitWeights ternary = decompose_channels(weights, 4, options(Kind::n_of_m, 0));
  EXPECT_TRUE(ternary.values.empty());
  EXPECT_EQ(ternary.pattern.kind, Kind::none);
  const SplitWeights dense = decompose_channels(weights, 4, options(Kind::n_of_m, 1));
  EXPECT_TRUE(dense.ternary.empty());
  EXPECT_EQ(dense.pattern.kind, Kind::dense);
  EXPECT_LT(dense.error, 0.01);
  EXPECT_GT(ternary.error, 0.2);
}

TEST(Decomposition, MoreOrWiderHighPrecisionIsCloser) {
  const std::vector<double> weights = gaussian(16 * 144, 4);
  double last = 1;
  for (const double density : {0.0, 0.02, 0.1, 0.3, 1.0}) {
    const double error = decompose_channels(weights, 16, options(Kind::unstructured, density)).error;
    EXPECT_LT(error, last) << density;
    last = error;
  }
  DecompositionOptions o = options(Kind::dense, 1);
  for (const std::uint32_t bits : {4u, 8u, 16u}) {
    o.value_bits = bits;
    const SplitWeights split = decompose_channels(weights, 16, o);
    EXPECT_EQ(split.value_bits, bits);
    EXPECT_LE(narrowest_value_bits(split.values), bits);
    // Uniform rounding error of half a step at most, steps of greatest / (2^(bits-1) - 1), Gaussian greatest ~ 3 sigma.
    EXPECT_LT(split.error, 4.0 / (std::ldexp(1.0, static_cast<int>(bits) - 1) - 1) / std::sqrt(12.0) + 1e-9);
  }
}

TEST(Decomposition, AllZeroWeightsAreHarmless) {
  const SplitWeights split = decompose_channels(std::vector<double>(64, 0.0), 2, options(Kind::n_of_m, 0.1));
  EXPECT_EQ(split.error, 0);
  EXPECT_GT(split.ternary_scale[0], 0);
}

std::string error_of(const DecompositionOptions& o) {
  try {
    decompose_channels(std::vector<double>(64, 0.5), 2, o);
  } catch (const CompileError& error) {
    return error.what();
  }
  return "";
}

TEST(Decomposition, RefusesSenselessOptions) {
  EXPECT_EQ(error_of(options(Kind::unstructured, 1.5)),
            "decomposition: density is 1.5; it is a fraction of the weights, 0 to 1");
  DecompositionOptions o = options(Kind::n_of_m, 0.1);
  o.value_bits = 6;
  EXPECT_EQ(error_of(o), "decomposition: value_bits is 6; it must be 4, 8 or 16");
  o.value_bits = 8;
  o.n = 5;
  o.m = 4;
  EXPECT_EQ(error_of(o), "decomposition: pattern 5:4; N:M needs 1 <= N <= M <= 255");
}

/// Positions of high precision as text, a row per output channel.
std::vector<std::string> drawn(const SplitWeights& split) {
  std::vector<std::string> rows(split.output_channels);
  for (std::size_t i = 0; i < split.values.size(); ++i) {
    rows[i / split.weights_per_channel] += split.values[i] != 0 ? '#' : '.';
  }
  return rows;
}

/// Four filters of two kernel positions x three channels; weight (o, k) is larger for larger o and k.
std::vector<std::string> placed(DecompositionOptions::Placement placement, double density) {
  std::vector<double> weights(24);
  for (std::size_t i = 0; i < 24; ++i) weights[i] = 1 + static_cast<double>(i / 6) * 0.1 + static_cast<double>(i % 6);
  DecompositionOptions o = options(Kind::unstructured, density);
  o.criterion = DecompositionOptions::Criterion::magnitude;
  o.placement = placement;
  o.block_rows = 2;
  o.block_columns = 3;
  return drawn(decompose(weights, {4, 6, 3}, o));
}

TEST(Decomposition, RegularPlacements) {
  using Placement = DecompositionOptions::Placement;
  using Rows = std::vector<std::string>;
  EXPECT_EQ(placed(Placement::row_balanced, 1.0 / 3), Rows(4, "....##"));
  EXPECT_EQ(placed(Placement::block, 0.25), (Rows{"......", "......", "...###", "...###"}));
  EXPECT_EQ(placed(Placement::kernel_tap, 0.5), Rows(4, "...###"));
  EXPECT_EQ(placed(Placement::input_channel, 1.0 / 3), Rows(4, "..#..#"));
  EXPECT_EQ(placed(Placement::whole_filter, 0.25), (Rows{"......", "......", "......", "######"}));
}

TEST(Decomposition, ResidualCorrectsTheTernaryPart) {
  const std::vector<double> weights = gaussian(16 * 64, 9);
  DecompositionOptions o = options(Kind::n_of_m, 0);
  o.density = 0.5;
  o.m = 8;
  o.composition = DecompositionOptions::Composition::residual;
  const SplitWeights split = decompose(weights, {16, 64, 64}, o);
  std::size_t both = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) both += split.values[i] != 0 && split.ternary[i] != 0 ? 1 : 0;
  EXPECT_GT(both, 20U);
  EXPECT_LT(split.error, decompose(weights, {16, 64, 64}, options(Kind::none, 0)).error);
}

TEST(Decomposition, CriteriaByChanceAndByActivation) {
  const std::vector<double> weights = gaussian(4 * 32, 3);  // none too small for 8 bits
  DecompositionOptions o = options(Kind::unstructured, 0.25);
  o.criterion = DecompositionOptions::Criterion::random;
  const SplitWeights first = decompose(weights, {4, 32, 32}, o), again = decompose(weights, {4, 32, 32}, o);
  EXPECT_EQ(first.values, again.values);
  o.seed = 2;
  EXPECT_NE(first.values, decompose(weights, {4, 32, 32}, o).values);
  o.criterion = DecompositionOptions::Criterion::activation_weighted;
  std::vector<double> power(32, 0);
  for (std::size_t k = 0; k < 8; ++k) power[k] = 1;  // the others multiply nothing
  EXPECT_EQ(drawn(decompose(weights, {4, 32, 32}, o, power)),
            std::vector<std::string>(4, "########" + std::string(24, '.')));
  EXPECT_THROW(decompose(weights, {4, 32, 32}, o), CompileError);
}

}  // namespace
}  // namespace terse::compiler
