// The golden reference on cases small enough to compute by hand.
#include "compiler/reference/reference.hpp"

#include <gtest/gtest.h>

namespace terse::reference {
namespace {

using compiler::Layer;
using compiler::LayerKind;
using compiler::QuantizedNetwork;
using compiler::Requantization;
using compiler::Tensor;

Tensor tensor(std::uint32_t height, std::uint32_t width, std::uint32_t channels, bool is_signed) {
  Tensor result;
  result.height = height;
  result.width = width;
  result.channels = channels;
  result.is_signed = is_signed;
  return result;
}

/// Tensor 0 -> layer -> tensor 1.
QuantizedNetwork network(const Tensor& input, const Tensor& output, Layer layer) {
  QuantizedNetwork result;
  result.tensors = {input, output};
  layer.output = 1;
  result.layers = {layer};
  result.output = 1;
  return result;
}

std::vector<std::int32_t> output(const QuantizedNetwork& n, std::vector<std::uint8_t> input) {
  return evaluate(n, input)[1];
}

TEST(Reference, ConvolutionWalksKernelRowColumnChannel) {
  Layer layer;
  layer.window.kernel_height = 2;
  layer.window.kernel_width = 2;
  layer.ternary = {1, 0, 0, -1, 0, 0, 1, 1};  // taps (0,0) (0,1) (1,0) (1,1), two channels each
  layer.requantization = {{1, 0, 0, 0, 0}};
  layer.clip_low = -128;
  layer.clip_high = 127;
  // Rows of two pixels of two channels: (1,2)(3,4) / (5,6)(7,8): 1 - 4 + 7 + 8 = 12.
  EXPECT_EQ(output(network(tensor(2, 2, 2, false), tensor(1, 1, 1, true), layer), {1, 2, 3, 4, 5, 6, 7, 8}),
            std::vector<std::int32_t>{12});
}

TEST(Reference, BothPartsOfAWeightAddUp) {
  Layer layer;
  layer.kind = LayerKind::fully_connected;
  layer.ternary = {1, -1, 1};
  layer.high_precision = {0, 0, 100};
  layer.requantization = {{3, 5, 0, 0, 7}};
  layer.clip_low = -10000;
  layer.clip_high = 10000;
  const QuantizedNetwork n = network(tensor(1, 1, 3, false), tensor(1, 1, 1, true), layer);
  // 3 * (2 - 4 + 6) + 5 * (100 * 6) + 7
  EXPECT_EQ(output(n, {2, 4, 6}), std::vector<std::int32_t>{3 * 4 + 5 * 600 + 7});
  const Accumulators both = accumulators_at(n, 0, evaluate(n, std::vector<std::uint8_t>{2, 4, 6}), 0, 0, 0);
  EXPECT_EQ(both.dense, 4);
  EXPECT_EQ(both.sparse, 600);
}

TEST(Reference, FullyConnectedTakesRowColumnChannel) {
  Layer layer;
  layer.kind = LayerKind::fully_connected;
  layer.high_precision = {1, 10, 100, 1000};
  layer.requantization = {{0, 1, 0, 0, 0}};
  layer.clip_high = 100000;
  EXPECT_EQ(output(network(tensor(1, 2, 2, false), tensor(1, 1, 1, false), layer), {1, 2, 3, 4}),
            std::vector<std::int32_t>{4321});
}

TEST(Reference, PaddingDilationAndStride) {
  Layer layer;
  layer.window.kernel_width = 2;
  layer.window.dilation_x = 2;
  layer.window.stride_x = 2;
  layer.window.pad_left = layer.window.pad_right = 1;
  layer.high_precision = {1, 10};
  layer.requantization = {{0, 1, 0, 0, 0}};
  // Columns 1 2 3 4 with one zero either side; windows at -1, 1, (3 does not fit): (0, 2) and (2, 4).
  EXPECT_EQ(output(network(tensor(1, 4, 1, false), tensor(1, 2, 1, false), layer), {1, 2, 3, 4}),
            (std::vector<std::int32_t>{20, 42}));
}

struct RoundingCase {
  std::int64_t bias;
  std::uint8_t shift;
  std::int32_t expected;
};

TEST(Reference, HalfRoundsAwayFromZero) {
  // bias / 2^shift: 2.5, -2.5, 2.25, -2.25, 2.75, -0.5, 7 unshifted, clipped
  for (const RoundingCase c : {RoundingCase{5, 1, 3},
                               {-5, 1, -3},
                               {9, 2, 2},
                               {-9, 2, -2},
                               {11, 2, 3},
                               {-2, 2, -1},
                               {7, 0, 7},
                               {1000, 2, 127},
                               {-1000, 2, -128}}) {
    Layer layer;
    layer.ternary = {0};
    layer.requantization = {{1, 0, 0, c.shift, c.bias}};
    layer.clip_low = -128;
    layer.clip_high = 127;
    EXPECT_EQ(output(network(tensor(1, 1, 1, false), tensor(1, 1, 1, true), layer), {0})[0], c.expected)
        << c.bias << " >> " << int{c.shift};
  }
}

TEST(Reference, SignedInputsAndResidual) {
  Layer layer;
  layer.ternary = {-1};
  layer.residual = 0;
  layer.requantization = {{2, 0, 5, 0, 0}};
  layer.clip_low = -10000;
  layer.clip_high = 10000;
  // x = -3: 2 * 3 + 5 * -3
  EXPECT_EQ(output(network(tensor(1, 1, 1, true), tensor(1, 1, 1, true), layer), {0xFD}),
            std::vector<std::int32_t>{-9});
}

TEST(Reference, PoolsIgnoreOrCountPadding) {
  Layer layer;
  layer.kind = LayerKind::max_pool;
  layer.window.kernel_height = layer.window.kernel_width = 2;
  layer.window.stride_y = layer.window.stride_x = 2;
  layer.window.pad_top = layer.window.pad_left = 1;
  layer.window.pad_bottom = layer.window.pad_right = 1;
  layer.requantization = {{1, 0, 0, 0, 0}};
  layer.clip_low = -128;
  layer.clip_high = 127;
  const Tensor two_by_two = tensor(2, 2, 1, true);
  // All negative: a padding of zero that took part would win.
  EXPECT_EQ(output(network(two_by_two, two_by_two, layer), {0xFF, 0xFE, 0xFD, 0xFC}),
            (std::vector<std::int32_t>{-1, -2, -3, -4}));
  layer.kind = LayerKind::average_pool;
  layer.requantization = {{1, 0, 0, 2, 0}};  // sum / 4, zeros of the padding counted
  EXPECT_EQ(output(network(two_by_two, two_by_two, layer), {8, 12, 0xF8, 0xF4}),
            (std::vector<std::int32_t>{2, 3, -2, -3}));
}

TEST(Reference, AddsTwoTensorsWithTheirScales) {
  QuantizedNetwork n;
  n.tensors = {tensor(1, 1, 2, false), tensor(1, 1, 2, true)};
  Layer layer;
  layer.kind = LayerKind::add;
  layer.output = 1;
  layer.residual = 0;
  layer.requantization = {{1, 0, 3, 0, 0}, {2, 0, -1, 0, 0}};
  layer.clip_low = -128;
  layer.clip_high = 127;
  n.layers = {layer};
  n.output = 1;
  EXPECT_EQ(output(n, {10, 20}), (std::vector<std::int32_t>{40, 20}));
}

TEST(Reference, RefusesAnInputOfTheWrongSize) {
  Layer layer;
  layer.ternary = {1};
  layer.requantization = {{1, 0, 0, 0, 0}};
  const QuantizedNetwork n = network(tensor(1, 1, 1, false), tensor(1, 1, 1, false), layer);
  EXPECT_THROW(output(n, {1, 2}), std::invalid_argument);
}

}  // namespace
}  // namespace terse::reference
