// Imported graphs, evaluated by the golden reference in integers, against an independent evaluation of the same graph
// in double precision with fake quantization: at most one step apart, and almost everywhere equal.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "compiler/compiler.hpp"
#include "compiler/pattern.hpp"
#include "compiler/reference/reference.hpp"
#include "tests/compiler/onnx_builder.hpp"

namespace terse::testing {
namespace {

using compiler::CompileOptions;
using compiler::Layer;
using compiler::LayerKind;
using compiler::QuantizedNetwork;
using compiler::Tensor;

/// Real values in the file's order, [channel][row][column].
struct Image {
  int channels = 0, height = 1, width = 1;
  std::vector<double> values;
  double& at(int c, int y, int x) { return values[static_cast<std::size_t>((c * height + y) * width + x)]; }
  [[nodiscard]] double at(int c, int y, int x) const {
    return values[static_cast<std::size_t>((c * height + y) * width + x)];
  }
  [[nodiscard]] bool inside(int y, int x) const { return y >= 0 && x >= 0 && y < height && x < width; }
};

Image make_image(int channels, int height, int width) {
  return {channels, height, width, std::vector<double>(static_cast<std::size_t>(channels * height * width), 0.0)};
}

Image convolve(const Image& in, const std::vector<double>& weights, int outputs, int kernel, int stride, int pad) {
  Image out =
      make_image(outputs, (in.height + 2 * pad - kernel) / stride + 1, (in.width + 2 * pad - kernel) / stride + 1);
  for (int o = 0; o < outputs; ++o) {
    for (int y = 0; y < out.height; ++y) {
      for (int x = 0; x < out.width; ++x) {
        for (int c = 0; c < in.channels; ++c) {
          for (int i = 0; i < kernel; ++i) {
            for (int j = 0; j < kernel; ++j) {
              const int row = y * stride + i - pad, column = x * stride + j - pad;
              if (!in.inside(row, column)) continue;
              const int at = ((o * in.channels + c) * kernel + i) * kernel + j;
              out.at(o, y, x) += in.at(c, row, column) * weights[static_cast<std::size_t>(at)];
            }
          }
        }
      }
    }
  }
  return out;
}

void for_each(Image& image, auto change) {
  for (int c = 0; c < image.channels; ++c) {
    for (int y = 0; y < image.height; ++y) {
      for (int x = 0; x < image.width; ++x) image.at(c, y, x) = change(c, image.at(c, y, x));
    }
  }
}

Image fake_quantized(Image image, double scale, bool is_signed) {
  for_each(image, [&](int, double v) {
    return scale * std::clamp(std::round(v / scale), is_signed ? -128.0 : 0.0, is_signed ? 127.0 : 255.0);
  });
  return image;
}

class OnnxImport : public ::testing::Test {
 protected:
  std::vector<double> numbers(std::size_t count, double low, double high) {
    std::uniform_real_distribution<double> uniform(low, high);
    std::vector<double> result(count);
    for (double& value : result) value = static_cast<double>(static_cast<float>(uniform(random_)));
    return result;
  }
  std::vector<double> integers(std::size_t count, int low, int high) {
    std::uniform_int_distribution<int> uniform(low, high);
    std::vector<double> result(count);
    for (double& value : result) value = uniform(random_);
    return result;
  }

  QuantizedNetwork import(const OnnxBuilder& builder, const CompileOptions& options = {}) {
    builder.write(file_.path());
    return compiler::import_onnx(file_.path(), options);
  }

  /// Random bytes as the network takes them, and the same image in the file's order and units.
  std::vector<std::uint8_t> random_input(const Tensor& tensor, Image& real) {
    real =
        make_image(static_cast<int>(tensor.channels), static_cast<int>(tensor.height), static_cast<int>(tensor.width));
    std::vector<std::uint8_t> bytes;
    for (int y = 0; y < real.height; ++y) {
      for (int x = 0; x < real.width; ++x) {
        for (int c = 0; c < real.channels; ++c) {
          bytes.push_back(static_cast<std::uint8_t>(integers(1, 0, 255)[0]));
          real.at(c, y, x) = tensor.scale * (tensor.is_signed ? static_cast<std::int8_t>(bytes.back()) : bytes.back());
        }
      }
    }
    return bytes;
  }

