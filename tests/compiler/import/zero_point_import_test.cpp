// Networks with zero points, groups and scales per channel, as quantizers for general hardware export them.
#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/compiler.hpp"
#include "compiler/import/import.hpp"
#include "tests/compiler/import/agreement.hpp"
#include "tests/compiler/onnx_builder.hpp"

namespace terse::testing {
namespace {

using compiler::QuantizedNetwork;
using Type = OnnxBuilder::Type;

class ZeroPointImport : public ::testing::Test {
 protected:
  std::vector<double> integers(std::size_t count, int low, int high) {
    std::vector<double> result(count);
    for (double& value : result) value = std::uniform_int_distribution<int>(low, high)(random_);
    return result;
  }
  std::vector<double> numbers(std::size_t count, double low, double high) {
    std::vector<double> result(count);
    for (double& value : result) {
      value = static_cast<double>(static_cast<float>(std::uniform_real_distribution<double>(low, high)(random_)));
    }
    return result;
  }

  QuantizedNetwork import(const OnnxBuilder& builder) {
    builder.write(file_.path());
    return compiler::import_network(file_.path(), {});
  }

  /// Multipliers have 15 bits, so a few outputs next to a tie may be one step apart.
  void expect_agreement(const OnnxBuilder& builder, std::size_t one_in = 50) {
    const QuantizedNetwork network = import(builder);
    std::size_t elements = 0, differing = 0;
    for (int trial = 0; trial < 5; ++trial) {
      const Agreement found = agreement(compiler::read_model(file_.path()), network, random_);
      EXPECT_LE(found.greatest_steps, 1.001);
      EXPECT_GT(found.distinct, 3);
      elements += found.elements;
      differing += found.differing;
    }
    EXPECT_LE(differing, elements / one_in + 1) << "of " << elements;
  }

