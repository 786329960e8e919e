// Products of integers by a BLAS in doubles: exact up to the bound, and the bound is known.
#include "compiler/reference/exact_products.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "compiler/reference/reference.hpp"

namespace terse::reference {
namespace {

constexpr std::int32_t greatest_weight = (1 << 30) + (1 << 15);  // |dense| + |sparse| * 2^15 of an un-split weight

TEST(ExactProducts, EqualIntegerSumsAtTheirGreatest) {
  std::mt19937 random(1);
  constexpr std::size_t rows = 5, columns = 7, depth = 4099;  // 4099 * 2^30 * 2^8 < 2^53
  std::vector<std::int32_t> weights(columns * depth), x(rows * depth);
  for (auto& w : weights)
    w = (random() % 2 != 0 ? 1 : -1) * (greatest_weight - static_cast<std::int32_t>(random() % 9));
  for (auto& v : x) v = static_cast<std::int32_t>(random() % 256);
  ASSERT_TRUE(products_are_exact(weights, depth, 255));
  std::vector<double> sums(rows * columns), transposed(depth * columns);
  for (std::size_t i = 0; i < weights.size(); ++i) transposed[i % depth * columns + i / depth] = weights[i];
  multiply({rows, columns, depth}, std::vector<double>(x.begin(), x.end()).data(), transposed.data(), sums.data());
  for (std::size_t p = 0; p < rows; ++p) {
    for (std::size_t o = 0; o < columns; ++o) {
      std::int64_t expected = 0;
      for (std::size_t k = 0; k < depth; ++k) expected += std::int64_t{x[p * depth + k]} * weights[o * depth + k];
      EXPECT_EQ(static_cast<std::int64_t>(sums[p * columns + o]), expected);
    }
  }
}

TEST(ExactProducts, TheBoundIsTwoToThe53PerRow) {
  // 2^53 / 2^8 = 2^45 = 2^15 weights of 2^30; the second row has one too many.
  std::vector<std::int32_t> weights(2 << 15, 0);
  std::fill_n(weights.begin(), 1 << 15, 1 << 30);
  EXPECT_TRUE(products_are_exact(weights, 1 << 15, 256));
  std::fill_n(weights.begin() + (1 << 15), 1 << 15, -(1 << 30));
  weights.back() -= 1;
  EXPECT_FALSE(products_are_exact(weights, 1 << 15, 256));
}

/// Layers large enough for the BLAS, against both passes' accumulators, which are added one by one.
TEST(ExactProducts, LayersEqualTheirAccumulators) {
  std::mt19937 random(2);
  const auto uniform = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int trial = 0; trial < 20; ++trial) {
    compiler::QuantizedNetwork n;
    n.tensors.resize(2);
    compiler::Layer layer;
    layer.groups = trial % 2 == 0 ? 1 : 2;
    compiler::Tensor &in = n.tensors[0], &out = n.tensors[1];
    in.height = 9, in.width = 8, in.channels = 16;
    in.is_signed = trial % 3 == 0;
    in.zero_point = trial % 5 == 0 ? 3 : 0;
    out.height = 5, out.width = 4, out.channels = 6, out.bits = 32, out.is_signed = true;
    layer.window = {3, 3, 2, 2, 1, 1, 1, 1, 1, 1};
    const std::size_t count = std::size_t{9} * 16 / layer.groups * out.channels;
    for (std::size_t i = 0; i < count; ++i) {
      layer.ternary.push_back(static_cast<std::int8_t>(uniform(-1, 1)));
      layer.high_precision.push_back(static_cast<std::int16_t>(uniform(-32768, 32767)));
    }
    for (std::uint32_t o = 0; o < out.channels; ++o) {
      layer.requantization.push_back({static_cast<std::int16_t>(uniform(-32768, 32767)),
                                      static_cast<std::int16_t>(uniform(-32768, 32767)), 0, 20, uniform(-1000, 1000)});
    }
    layer.clip_low = std::numeric_limits<std::int32_t>::min();
    layer.clip_high = std::numeric_limits<std::int32_t>::max();
    layer.output = 1;
    n.layers = {layer};
    n.output = 1;
    std::vector<std::uint8_t> input(in.elements());
    for (auto& byte : input) byte = static_cast<std::uint8_t>(random());
    const Activations activations = evaluate(n, input);
    for (std::uint32_t i = 0; i < out.elements(); ++i) {
      const std::uint32_t o = i % out.channels, column = i / out.channels % out.width,
                          row = i / out.channels / out.width;
      const Accumulators at = accumulators_at(n, 0, activations, row, column, o);
      const compiler::Requantization& q = layer.requantization[o];
      const std::int64_t sum = q.dense * at.dense + q.sparse * at.sparse + q.bias;
      const std::int64_t magnitude = (std::abs(sum) + (1 << 19)) >> 20;
      ASSERT_EQ(activations[1][i], sum < 0 ? -magnitude : magnitude) << "trial " << trial << " output " << i;
    }
  }
}

}  // namespace
}  // namespace terse::reference
