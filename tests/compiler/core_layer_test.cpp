// Layers of the core: the driver's integers equal the reference's, and both the definition in reals as nearly as
// docs/numerics.md says; what cannot be is refused.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
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
using compiler::QuantizedNetwork;
using compiler::RearrangeOperation;
using compiler::Tensor;

const HardwareLimits hardware{1u << 20, 1u << 16, 16, 16, 4, 8, 1u << 26};

std::vector<std::int32_t> values_of(const std::vector<std::uint8_t>& bytes, const Tensor& tensor) {
  std::vector<std::int32_t> values(tensor.elements());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (tensor.bits == 32) {
      std::memcpy(&values[i], bytes.data() + 4 * i, 4);
    } else {
      values[i] = tensor.is_signed ? static_cast<std::int8_t>(bytes[i]) : std::int32_t{bytes[i]};
    }
  }
  return values;
}

/// One layer of the core from a tensor to another.
QuantizedNetwork one_layer(const Tensor& input, const Tensor& output, compiler::CoreOperation operation) {
  QuantizedNetwork network;
  network.tensors = {input, output};
  network.output = 1;
  Layer layer;
  layer.name = "only";
  layer.kind = compiler::LayerKind::core;
  layer.output = 1;
  layer.operation = std::move(operation);
  layer.clip_low = output.is_signed ? -128 : 0;
  layer.clip_high = layer.clip_low + 255;
  if (output.bits == 32) layer.clip_low = INT32_MIN, layer.clip_high = INT32_MAX;
  network.layers = {layer};
  return network;
}

Tensor tensor(std::uint32_t height, std::uint32_t width, std::uint32_t channels, bool is_signed, double scale,
              std::int32_t zero_point = 0) {
  Tensor result;
  result.name = "t";
  result.height = height;
  result.width = width;
  result.channels = channels;
  result.is_signed = is_signed;
  result.scale = scale;
  result.zero_point = zero_point;
  return result;
}

/// Output of image and reference, which must be equal.
std::vector<std::int32_t> run(const QuantizedNetwork& network, const std::vector<std::uint8_t>& input) {
  const CompiledNetwork compiled = compile(network, hardware);
  EXPECT_NO_THROW(compiler::inspect_image(compiled.image));
  const auto found =
      values_of(ImageInterpreter(compiled.image, Overlap::none).run(input), network.tensors[network.output]);
  EXPECT_EQ(found, reference::evaluate(network, input)[network.output]);
  return found;
}

std::string error_of(const QuantizedNetwork& network) {
  try {
    compile(network, hardware);
  } catch (const CompileError& error) {
    return error.what();
  }
  return "";
}

TEST(CoreLayer, RandomNetworksEqualTheReference) {
  std::size_t operations[6] = {};
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomNetwork random(seed, true);
    const QuantizedNetwork network = random.network();
    for (const Layer& layer : network.layers) {
      if (layer.operation) ++operations[layer.operation->index()];
    }
    run(network, random.input(network));
    if (HasFailure()) return;
  }
  for (const std::size_t count : operations) EXPECT_GT(count, 50u);
}

// -- against real arithmetic ---------------------------------------------------------------------------------------------

// Input steps of 1/16, outputs of 1/256. Of 2000 pixels none is off by more than the rounding of the output: half a step, and
// a hundredth for the 24 bits of the exponentials.
TEST(CoreLayer, SoftmaxIsWithinHalfAStep) {
  const Tensor input = tensor(40, 50, 64, true, 1.0 / 16, 3), output = tensor(40, 50, 64, true, 1.0 / 256, -128);
  const QuantizedNetwork network = one_layer(input, output, compiler::SoftmaxOperation{});
  RandomNetwork random(3);
  const std::vector<std::uint8_t> bytes = random.input(network);
  const std::vector<std::int32_t> x = values_of(bytes, input), y = run(network, bytes);
  for (std::size_t pixel = 0; pixel < 2000; ++pixel) {
    double sum = 0;
    for (std::size_t c = 0; c < 64; ++c) sum += std::exp(x[pixel * 64 + c] / 16.0);
    for (std::size_t c = 0; c < 64; ++c) {
      const double real = std::min(std::exp(x[pixel * 64 + c] / 16.0) / sum * 256 - 128, 127.0);
      ASSERT_NEAR(y[pixel * 64 + c], real, 0.51);
    }
  }
}