  std::mt19937 random_{5};
  TemporaryFile file_{"zero_point.onnx"};
};

TEST_F(ZeroPointImport, ConvolutionsThatPadWithTheZeroPoint) {
  for (const bool is_signed : {false, true}) {
    for (const double zero : {is_signed ? -128.0 : 0.0, is_signed ? 100.0 : 255.0, 17.0}) {
      SCOPED_TRACE(zero);
      OnnxBuilder b;
      const std::string x = b.quantize("image", b.input("image", {1, 3, 6, 6}), 0.02, is_signed, zero);
      const std::string w = b.weight("w", {4, 3, 3, 3}, integers(108, -127, 127), numbers(4, 0.001, 0.01));
      b.constant("bias", {4}, integers(4, -3000, 3000), Type::int32);
      b.constant("bias.scale", {4}, numbers(4, 0.0001, 0.0003));
      const std::string bias = b.node("DequantizeLinear", "db", {"bias", "bias.scale"}, {{"axis", std::int64_t{0}}});
      const std::string y = b.node("Conv", "conv", {x, w, bias}, {{"pads", Shape{1, 1, 1, 1}}});
      b.output(b.quantize("y", b.node("Relu", "relu", {y}), 0.05, is_signed, is_signed ? -128 : 0));
      expect_agreement(b);
    }
  }
}

TEST_F(ZeroPointImport, DepthwiseAndGroupedConvolutions) {
  for (const std::int64_t groups : {2, 4}) {
    OnnxBuilder b;
    const std::string x = b.quantize("image", b.input("image", {1, 4, 5, 5}), 0.02, true, -10);
    const std::int64_t inputs = 4 / groups;
    const std::string w = b.weight("w", {8, inputs, 3, 3}, integers(static_cast<std::size_t>(72 * inputs), -127, 127),
                                   numbers(8, 0.001, 0.01));
    b.output(b.quantize("y", b.node("Conv", "conv", {x, w}, {{"group", groups}, {"pads", Shape{1, 1, 1, 1}}}), 0.03,
                        true, 5));
    expect_agreement(b);
  }
}

TEST_F(ZeroPointImport, WeightsWithAZeroPoint) {
  OnnxBuilder b;
  const std::string x = b.quantize("image", b.input("image", {1, 6}), 0.02, false, 128);
  b.constant("w", {6, 5}, integers(30, 0, 255), Type::uint8);
  b.constant("s", {}, {0.01});
  b.constant("z", {}, {128}, Type::uint8);
  const std::string w = b.node("DequantizeLinear", "dw", {"w", "s", "z"});
  b.output(b.quantize("y", b.node("MatMul", "fc", {x, w}), 0.02, false, 100));
  const QuantizedNetwork network = import(b);
  EXPECT_EQ(network.layers[0].value_bits, 8U) << "0 to 255 less 128";
  expect_agreement(b);
}

TEST_F(ZeroPointImport, PaddedAverages) {
  for (const std::int64_t counts : {0, 1}) {
    for (const std::int64_t stride : {1, 2}) {
      OnnxBuilder b;
      const std::string x = b.quantize("image", b.input("image", {1, 3, 7, 6}), 0.03, true, 17);
      const std::string mean = b.node("AveragePool", "mean", {x},
                                      {{"kernel_shape", Shape{3, 3}},
                                       {"pads", Shape{1, 1, 1, 1}},
                                       {"strides", Shape{stride, stride}},
                                       {"count_include_pad", counts}});
      b.output(b.quantize("y", mean, 0.0217, true, -4));
      const QuantizedNetwork network = import(b);
      // Rows and columns at either border are a region each: 3 x 3 pools and their joining. With stride 2 the last of
      // seven rows still has one beyond it and of six columns none, so 3 x 2.
      EXPECT_EQ(network.layers.back().kind == compiler::LayerKind::core, counts == 0);
      EXPECT_EQ(std::count_if(network.layers.begin(), network.layers.end(),
                              [](const auto& layer) { return layer.kind == compiler::LayerKind::average_pool; }),
                counts == 1   ? 0
                : stride == 1 ? 9
                              : 6);
      expect_agreement(b);
    }
  }
}

TEST_F(ZeroPointImport, ConstantTensorsAreAdded) {
  for (const bool subtracts : {false, true}) {
    OnnxBuilder b;
    const std::string x = b.quantize("tokens", b.input("tokens", {1, 6, 8}), 0.03, true, 17);
    const std::string w = b.weight("w", {8, 8}, integers(64, -127, 127), {0.004});
    b.constant("positions", {1, 6, 8}, integers(48, -100, 127), Type::int8);
    b.constant("positions.scale", {}, {0.013});
    const std::string positions = b.node("DequantizeLinear", "dp", {"positions", "positions.scale"});
    const std::string y = b.node("MatMul", "embed", {x, w});
    b.output(b.quantize("y", b.node(subtracts ? "Sub" : "Add", "add", {y, positions}), 0.05, true, 5));
    const QuantizedNetwork network = import(b);
    EXPECT_EQ(network.layers.back().name, "embed") << "the constant is the layer's residual";
    // Residual and sum share a shift: 0.013 leaves 0.004 * 0.03 only 9 bits, so a few in a hundred are beyond a tie.
    expect_agreement(b, 10);
  }
}

TEST_F(ZeroPointImport, ResidualsAndPoolingOfDifferentZeroPoints) {
  OnnxBuilder b;
  const std::string x = b.quantize("image", b.input("image", {1, 4, 4, 4}), 0.03, false, 90);
  const std::string w = b.weight("w", {4, 4, 1, 1}, integers(16, -127, 127), {0.004});
  const std::string sum = b.node("Add", "add", {b.node("Conv", "conv", {x, w}), x});
  const std::string y = b.quantize("y", sum, 0.0613, true, -20);
  const std::string pool = b.node("MaxPool", "pool", {y}, {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}});
  const std::string p = b.quantize("p", pool, 0.0517, false, 120);
  const std::string both = b.quantize("both", b.node("Add", "sum", {p, p}), 0.1097, true, 3);
  b.output(
      b.quantize("mean", b.node("AveragePool", "mean", {both}, {{"kernel_shape", Shape{2, 1}}}), 0.1213, true, -4));
  // Residual and sum share a shift: 0.03 / 0.0613 leaves 0.004 * 0.03 / 0.0613 only 8 bits, so a sum that is 50 steps of
  // the output is off by up to 0.1 of a step, and one output in ten is on the other side of a tie.
  expect_agreement(b, 4);
}

TEST_F(ZeroPointImport, MovedImagesCostNothing) {
  OnnxBuilder b;
  const std::string x = b.quantize("image", b.input("image", {1, 5, 6, 3}), 0.03, true, 9);
  const std::string first = b.node("Transpose", "first", {x}, {{"perm", Shape{0, 3, 1, 2}}});
  const std::string w = b.weight("w", {4, 3, 2, 2}, integers(48, -127, 127), {0.004});
  const std::string last =
      b.node("Transpose", "last", {b.node("Conv", "conv", {first, w})}, {{"perm", Shape{0, 2, 3, 1}}});
  const std::string y = b.quantize("y", last, 0.05, true, -20);
  const std::string flat = b.node("Flatten", "flat", {y});
  const std::string f = b.weight("f", {7, 80}, integers(560, -127, 127), {0.003});
  b.output(b.quantize("z", b.node("Gemm", "fc", {flat, f}, {{"transB", std::int64_t{1}}}), 0.2, true, 1));
  b.write(file_.path());
  compiler::graph::Model model = compiler::read_model(file_.path());
  model.channels_last = true;  // stored as it comes
  const QuantizedNetwork network = compiler::import_graph(model, {});
  EXPECT_EQ(network.layers.size(), 2U);
  EXPECT_EQ(network.tensors[0].channels, 3U);
  const Agreement found = agreement(model, network, random_);
  EXPECT_LE(found.greatest_steps, 1.001);
}

TEST_F(ZeroPointImport, BatchNormalizationAndFactorsOfActivations) {
  OnnxBuilder b;
  const std::string x = b.quantize("image", b.input("image", {1, 3, 4, 4}), 0.03, true, 9);
  const std::string bn = b.node("BatchNormalization", "bn",
                                {x, b.constant("g", {3}, numbers(3, 0.5, 2)), b.constant("b", {3}, numbers(3, -1, 1)),
                                 b.constant("m", {3}, numbers(3, -1, 1)), b.constant("v", {3}, numbers(3, 0.5, 2))});
  const std::string y = b.quantize("y", bn, 0.05, true, -20);
  const std::string half = b.node("Mul", "half", {y, b.constant("c", {3, 1, 1}, {0.5, -0.25, 0.125})});
  const std::string less = b.node("Sub", "less", {b.constant("one", {}, {1.0}), half});
  b.output(b.quantize("z", b.node("Div", "div", {less, b.constant("d", {}, {2.0})}), 0.0213, true, 3));
  expect_agreement(b);
}

TEST_F(ZeroPointImport, ConvolutionsOfOneDimension) {
  OnnxBuilder b;
  const std::string x = b.quantize("signal", b.input("signal", {1, 4, 20}), 0.03, true, 9);
  const std::string w = b.weight("w", {6, 4, 5}, integers(120, -127, 127), numbers(6, 0.001, 0.005));
  const std::string y =
      b.quantize("y", b.node("Conv", "conv", {x, w}, {{"pads", Shape{2, 2}}, {"strides", Shape{2}}}), 0.06, true, -20);
  b.output(b.quantize("p", b.node("MaxPool", "pool", {y}, {{"kernel_shape", Shape{2}}}), 0.06, true, -20));
  const QuantizedNetwork network = import(b);
  // A signal comes as [C][L]; the convolution wants its channels innermost, so one copy precedes it.
  ASSERT_EQ(network.layers.size(), 3U);
  EXPECT_EQ(network.layers[0].kind, compiler::LayerKind::core);
  EXPECT_EQ(network.layers[1].window.pad_left, 2U);
  EXPECT_EQ(network.layers[1].window.kernel_height, 1U);
  EXPECT_EQ(network.tensors[network.layers[1].output].width, 10U);
}

/// Two convolutions of the same input whose sum nobody quantized in between are one layer.
TEST_F(ZeroPointImport, AnExplicitSuperpositionIsOneLayer) {
  OnnxBuilder b;
  const std::string x = b.quantize("image", b.input("image", {1, 4, 5, 5}), 0.02, false, 12);
  const std::string t = b.weight("t", {6, 4, 3, 3}, integers(216, -1, 1), numbers(6, 0.02, 0.1));
  std::vector<double> sparse(216, 0);
  for (std::size_t i = 0; i < sparse.size(); i += 36) sparse[i + 7] = 100;
  const std::string v = b.weight("v", {6, 4, 3, 3}, sparse, numbers(6, 0.001, 0.01));
  const std::string one = b.node("Conv", "dense", {x, t, b.constant("bias", {6}, numbers(6, -1, 1))});
  const std::string two = b.node("Conv", "sparse", {x, v});
  b.output(b.quantize("y", b.node("Relu", "relu", {b.node("Add", "sum", {two, one})}), 0.05, false));
  const QuantizedNetwork network = import(b);
  ASSERT_EQ(network.layers.size(), 1U);
  EXPECT_FALSE(network.layers[0].ternary.empty());
  EXPECT_FALSE(network.layers[0].high_precision.empty());
  expect_agreement(b);
}

}  // namespace
}  // namespace terse::testing