  /// The tensor's integers against the real image: at most `steps` of its scale apart.
  static void expect_close(const QuantizedNetwork& network, std::size_t tensor_index,
                           const reference::Activations& activations, const Image& real, double steps) {
    const Tensor& tensor = network.tensors[tensor_index];
    ASSERT_EQ(static_cast<int>(tensor.channels), real.channels);
    ASSERT_EQ(static_cast<int>(tensor.height), real.height);
    ASSERT_EQ(static_cast<int>(tensor.width), real.width);
    std::size_t index = 0, equal = 0;
    for (int y = 0; y < real.height; ++y) {
      for (int x = 0; x < real.width; ++x) {
        for (int c = 0; c < real.channels; ++c, ++index) {
          const double integer = activations[tensor_index][index];
          ASSERT_NEAR(integer, real.at(c, y, x) / tensor.scale, steps + 1e-3)
              << "channel " << c << " at " << y << "," << x;
          equal += std::abs(integer - real.at(c, y, x) / tensor.scale) < 0.5 ? 1u : 0u;
        }
      }
    }
    EXPECT_GE(static_cast<double>(equal), 0.95 * static_cast<double>(index));
  }

  std::mt19937 random_{17};
  TemporaryFile file_{"import.onnx"};
};

std::vector<double> summed(const std::vector<double>& ternary, const std::vector<double>& ternary_scale,
                           const std::vector<double>& values, const std::vector<double>& value_scale) {
  std::vector<double> result(ternary.size());
  const std::size_t row = ternary.size() / ternary_scale.size();
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = ternary[i] * ternary_scale[i / row] + values[i] * value_scale[i / row];
  }
  return result;
}

/// Values of which one in each group of 32 consecutive k = tap * inputs + c is not zero; in the file's order.
std::vector<double> one_in_32(std::size_t outputs, std::size_t inputs, std::size_t taps) {
  std::vector<double> result(outputs * inputs * taps, 0.0);
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t k = (o * 7) % 32; k < inputs * taps; k += 32) {
      result[(o * inputs + k % inputs) * taps + k / inputs] = o % 2 == 0 ? 100 : -77;
    }
  }
  return result;
}

TEST_F(OnnxImport, MixedConvolutionWithBatchNormalizationAndRelu) {
  OnnxBuilder b;
  const std::string x = b.quantize("image", b.input("image", {-1, 8, 6, 6}), 1.0 / 255, false);
  const std::vector<double> ternary = integers(16 * 8 * 9, -1, 1), values = one_in_32(16, 8, 9);
  const std::vector<double> st = numbers(16, 0.01, 0.05), sv = numbers(16, 0.001, 0.002);
  const std::string weight =
      b.node("Add", "w", {b.weight("v", {16, 8, 3, 3}, values, sv), b.weight("t", {16, 8, 3, 3}, ternary, st)});
  const std::string conv =
      b.node("Conv", "conv", {x, weight},
             {{"kernel_shape", Shape{3, 3}}, {"pads", Shape{1, 1, 1, 1}}, {"strides", Shape{2, 2}}});
  const std::vector<double> gamma = numbers(16, -1, 1), beta = numbers(16, -0.5, 0.5), mean = numbers(16, -1, 1),
                            variance = numbers(16, 0.5, 2);
  const std::string bn = b.node("BatchNormalization", "bn",
                                {conv, b.constant("gamma", {16}, gamma), b.constant("beta", {16}, beta),
                                 b.constant("mean", {16}, mean), b.constant("variance", {16}, variance)},
                                {{"epsilon", 1e-3}});
  b.output(b.quantize("y", b.node("Relu", "relu", {bn}), 0.01, false));

  const QuantizedNetwork network = import(b);
  ASSERT_EQ(network.layers.size(), 1u);
  const Layer& layer = network.layers[0];
  EXPECT_EQ(layer.name, "conv");
  EXPECT_EQ(layer.kind, LayerKind::convolution);
  EXPECT_EQ(compiler::to_string(layer.pattern), "1:32");
  EXPECT_EQ(layer.value_bits, 8u);
  EXPECT_EQ(layer.weight_error, 0);
  EXPECT_EQ(network.tensors[network.output].height, 3u);

  Image real;
  const std::vector<std::uint8_t> input = random_input(network.tensors[0], real);
  Image expected = convolve(real, summed(ternary, st, values, sv), 16, 3, 2, 1);
  for_each(expected, [&](int c, double v) {
    const auto o = static_cast<std::size_t>(c);
    return std::max(0.0, (v - mean[o]) / std::sqrt(variance[o] + 1e-3) * gamma[o] + beta[o]);
  });
  expect_close(network, network.output, reference::evaluate(network, input), fake_quantized(expected, 0.01, false), 1);
}

