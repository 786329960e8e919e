// Networks of shapes: geometry, activations that neither die nor saturate, determinism, and what is refused.
#include "compiler/shapes/seeded_network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/compiler.hpp"
#include "compiler/network_check.hpp"
#include "compiler/reference/reference.hpp"

namespace terse::compiler {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

LayerShape conv(const std::string& name, std::uint32_t channels, std::uint32_t kernel = 3, std::uint32_t stride = 1) {
  LayerShape layer;
  layer.name = name;
  layer.channels = channels;
  layer.kernel = kernel;
  layer.stride = stride;
  layer.padding = kernel / 2;
  return layer;
}

/// A stem, a block with a strided 1x1 shortcut, global pooling, and a classifier.
NetworkShape residual_network() {
  NetworkShape shape;
  shape.name = "residual";
  shape.seed = 3;
  shape.input = {.height = 16, .width = 16, .channels = 3};
  LayerShape shortcut = conv("shortcut", 32, 1, 2);
  shortcut.statistics.relu = false;
  LayerShape first = conv("first", 32, 3, 2);
  first.input = "stem";
  LayerShape block = conv("block", 32);
  block.add = "shortcut";
  LayerShape pool;
  pool.name = "pool";
  pool.kind = LayerKind::average_pool;
  pool.whole_input = true;
  LayerShape classifier = conv("classifier", 10, 1);
  classifier.kind = LayerKind::fully_connected;
  classifier.statistics.relu = false;
  shape.layers = {conv("stem", 16), shortcut, first, block, pool, classifier};
  return shape;
}

std::string refusal(const NetworkShape& shape) {
  try {
    seeded_network(shape);
  } catch (const CompileError& error) {
    return error.what();
  }
  return "no error";
}

TEST(SeededNetwork, HasTheShapesAndIsAValidNetwork) {
  const QuantizedNetwork network = seeded_network(residual_network());
  EXPECT_NO_THROW(check_network(network));
  const Tensor& block = network.tensors[network.layers[3].output];
  EXPECT_EQ(block.height, 8u);
  EXPECT_EQ(block.width, 8u);
  EXPECT_EQ(block.channels, 32u);
  EXPECT_EQ(network.tensors[network.layers[3].residual].name, "shortcut");
  EXPECT_EQ(network.tensors[network.layers[2].input].name, "stem");
  EXPECT_TRUE(network.tensors[network.layers[1].output].is_signed);
  EXPECT_EQ(network.layers[4].window.kernel_height, 8u);
  EXPECT_EQ(network.tensors[network.output].elements(), 10u);
}

TEST(SeededNetwork, ActivationsNeitherDieNorSaturateOnOtherInputs) {
  NetworkShape shape = residual_network();
  for (LayerShape& layer : shape.layers) layer.statistics.zero_outputs = 0.65;
  const QuantizedNetwork network = seeded_network(shape);
  const auto input = seeded_inputs(network.tensors[0], 1, 99, 1);  // not the input it was calibrated with
  const auto activations = reference::evaluate(network, input);
  for (const Layer& layer : network.layers) {
    if (layer.kind != LayerKind::convolution) continue;  // the others have too few outputs for shares
    const auto& values = activations[layer.output];
    const auto share = [&](std::int32_t value) {
      return static_cast<double>(std::count(values.begin(), values.end(), value)) / static_cast<double>(values.size());
    };
    EXPECT_LT(share(layer.clip_high), 0.02) << layer.name;
    const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
    EXPECT_GT(*greatest - *least, layer.clip_high / 4) << layer.name;
    // Asked for 0.65; the samples are 64 pixels of one image, and the pixels at the border see padding.
    if (layer.clip_low == 0) {
      EXPECT_NEAR(share(0), 0.65, 0.1) << layer.name;
    }
  }
}

TEST(SeededNetwork, SeedDecidesEveryBit) {
  NetworkShape shape = residual_network();
  const QuantizedNetwork one = seeded_network(shape), same = seeded_network(shape);
  shape.seed = 4;
  const QuantizedNetwork other = seeded_network(shape);
  for (std::size_t i = 0; i < one.layers.size(); ++i) {
    EXPECT_EQ(one.layers[i].ternary, same.layers[i].ternary);
    for (std::size_t o = 0; o < one.layers[i].requantization.size(); ++o) {
      EXPECT_EQ(one.layers[i].requantization[o].bias, same.layers[i].requantization[o].bias);
      EXPECT_EQ(one.layers[i].requantization[o].dense, same.layers[i].requantization[o].dense);
    }
  }
  EXPECT_NE(one.layers[0].ternary, other.layers[0].ternary);
}

TEST(SeededNetwork, NarrowActivationsStayInTheirRange) {
  NetworkShape shape = residual_network();
  shape.input.bits = 2;
  for (LayerShape& layer : shape.layers) layer.statistics.bits = 4;
  const QuantizedNetwork network = seeded_network(shape);
  EXPECT_NO_THROW(check_network(network));
  EXPECT_EQ(network.tensors[0].bytes(), 16u * 16 * 3);  // a byte each
  EXPECT_EQ(network.layers[0].clip_high, 15);           // 4 bits without a sign
  EXPECT_EQ(network.layers[1].clip_low, -7);            // 4 bits with a sign, symmetric
  const auto input = seeded_inputs(network.tensors[0], 1, 1, 1);
  EXPECT_EQ(*std::max_element(input.begin(), input.end()), 3);
}

TEST(SeededInputs, HaveTheAskedDensity) {
  Tensor tensor;
  tensor.channels = 64000;
  // 5 standard deviations of a share of 0.351 over 64,000: sqrt(0.351 * 0.649 / 64,000) * 5.
  const auto bytes = seeded_inputs(tensor, 1, 5, 0.351);
  EXPECT_NEAR(static_cast<double>(std::count(bytes.begin(), bytes.end(), 0)) / 64000, 0.649, 0.0095);
  tensor.is_signed = true;
  const auto with_sign = seeded_inputs(tensor, 1, 5, 1);
  EXPECT_EQ(std::count(with_sign.begin(), with_sign.end(), 0x80), 0);  // -128 has no opposite
  EXPECT_EQ(std::count(with_sign.begin(), with_sign.end(), 0), 0);
}

TEST(SeededNetwork, RefusesShapesThatAreNone) {
  NetworkShape shape = residual_network();
  shape.layers[3].add = "stem";
  EXPECT_EQ(refusal(shape),
            "layer 'block': it is 8 x 8 x 32, and 'stem', which is to be added, is 16 x 16 x 16; give both the same "
            "size");
  shape = residual_network();
  shape.layers[2].input = "shrotcut";
  EXPECT_THAT(refusal(shape), StartsWith("layer 'first': there is no layer 'shrotcut' before it"));
  shape = residual_network();
  shape.layers[3].add = "";
  EXPECT_THAT(refusal(shape), StartsWith("layer 'shortcut': nobody reads its output"));
  shape = residual_network();
  shape.layers[0].kernel = 40;
  shape.layers[0].padding = 1;
  EXPECT_THAT(refusal(shape), AllOf(StartsWith("layer 'stem': its window of 40"), HasSubstr("'input' of 16 x 16 x 3")));
  shape.layers[0].padding = 40;
  EXPECT_THAT(refusal(shape), StartsWith("layer 'stem': padding 40 with a window of 40"));
}

}  // namespace
}  // namespace terse::compiler
