// Padding that is no zero lies in the input tile, written there by the DMA, and jobs have no padding of their own.
#include <gtest/gtest.h>

#include <string>

#include "compiler/compiler.hpp"
#include "compiler/image_check.hpp"
#include "compiler/reference/reference.hpp"
#include "compiler/tensor_transfers.hpp"
#include "tests/compiler/image_interpreter.hpp"
#include "tests/compiler/random_network.hpp"

namespace terse::testing {
namespace {

using compiler::CompiledNetwork;
using compiler::Frame;
using compiler::Layer;
using compiler::LayerKind;
using compiler::QuantizedNetwork;
using compiler::Tensor;
using compiler::TensorMemory;
using compiler::TensorSlice;

/// One window of 3 x 3 over 2 x 2 pixels of one channel, padding 1: all four outputs see all four inputs and five
/// positions of padding.
QuantizedNetwork window_of_all(LayerKind kind, std::int32_t zero_point) {
  QuantizedNetwork network;
  Tensor input;
  input.height = input.width = 2;
  input.is_signed = true;
  input.zero_point = zero_point;
  network.tensors = {input, input};
  network.tensors[1].zero_point = 0;
  network.output = 1;
  Layer layer;
  layer.name = "only";
  layer.kind = kind;
  layer.output = 1;
  layer.window = {3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
  layer.requantization = {{1, 0, 0, 0, 0}};
  if (kind == LayerKind::convolution) layer.ternary.assign(9, 1);
  layer.clip_low = -128;
  layer.clip_high = 127;
  network.layers = {layer};
  return network;
}

std::vector<std::uint8_t> bytes(std::initializer_list<int> values) {
  std::vector<std::uint8_t> result;
  for (const int value : values) result.push_back(static_cast<std::uint8_t>(value));
  return result;
}

// 1 + 2 + 3 - 4 = 2, and 5 * -7: -33. The greatest of the inputs is 3, whatever padding reads.
TEST(ZeroPoint, WindowsReadItOutsideTheInput) {
  const compiler::HardwareLimits limits{1u << 16, 1u << 10, 4, 4, 1, 4, 1u << 20};
  const std::vector<std::uint8_t> input = bytes({1, 2, 3, -4});
  for (const auto& [kind, expected] :
       {std::pair{LayerKind::convolution, -33}, {LayerKind::average_pool, -33}, {LayerKind::max_pool, 3}}) {
    const CompiledNetwork compiled = compile(window_of_all(kind, -7), limits);
    EXPECT_EQ(ImageInterpreter(compiled.image, Overlap::none).run(input),
              bytes({expected, expected, expected, expected}));
    const auto golden = reference::evaluate(compiled.network, input)[1];
    EXPECT_EQ(golden, std::vector<std::int32_t>(4, expected));
  }
}

TEST(ZeroPoint, MustBeAValueOfItsTensor) {
  try {
    compile(window_of_all(LayerKind::convolution, 128), {1u << 16, 1u << 10, 4, 4, 1, 4, 1u << 20});
    FAIL();
  } catch (const compiler::CompileError& error) {
    EXPECT_EQ(std::string(error.what()), "tensor '' has zero point 128; it holds -128 to 127");
  }
}

// One transfer where the DMA's padding reaches: whole pixels, 255 bytes at a side.
TEST(ZeroPoint, TheDmaMakesTheFrameWhereItsPaddingReaches) {
  const Frame frame{1, 1, 1, 1, 9};
  const TensorMemory narrow{{image::Region::arena, 0}, 8, 255}, wide{{image::Region::arena, 0}, 8, 256};
  EXPECT_EQ(framed_load({0, 0, 0, 8, 8, 255}, narrow, 64, frame, 0).size(), 1u);
  EXPECT_EQ(framed_load({0, 0, 0, 8, 8, 256}, wide, 64, frame, 0).size(), 5u);
  EXPECT_EQ(framed_load({0, 0, 16, 8, 8, 16}, narrow, 64, frame, 0).size(), 5u) << "lines are pixels here";
  EXPECT_EQ(framed_load({0, 0, 0, 8, 8, 256}, wide, 64, {0, 0, 1, 0, 9}, 0).size(), 2u) << "only what there is";
  EXPECT_TRUE(needs_constant_row({0, 0, 0, 8, 8, 256}, wide, frame));
  EXPECT_FALSE(needs_constant_row({0, 0, 0, 8, 8, 255}, narrow, frame));
  EXPECT_FALSE(needs_constant_row({0, 0, 0, 8, 8, 256}, wide, {}));
}

/// Wide channels, cut channels, strides and tiles of any size.
TEST(ZeroPoint, TiledLayersEqualTheReference) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    RandomNetwork random(seed);
    QuantizedNetwork network = window_of_all(seed % 4 == 0 ? LayerKind::average_pool : LayerKind::convolution, 0);
    Tensor& input = network.tensors[0];
    input.height = static_cast<std::uint32_t>(random.number(5, 9));
    input.width = static_cast<std::uint32_t>(random.number(5, 9));
    input.channels = seed % 3 == 0 ? 144 : 20;
    input.zero_point = static_cast<std::int32_t>(random.number(-128, 127));
    Layer& layer = network.layers[0];
    layer.window.pad_top = static_cast<std::uint32_t>(random.number(0, 2));
    layer.window.pad_left = static_cast<std::uint32_t>(random.number(0, 2));
    layer.window.stride_x = static_cast<std::uint32_t>(random.number(1, 2));
    if (seed % 2 == 0) layer.groups = 4;
    if (layer.kind == LayerKind::average_pool) layer.groups = 1;
    Tensor& output = network.tensors[1];
    output.height = input.height + layer.window.pad_top + 1 - 2;
    output.width = (input.width + layer.window.pad_left + 1 - 3) / layer.window.stride_x + 1;
    output.channels = layer.kind == LayerKind::average_pool ? input.channels : 8;
    layer.requantization.assign(output.channels, {static_cast<std::int16_t>(random.number(-300, 300)), 0, 0, 12, 0});
    layer.ternary.clear();
    for (std::size_t i = 0; layer.kind == LayerKind::convolution && i < 8u * 9 * input.channels / layer.groups; ++i) {
      layer.ternary.push_back(static_cast<std::int8_t>(random.number(-1, 1)));
    }
    compiler::Mapping mapping;
    mapping.tile_rows = static_cast<std::uint32_t>(random.number(1, 9));
    mapping.tile_columns = static_cast<std::uint32_t>(random.number(1, 9));
    mapping.tile_channels = static_cast<std::uint32_t>(random.number(1, 8));
    const CompiledNetwork compiled = compile(network, {1u << 18, 1u << 14, 4, 4, 1, 4, 1u << 24}, mapping);
    EXPECT_NO_THROW(compiler::inspect_image(compiled.image));
    const std::vector<std::uint8_t> bytes_in = random.input(network);
    const auto expected = reference::evaluate(network, bytes_in)[1];
    std::vector<std::int32_t> found;
    for (const std::uint8_t byte : ImageInterpreter(compiled.image, Overlap::late_stores).run(bytes_in)) {
      found.push_back(static_cast<std::int8_t>(byte));
    }
    ASSERT_EQ(found, expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace terse::testing