TEST_F(OnnxImport, ResidualFromAQuantizedShortcutConvolution) {
  for (const bool swapped : {false, true}) {
    OnnxBuilder b;
    const std::string x = b.quantize("image", b.input("image", {1, 4, 5, 5}), 0.02, true);
    const std::vector<double> shortcut = integers(6 * 4, -90, 90), main = integers(6 * 4 * 9, -1, 1);
    const std::vector<double> ss = numbers(6, 0.001, 0.01), sm = numbers(6, 0.02, 0.1), bias = numbers(6, -0.5, 0.5);
    const std::string s =
        b.quantize("s", b.node("Conv", "shortcut", {x, b.weight("ws", {6, 4, 1, 1}, shortcut, ss)}), 0.03, true);
    const std::string c =
        b.node("Conv", "main", {x, b.weight("wm", {6, 4, 3, 3}, main, sm), b.constant("b", {6}, bias)},
               {{"auto_pad", "SAME_UPPER"}});
    const std::string sum = b.node("Add", "add", swapped ? std::vector{s, c} : std::vector{c, s});
    b.output(b.quantize("y", b.node("Relu", "relu", {sum}), 0.02, false));

    const QuantizedNetwork network = import(b);
    ASSERT_EQ(network.layers.size(), 2u);
    EXPECT_EQ(network.layers[0].name, "shortcut");
    EXPECT_EQ(network.layers[1].residual, network.layers[0].output);
    EXPECT_TRUE(network.layers[1].high_precision.empty()) << "ternary by value";
    EXPECT_TRUE(network.layers[0].ternary.empty());
    EXPECT_EQ(compiler::to_string(network.layers[0].pattern), "dense");

    Image real;
    const std::vector<std::uint8_t> input = random_input(network.tensors[0], real);
    const std::vector<double> none(24, 0.0), none_main(6 * 36, 0.0), zero(6, 0.0);
    const Image side = fake_quantized(convolve(real, summed(none, zero, shortcut, ss), 6, 1, 1, 0), 0.03, true);
    Image expected = convolve(real, summed(main, sm, none_main, zero), 6, 3, 1, 1);
    for (std::size_t i = 0; i < expected.values.size(); ++i) {
      expected.values[i] = std::max(0.0, expected.values[i] + bias[i / 25] + side.values[i]);
    }
    expect_close(network, network.output, reference::evaluate(network, input), fake_quantized(expected, 0.02, false),
                 1);
  }
}