TEST(CoreLayer, LayerNormIsWithinHalfAStep) {
  const Tensor input = tensor(10, 20, 192, true, 0.04, -5), output = tensor(10, 20, 192, true, 1.0 / 32, 7);
  RandomNetwork random(4);
  compiler::LayerNormOperation operation;
  for (int c = 0; c < 192; ++c) {
    operation.gamma.push_back(0.001 * static_cast<double>(random.number(-2000, 2000)));
    operation.beta.push_back(0.001 * static_cast<double>(random.number(-1000, 1000)));
  }
  const QuantizedNetwork network = one_layer(input, output, operation);
  const std::vector<std::uint8_t> bytes = random.input(network);
  const std::vector<std::int32_t> x = values_of(bytes, input), y = run(network, bytes);
  for (std::size_t pixel = 0; pixel < 200; ++pixel) {
    double mean = 0, variance = 0;
    for (std::size_t c = 0; c < 192; ++c) mean += 0.04 * x[pixel * 192 + c] / 192;
    for (std::size_t c = 0; c < 192; ++c) variance += std::pow(0.04 * x[pixel * 192 + c] - mean, 2) / 192;
    for (std::size_t c = 0; c < 192; ++c) {
      const double normal = (0.04 * x[pixel * 192 + c] - mean) / std::sqrt(variance + operation.epsilon);
      const double real = std::clamp((operation.gamma[c] * normal + operation.beta[c]) * 32 + 7, -128.0, 127.0);
      ASSERT_NEAR(y[pixel * 192 + c], real, 0.501);
    }
  }
}

// -- by hand -------------------------------------------------------------------------------------------------------------

// Four equal inputs share 256 steps: 64 each. Two of them 16 * ln 3 = 17.6 lower weigh about a third.
TEST(CoreLayer, SoftmaxByHand) {
  const Tensor input = tensor(1, 1, 4, false, 1.0 / 16), output = tensor(1, 1, 4, false, 1.0 / 256);
  const QuantizedNetwork network = one_layer(input, output, compiler::SoftmaxOperation{});
  EXPECT_EQ(run(network, {9, 9, 9, 9}), (std::vector<std::int32_t>{64, 64, 64, 64}));
  EXPECT_EQ(run(network, {255, 0, 0, 0}), (std::vector<std::int32_t>{255, 0, 0, 0})) << "256 is clipped";
}

// 1, 3: mean 2, deviation 1 -> -1, 1; in steps of 1/8: -8, 8. Equal elements are 0 whatever epsilon is, and give beta.
TEST(CoreLayer, LayerNormByHand) {
  const Tensor input = tensor(1, 1, 2, false, 1), output = tensor(1, 1, 2, true, 1.0 / 8);
  compiler::LayerNormOperation operation{{1, 1}, {0, 0}, 0};
  EXPECT_EQ(run(one_layer(input, output, operation), {1, 3}), (std::vector<std::int32_t>{-8, 8}));
  EXPECT_EQ(run(one_layer(input, output, operation), {200, 200}), (std::vector<std::int32_t>{0, 0}));
  operation.beta = {1, -1};
  EXPECT_EQ(run(one_layer(input, output, operation), {0, 0}), (std::vector<std::int32_t>{8, -8}));
}

// (1 2; 3 4) (5 6; 7 8)^T, b being the input itself: rows times rows, zero point 1: (0 1; 2 3): 0*0+1*1, 0*2+1*3; 3, 13.
TEST(CoreLayer, MatrixProductByHand) {
  const Tensor input = tensor(1, 2, 2, false, 1, 1);
  Tensor output = tensor(1, 2, 2, true, 1);
  output.bits = 32;
  compiler::MatrixProductOperation p{1, 2, 2, 2, {0, 2, 1}, {0, 1, 2}, {0, 2, 1}, {1, 0}};
  QuantizedNetwork network = one_layer(input, output, p);
  network.layers[0].more_inputs = {0};
  EXPECT_EQ(run(network, {1, 2, 3, 4}), (std::vector<std::int32_t>{1, 3, 3, 13}));
}

/// Rows longer than the driver's workspace, and more columns than one panel of it has.
TEST(CoreLayer, LargeMatricesTakeEveryPath) {
  for (const auto& [pixels, depth] : {std::pair{3u, 5000u}, {40u, 900u}, {3u, 1024u}, {5u, 1u}}) {
    Tensor input = tensor(1, pixels, depth, true, 1, -3), output = tensor(1, pixels, pixels, true, 1);
    const auto d = static_cast<std::int32_t>(depth), n = static_cast<std::int32_t>(pixels);
    compiler::MatrixProductOperation p{1, pixels, pixels, depth, {0, d, 1}, {0, 1, d}, {0, n, 1}, {77, 20}};
    QuantizedNetwork network = one_layer(input, output, p);
    network.layers[0].more_inputs = {0};
    RandomNetwork random(depth);
    run(network, random.input(network));
  }
}

