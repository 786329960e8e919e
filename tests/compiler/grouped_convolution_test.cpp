// Grouped convolutions: what the units see of them, what the zeros between groups cost, and what is refused.
#include <gtest/gtest.h>

#include <string>

#include "compiler/compiler.hpp"
#include "compiler/image_check.hpp"
#include "compiler/reference/reference.hpp"
#include "tests/compiler/image_interpreter.hpp"
#include "tests/compiler/random_network.hpp"

namespace terse::testing {
namespace {

using compiler::CompiledNetwork;
using compiler::CompileError;
using compiler::HardwareLimits;
using compiler::Layer;
using compiler::Pattern;
using compiler::QuantizedNetwork;
using compiler::Tensor;

/// An array of 16 x 16, without integer weights.
HardwareLimits hardware() {
  return {1u << 20, 1u << 16, 16, 16, 1, 8, 1u << 24};
}

/// 3 x 3 over 8 x 8 pixels with padding 1.
QuantizedNetwork grouped(std::uint32_t inputs, std::uint32_t outputs, std::uint32_t groups, bool ternary,
                         const Pattern& pattern) {
  RandomNetwork random(5);
  QuantizedNetwork network;
  Tensor input;
  input.height = input.width = 8;
  input.channels = inputs;
  Tensor output = input;
  output.channels = outputs;
  network.tensors = {input, output};
  network.output = 1;
  Layer layer;
  layer.name = "only";
  layer.output = 1;
  layer.groups = groups;
  layer.window.kernel_height = layer.window.kernel_width = 3;
  layer.window.pad_top = layer.window.pad_left = layer.window.pad_bottom = layer.window.pad_right = 1;
  layer.requantization.assign(outputs, {3000, 100, 0, 14, 1000});
  const std::size_t per_channel = std::size_t{9} * (inputs / groups);
  if (ternary) {
    for (std::size_t i = 0; i < outputs * per_channel; ++i) {
      layer.ternary.push_back(static_cast<std::int8_t>(random.number(-1, 1)));
    }
  }
  layer.pattern = pattern;
  if (pattern.kind != Pattern::Kind::none) layer.high_precision = random.values(outputs, per_channel, pattern, 8, 0.1);
  network.layers = {layer};
  return network;
}

const Pattern none{}, dense{Pattern::Kind::dense, 0, 0}, one_of_32{Pattern::Kind::n_of_m, 1, 32};

void expect_equal(const CompiledNetwork& compiled) {
  RandomNetwork random(9);
  const std::vector<std::uint8_t> input = random.input(compiled.network);
  const auto expected = reference::evaluate(compiled.network, input)[compiled.network.output];
  ImageInterpreter interpreter(compiled.image, Overlap::early_loads);
  const std::vector<std::uint8_t> output = interpreter.run(input);
  ASSERT_EQ(std::vector<std::int32_t>(output.begin(), output.end()), expected);
}

compiler::Mapping mapping_of(const compiler::LayerMapping& of_all_layers) {
  compiler::Mapping result;
  static_cast<compiler::LayerMapping&>(result) = of_all_layers;
  return result;
}

std::string error_of(const QuantizedNetwork& network, const compiler::Mapping& mapping = {}) {
  try {
    compile(network, hardware(), mapping);
  } catch (const CompileError& error) {
    return error.what();
  }
  return "";
}

// A block of 16 channels reads 16 inputs: each of its rows has 9 * 16 weights of 2 bits, 36 bytes, of which 9 are real: 32
// bits per weight. The array multiplies 64 * 9 * 16 per pixel, 64 * 9 of them real.
TEST(GroupedConvolution, DepthwiseTernaryRunsAsBlocksOfItsDiagonal) {
  const CompiledNetwork compiled =
      compile(grouped(64, 64, 64, true, none), hardware(), mapping_of({.tile_channels = 16}));
  const compiler::LayerPlan& plan = compiled.plans[0];
  EXPECT_EQ(plan.tiles.size(), 4u);
  EXPECT_EQ(plan.dense_macs, 64u * 9 * 64);
  EXPECT_EQ(plan.group_zero_macs, 64u * 9 * 15 * 64);
  EXPECT_DOUBLE_EQ(plan.bits_per_weight, 32);
  ASSERT_NO_THROW(expect_equal(compiled));
}

// Blocks of 64 channels would read 64 inputs and take four steps per position and group of 16 outputs. With little
// else to pay for, the tiler prefers blocks whose inputs fit one step.
TEST(GroupedConvolution, TheTilerKeepsBlocksWithinTheArraysInputs) {
  QuantizedNetwork network = grouped(64, 64, 64, true, none);
  for (Tensor& tensor : network.tensors) tensor.height = tensor.width = 32;
  const CompiledNetwork compiled = compile(network, hardware());
  EXPECT_EQ(compiled.plans[0].tiles.front().channels, 16u);
}

// Without integer weights in the array, int8 rows of 9 values run on spu by position: 8 + 16 bits each, and a row pointer
// of 32 bits per row and one more per block. Nothing is multiplied that is no weight.
TEST(GroupedConvolution, DepthwiseInt8IsASparseMatrix) {
  QuantizedNetwork network = grouped(64, 64, 64, false, dense);
  for (std::int16_t& value : network.layers[0].high_precision) value = value == 0 ? std::int16_t{1} : value;
  const CompiledNetwork compiled = compile(network, hardware(), mapping_of({.tile_channels = 64}));
  const compiler::LayerPlan& plan = compiled.plans[0];
  EXPECT_EQ(plan.index_format, registers::spu::IndexFormat::absolute);
  EXPECT_EQ(plan.dense_macs, 0u);
  EXPECT_EQ(plan.group_zero_macs, 0u);
  EXPECT_EQ(plan.sparse_macs, 64u * 9 * 64);
  EXPECT_DOUBLE_EQ(plan.bits_per_weight, (64.0 * 9 * 24 + 65 * 32) / (64 * 9));
  ASSERT_NO_THROW(expect_equal(compiled));
}

TEST(GroupedConvolution, DepthwiseInt8RunsOnAnArrayOfIntegers) {
  HardwareLimits limits = hardware();
  limits.tmac_integer_bits = 8;
  const CompiledNetwork compiled =
      compile(grouped(64, 64, 64, false, dense), limits, mapping_of({.tile_channels = 16}));
  EXPECT_TRUE(compiled.plans[0].values_in_dense_pass);
  EXPECT_EQ(compiled.plans[0].sparse_macs, 0u);
  EXPECT_DOUBLE_EQ(compiled.plans[0].bits_per_weight, 16 * 8);
  ASSERT_NO_THROW(expect_equal(compiled));
}

/// What spu reads decides how rows are stored; where it reads no format by position, they are stored whole.
TEST(GroupedConvolution, RowsAreStoredAsTheSparseUnitReads) {
  using registers::spu::IndexFormat;
  for (const IndexFormat format :
       {IndexFormat::absolute, IndexFormat::relative, IndexFormat::bitmap, IndexFormat::dense}) {
    HardwareLimits limits = hardware();
    limits.index_formats =
        1u << static_cast<std::uint32_t>(format) | 1u << static_cast<std::uint32_t>(IndexFormat::dense);
    for (const Pattern& pattern : {dense, one_of_32}) {
      const CompiledNetwork compiled =
          compile(grouped(12, 24, 4, true, pattern), limits, mapping_of({.tile_channels = 8}));
      EXPECT_EQ(compiled.plans[0].index_format, format);
      ASSERT_NO_THROW(expect_equal(compiled));
    }
  }
}

/// Blocks need not keep to the borders of groups.
TEST(GroupedConvolution, BlocksMayCutGroups) {
  for (const std::uint32_t channels : {1u, 2u, 3u, 5u, 7u, 18u}) {
    const CompiledNetwork compiled = compile(grouped(12, 18, 3, true, one_of_32), hardware(),
                                             mapping_of({.tile_rows = 3, .tile_channels = channels}));
    ASSERT_NO_THROW(expect_equal(compiled));
  }
}

// 9 * 8192 inputs are more than 65536 places: a block has at most 7281 channels.
TEST(GroupedConvolution, BlocksStayWithinReachOfAbsoluteIndices) {
  QuantizedNetwork network = grouped(8192, 8192, 8192, false, dense);
  for (Tensor& tensor : network.tensors) tensor.height = tensor.width = 1;
  const CompiledNetwork compiled = compile(network, hardware());
  EXPECT_GE(compiled.plans[0].tiles.size(), 2u);
  ASSERT_NO_THROW(expect_equal(compiled));
}

TEST(GroupedConvolution, RefusesWhatIsNoGroup) {
  EXPECT_EQ(error_of(grouped(12, 18, 6, true, none)), "");
  QuantizedNetwork network = grouped(12, 18, 6, true, none);
  network.layers[0].groups = 4;
  EXPECT_EQ(
      error_of(network),
      "layer 'only': 4 groups of 12 input and 18 output channels; both must be multiples of the number of groups");
  EXPECT_NE(error_of(grouped(12, 18, 6, true, one_of_32),
                     mapping_of({.index_format = compiler::Mapping::IndexFormat::n_of_m}))
                .find("n_of_m is impossible: rows of a grouped convolution"),
            std::string::npos);
}

}  // namespace
}  // namespace terse::testing