/// conv -> max pool -> flatten -> fully connected, with real logits.
TEST_F(OnnxImport, FlattenBeforeGemmAndMatMulIsReordered) {
  for (const std::string form : {"gemm", "gemm_transposed", "matmul"}) {
    SCOPED_TRACE(form);
    OnnxBuilder b(10);
    const std::string x = b.quantize("image", b.input("image", {-1, 3, 4, 6}), 0.01, false);
    const std::string pool = b.node("MaxPool", "pool", {x}, {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}});
    const std::string flat =
        form == "matmul" ? b.node("Reshape", "flat", {pool, b.constant("to", {2}, {0, -1}, OnnxBuilder::Type::int64)})
                         : b.node("Flatten", "flat", {pool});
    const std::vector<double> w = integers(18 * 5, -100, 100), scale = numbers(5, 0.001, 0.01),
                              bias = numbers(5, -1, 1);
    std::string y;
    if (form == "gemm_transposed") {
      y = b.node("Gemm", "fc", {flat, b.weight("w", {5, 18}, w, scale), b.constant("b", {5}, bias)},
                 {{"transB", std::int64_t{1}}, {"alpha", 2.0}, {"beta", 3.0}});
    } else if (form == "gemm") {
      y = b.node("Gemm", "fc", {flat, b.weight("w", {18, 5}, w, scale, 1), b.constant("b", {5}, bias)});
    } else {
      y = b.node("Add", "bias",
                 {b.constant("b", {5}, bias), b.node("MatMul", "fc", {flat, b.weight("w", {18, 5}, w, scale, -1)})});
    }
    b.output(y);

    const QuantizedNetwork network = import(b);
    ASSERT_EQ(network.layers.size(), 2u);
    EXPECT_EQ(network.layers[0].kind, LayerKind::max_pool);
    EXPECT_EQ(network.layers[1].kind, LayerKind::fully_connected);
    const Tensor& logits = network.tensors[network.output];
    EXPECT_EQ(logits.bits, 32u);

    Image real;
    const std::vector<std::uint8_t> input = random_input(network.tensors[0], real);
    Image expected = make_image(5, 1, 1);
    for (int o = 0; o < 5; ++o) {
      const auto out = static_cast<std::size_t>(o);
      double sum = 0;
      for (int flat_index = 0; flat_index < 18; ++flat_index) {
        const int c = flat_index / 6, y2 = flat_index / 3 % 2, x2 = flat_index % 3;
        double greatest = 0;
        for (int i = 0; i < 4; ++i) greatest = std::max(greatest, real.at(c, 2 * y2 + i / 2, 2 * x2 + i % 2));
        const auto k = static_cast<std::size_t>(flat_index);
        sum += greatest * scale[out] * (form == "gemm_transposed" ? w[out * 18 + k] : w[k * 5 + out]);
      }
      expected.at(o, 0, 0) = form == "gemm_transposed" ? 2 * sum + 3 * bias[out] : sum + bias[out];
    }
    const reference::Activations activations = reference::evaluate(network, input);
    for (int o = 0; o < 5; ++o) {
      const double logit = activations[network.output][static_cast<std::size_t>(o)] * logits.scale;
      EXPECT_NEAR(logit, expected.at(o, 0, 0), 2e-4 * (1 + std::abs(logit))) << "15-bit multipliers";
    }
  }
}