/// Pixels of more channels than the driver's workspace holds.
TEST(CoreLayer, WidePixelsTakeEveryPath) {
  for (const std::uint32_t channels : {1u, 3u, 700u, 2048u, 2049u, 9000u}) {
    const Tensor input = tensor(2, 2, channels, true, 0.05), output = tensor(2, 2, channels, true, 0.05);
    RandomNetwork random(channels);
    compiler::LayerNormOperation operation;
    operation.gamma.assign(channels, 0.7);
    operation.beta.assign(channels, 0.1);
    for (const QuantizedNetwork& network :
         {one_layer(input, output, operation), one_layer(input, output, compiler::SoftmaxOperation{})}) {
      run(network, random.input(network));
    }
  }
}

TEST(CoreLayer, OutputsMayBeWords) {
  const Tensor input = tensor(2, 3, 5, true, 0.05);
  Tensor output = tensor(2, 3, 5, true, 1.0 / (1 << 20));
  output.bits = 32;
  compiler::TableOperation table;
  for (int i = 0; i < 256; ++i) table.values[static_cast<std::size_t>(i)] = static_cast<std::int16_t>(i * 100);
  compiler::LayerNormOperation norm;
  norm.gamma.assign(5, 1);
  norm.beta.assign(5, 0);
  RandomNetwork random(6);
  for (const compiler::CoreOperation& operation : {compiler::CoreOperation{table}, compiler::CoreOperation{norm},
                                                   compiler::CoreOperation{compiler::SoftmaxOperation{}}}) {
    const QuantizedNetwork network = one_layer(input, output, operation);
    run(network, random.input(network));
  }
}

// -- refusals ------------------------------------------------------------------------------------------------------------

TEST(CoreLayer, RefusesWhatIsUnsound) {
  const Tensor small = tensor(2, 2, 4, false, 0.1);
  Tensor other = small;
  other.channels = 5;
  const auto error = [&](const Tensor& output, compiler::CoreOperation operation, std::vector<std::size_t> more = {}) {
    QuantizedNetwork network = one_layer(small, output, std::move(operation));
    network.layers[0].more_inputs = std::move(more);
    return error_of(network);
  };
  EXPECT_EQ(error(other, compiler::TableOperation{}), "layer 'only': a table of 16 elements to 20");
  EXPECT_EQ(error(small, compiler::TableOperation{}, {0}),
            "layer 'only': 2 operands; this operation of the core takes 1");
  EXPECT_EQ(error(other, compiler::SoftmaxOperation{}),
            "layer 'only': its input is 2 x 2 x 4, its output 2 x 2 x 5; they must be the same");
  EXPECT_EQ(error(small, compiler::LayerNormOperation{{1}, {1}, 0}),
            "layer 'only': 1 gammas and 1 betas for 4 channels");
  EXPECT_NE(error(other, compiler::ElementWiseOperation{}, {0}).find("the first must have the shape of the output"),
            std::string::npos);
  Tensor coarse = small;
  coarse.scale = 3;
  EXPECT_EQ(error(coarse, compiler::SoftmaxOperation{}),
            "layer 'only': softmax with an output scale of 3; it must be greater than 2^-31 and at most 2");
  RearrangeOperation twice;
  twice.blocks.assign(2, {0, 0, 0, {1, 1, 1, 1, 16}, {0, 0, 0, 0, 1}, {0, 0, 0, 0, 1}});
  EXPECT_EQ(error(small, twice), "layer 'only': two blocks write output element 0");
  RearrangeOperation outside;
  outside.blocks = {{0, 1, 0, {1, 1, 1, 1, 16}, {0, 0, 0, 0, 1}, {0, 0, 0, 0, 1}}};
  EXPECT_EQ(error(small, outside), "layer 'only': a block leaves 't' of 16 or its output of 16 elements");
  compiler::MatrixProductOperation p{1, 4, 4, 4, {0, 4, 1}, {0, 1, 5}, {0, 4, 1}, {1, 0}};
  EXPECT_EQ(error(small, p, {0}), "layer 'only': 1 matrices of 4 x 4 with strides 0, 1, 5 leave 't' of 16 elements");
  p.b = {0, 1, 4};
  p.depth = 40000;
  EXPECT_EQ(error(small, p, {0}), "layer 'only': a matrix product over 40000 elements; at most 33025 fit 32 bits");
}

}  // namespace
}  // namespace terse::testing