TEST_F(OnnxImport, AveragePoolsAndStandaloneAddition) {
  OnnxBuilder b(11);
  const std::string x = b.quantize("image", b.input("image", {1, 2, 4, 4}), 0.05, true);
  const std::string p = b.quantize("p",
                                   b.node("AveragePool", "small", {x},
                                          {{"kernel_shape", Shape{2, 2}},
                                           {"strides", Shape{1, 1}},
                                           {"pads", Shape{1, 1, 0, 0}},
                                           {"count_include_pad", std::int64_t{1}}}),
                                   0.04, true);
  const std::string clip = b.node(
      "Clip", "clip", {b.node("Add", "sum", {x, p}), b.constant("low", {}, {-1.0}), b.constant("high", {}, {4.0})});
  const std::string s = b.quantize("s", clip, 0.05, true);
  b.output(b.quantize("g", b.node("GlobalAveragePool", "global", {b.node("Identity", "same", {s})}), 0.02, true));

  const QuantizedNetwork network = import(b);
  ASSERT_EQ(network.layers.size(), 3u);
  EXPECT_EQ(network.layers[1].kind, LayerKind::add);
  EXPECT_EQ(network.layers[1].clip_low, -20);
  EXPECT_EQ(network.layers[1].clip_high, 80);

  Image real;
  const std::vector<std::uint8_t> input = random_input(network.tensors[0], real);
  Image pooled = make_image(2, 4, 4), global = make_image(2, 1, 1);
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < 64; ++i) {
      const int y = i / 16, x2 = i / 4 % 4, row = y + i / 2 % 2 - 1, column = x2 + i % 2 - 1;
      if (real.inside(row, column)) pooled.at(c, y, x2) += real.at(c, row, column) / 4;
    }
  }
  pooled = fake_quantized(pooled, 0.04, true);
  Image sum = real;
  for (std::size_t i = 0; i < sum.values.size(); ++i)
    sum.values[i] = std::clamp(sum.values[i] + pooled.values[i], -1.0, 4.0);
  sum = fake_quantized(sum, 0.05, true);
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < 16; ++i) global.at(c, 0, 0) += sum.at(c, i / 4, i % 4) / 16;
  }
  const reference::Activations activations = reference::evaluate(network, input);
  expect_close(network, network.layers[0].output, activations, pooled, 1);
  expect_close(network, network.layers[1].output, activations, sum, 1);
  expect_close(network, network.output, activations, fake_quantized(global, 0.02, true), 1);
}

/// Constants in typed fields, Constant nodes, quantized float weights, int32 bias, a rescaled copy, integer input.
TEST_F(OnnxImport, OtherFormsOfTheSame) {
  OnnxBuilder b(19);
  b.input("image", {1, 1, 3, 3}, OnnxBuilder::Type::uint8);
  b.constant("sx", {}, {0.5}, OnnxBuilder::Type::real, false);
  const std::string x = b.node("DequantizeLinear", "dx", {"image", "sx"});
  const std::vector<double> w = numbers(2 * 9, -1, 1);
  b.constant("sw", {2}, {0.01, 0.02});
  b.constant("zw", {2}, {0, 0}, OnnxBuilder::Type::int8, false);
  const std::string quantized =
      b.node("QuantizeLinear", "qw", {b.constant_node("w", {2, 1, 3, 3}, w), "sw", "zw"}, {{"axis", std::int64_t{0}}});
  const std::string weight = b.node("DequantizeLinear", "dw", {quantized, "sw", "zw"}, {{"axis", std::int64_t{0}}});
  b.constant("bias", {2}, {300, -200}, OnnxBuilder::Type::int32);
  b.constant("sb", {}, {0.01});
  const std::string bias = b.node("DequantizeLinear", "db", {"bias", "sb"});
  const std::string c = b.quantize("c", b.node("Conv", "conv", {x, weight, bias}), 0.7, true);
  b.output(b.quantize("coarse", b.node("Relu", "relu", {b.node("Dropout", "drop", {c})}), 1.4, false));

  const QuantizedNetwork network = import(b);
  ASSERT_EQ(network.layers.size(), 2u);
  EXPECT_EQ(network.tensors[0].scale, 0.5);
  Image real;
  const std::vector<std::uint8_t> input = random_input(network.tensors[0], real);
  std::vector<double> rounded = w;
  for (std::size_t i = 0; i < rounded.size(); ++i) {
    const double scale = i < 9 ? 0.01 : 0.02;
    rounded[i] = scale * std::clamp(std::nearbyint(w[i] / scale), -128.0, 127.0);
  }
  Image expected = convolve(real, rounded, 2, 3, 1, 0);
  expected.values[0] += 3;
  expected.values[1] -= 2;
  const reference::Activations activations = reference::evaluate(network, input);
  const Image fine = fake_quantized(expected, 0.7, true);
  for (std::size_t o = 0; o < 2; ++o) {
    EXPECT_NEAR(activations[network.layers[0].output][o], fine.values[o] / 0.7, 1.001);
    EXPECT_EQ(activations[network.output][o],
              std::max(0.0, std::round(activations[network.layers[0].output][o] / 2.0)));
  }
}

TEST_F(OnnxImport, PlainFloatWeightsBecomeEightBits) {
  OnnxBuilder b;
  const std::string x = b.quantize("image", b.input("image", {1, 3, 1, 1}), 1, false);
  const std::vector<double> w = numbers(4 * 3, -1, 1);
  b.output(b.quantize("y", b.node("Conv", "conv", {x, b.constant("w", {4, 3, 1, 1}, w)}), 2, true));
  const QuantizedNetwork network = import(b);
  EXPECT_TRUE(network.layers[0].ternary.empty());
  EXPECT_EQ(compiler::to_string(network.layers[0].pattern), "dense");
  EXPECT_GT(network.layers[0].weight_error, 0);
  EXPECT_LT(network.layers[0].weight_error, 0.01);
}

/// Three weighted layers; only the middle one is split unless the options say so.
TEST_F(OnnxImport, DecompositionSparesFirstAndLast) {
  OnnxBuilder b;
  std::string x = b.quantize("image", b.input("image", {1, 8, 2, 2}), 1.0 / 255, false);
  for (const std::string name : {"a", "b", "c"}) {
    const std::string w = b.weight("w" + name, {8, 8, 3, 3}, integers(8 * 72, -127, 127), {0.01});
    x = b.quantize(name, b.node("Conv", "conv_" + name, {x, w}, {{"pads", Shape{1, 1, 1, 1}}}), 0.1, true);
  }
  b.output(x);
  CompileOptions options;
  options.decomposition.decompose = true;
  QuantizedNetwork network = import(b, options);
  EXPECT_TRUE(network.layers[0].ternary.empty());
  EXPECT_FALSE(network.layers[1].ternary.empty());
  EXPECT_EQ(compiler::to_string(network.layers[1].pattern), "1:32");
  EXPECT_GT(network.layers[1].weight_error, 0.1);
  EXPECT_TRUE(network.layers[2].ternary.empty());
  options.decomposition.first_and_last = true;
  network = import(b, options);
  for (const Layer& layer : network.layers) EXPECT_FALSE(layer.ternary.empty());
  options.decomposition.density = 0;
  network = import(b, options);
  for (const Layer& layer : network.layers) EXPECT_TRUE(layer.high_precision.empty());
}

TEST_F(OnnxImport, ZeroPartsAreDropped) {
  for (const bool ternary_is_zero : {false, true}) {
    OnnxBuilder b;
    const std::string x = b.quantize("image", b.input("image", {1, 4, 1, 1}), 1, false);
    const std::string t = b.weight(
        "t", {1, 4, 1, 1}, ternary_is_zero ? std::vector<double>(4, 0) : std::vector<double>{1, 0, -1, 1}, {0.5});
    const std::string v = b.weight(
        "v", {1, 4, 1, 1}, ternary_is_zero ? std::vector<double>{0, 50, 0, 0} : std::vector<double>(4, 0), {0.1});
    b.output(b.quantize("y", b.node("Conv", "conv", {x, b.node("Add", "w", {t, v})}), 1, true));
    const QuantizedNetwork network = import(b);
    EXPECT_EQ(network.layers[0].ternary.empty(), ternary_is_zero);
    EXPECT_EQ(network.layers[0].high_precision.empty(), !ternary_is_zero);
  }
}

TEST_F(OnnxImport, CeilModePoolsThePartialWindow) {
  OnnxBuilder b;
  const std::string x = b.quantize("image", b.input("image", {1, 1, 5, 5}), 1, true);
  b.output(b.node("MaxPool", "pool", {x},
                  {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}, {"ceil_mode", std::int64_t{1}}}));
  const QuantizedNetwork network = import(b);
  const Tensor& output = network.tensors[network.output];
  EXPECT_EQ(output.height, 3u);
  EXPECT_EQ(output.bits, 8u) << "a maximum keeps the grid of its input";
  std::vector<std::uint8_t> input(25, 0x80);
  input[24] = 5;
  EXPECT_EQ(reference::evaluate(network, input)[network.output].back(), 5);
}

}  // namespace
}  // namespace terse::testing
