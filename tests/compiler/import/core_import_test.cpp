// Operators that run on the core, against the graph in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compiler/compiler.hpp"
#include "compiler/import/import.hpp"
#include "tests/compiler/import/agreement.hpp"
#include "tests/compiler/onnx_builder.hpp"

namespace terse::testing {
namespace {

using compiler::QuantizedNetwork;
using Type = OnnxBuilder::Type;

class CoreImport : public ::testing::Test {
 protected:
  std::vector<double> numbers(std::size_t count, double low, double high) {
    std::vector<double> result(count);
    for (double& value : result) {
      value = static_cast<double>(static_cast<float>(std::uniform_real_distribution<double>(low, high)(random_)));
    }
    return result;
  }
  std::vector<double> integers(std::size_t count) {
    std::vector<double> result(count);
    for (double& value : result) value = std::uniform_int_distribution<int>(-127, 127)(random_);
    return result;
  }
  std::string constants(OnnxBuilder& b, const std::string& name, const std::vector<double>& values) {
    return b.constant(name, {static_cast<std::int64_t>(values.size())}, values, Type::int64);
  }

  QuantizedNetwork expect_agreement(const OnnxBuilder& b, double steps = 1.001) {
    b.write(file_.path());
    const QuantizedNetwork network = compiler::import_network(file_.path(), {});
    std::size_t elements = 0, differing = 0;
    for (int trial = 0; trial < 5; ++trial) {
      const Agreement found = agreement(compiler::read_model(file_.path()), network, random_);
      EXPECT_LE(found.greatest_steps, steps);
      EXPECT_GT(found.distinct, 2);
      elements += found.elements;
      differing += found.differing;
    }
    if (steps < 1.5) {
      EXPECT_LE(differing, elements / 50 + 1) << "of " << elements;
    }
    return network;
  }
  static std::size_t core_layers(const QuantizedNetwork& network) {
    return static_cast<std::size_t>(std::count_if(network.layers.begin(), network.layers.end(), [](const auto& layer) {
      return layer.kind == compiler::LayerKind::core;
    }));
  }

  std::mt19937 random_{17};
  TemporaryFile file_{"core.onnx"};
};

TEST_F(CoreImport, FunctionsOfOneElement) {
  for (const std::string op : {"LeakyRelu", "Elu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Gelu", "Softplus"}) {
    SCOPED_TRACE(op);
    OnnxBuilder b(20);
    const std::string x = b.quantize("x", b.input("in", {1, 3, 2, 4}), 0.037, true, -9);
    b.output(b.quantize("y", b.node(op, "f", {x}), 0.0213, true, 3));
    const QuantizedNetwork network = expect_agreement(b);
    EXPECT_EQ(network.layers.size(), 1U);
  }
}

TEST_F(CoreImport, FunctionsSpelledOutAreOneTable) {
  OnnxBuilder b;
  const std::string x = b.quantize("x", b.input("in", {1, 24}), 0.037, true, -9);
  const std::string erf = b.node("Erf", "erf", {b.node("Div", "div", {x, b.constant("r", {}, {std::sqrt(2.0)})})});
  const std::string one = b.node("Add", "plus", {erf, b.constant("one", {}, {1.0})});
  const std::string gelu = b.node("Mul", "half", {b.node("Mul", "mul", {x, one}), b.constant("h", {}, {0.5})});
  const std::string y = b.quantize("y", gelu, 0.0213, true, -100);
  b.output(b.quantize("z", b.node("Mul", "silu", {y, b.node("Sigmoid", "s", {y})}), 0.017, true, -90));
  EXPECT_EQ(expect_agreement(b).layers.size(), 2U);
}

/// conv -> hard swish without quantization in between: the convolution is stored where the function changes.
TEST_F(CoreImport, FunctionsRightAfterALayer) {
  OnnxBuilder b(14);
  const std::string x = b.quantize("x", b.input("in", {1, 4, 4, 4}), 0.02, true, 5);
  const std::string c = b.node("Conv", "conv", {x, b.weight("w", {4, 4, 1, 1}, integers(16), {0.01})});
  b.output(b.quantize("y", b.node("HardSwish", "f", {c}), 0.05, true, -100));
  EXPECT_EQ(expect_agreement(b, 2.001).layers.size(), 2U);
}

TEST_F(CoreImport, ProductsWithBroadcast) {
  OnnxBuilder b;
  const std::string x = b.quantize("x", b.input("in", {1, 6, 3, 5}), 0.02, true, 5);
  const std::string mean = b.quantize("m", b.node("GlobalAveragePool", "mean", {x}), 0.0087, true, -7);
  const std::string gate = b.quantize("g", b.node("Sigmoid", "gate", {mean}), 1.0 / 256, false);
  b.output(b.quantize("y", b.node("Mul", "scale", {gate, x}), 0.0133, true, 2));
  expect_agreement(b, 2.001);
}

TEST_F(CoreImport, ConcatPadSliceAndResize) {
  OnnxBuilder b;
  const std::string x = b.quantize("x", b.input("in", {1, 4, 3, 4}), 0.02, true, 5);
  const std::string y =
      b.quantize("y", b.node("Conv", "conv", {x, b.weight("w", {2, 4, 1, 1}, integers(8), {0.01})}), 0.031, true, -8);
  const std::string joined = b.node("Concat", "joined", {x, y, x}, {{"axis", std::int64_t{1}}});
  const std::string j = b.quantize("j", joined, 0.033, true, 4);
  const std::string part = b.node(
      "Slice", "part",
      {j, constants(b, "from", {1}), constants(b, "to", {9}), constants(b, "axis", {1}), constants(b, "step", {2})});
  const std::string padded = b.node("Pad", "padded", {part, constants(b, "pads", {0, 0, 1, 0, 0, 0, 0, 2})});
  const std::string wide = b.node("Resize", "wide", {padded, "", b.constant("scales", {4}, {1, 1, 2, 3})},
                                  {{"mode", std::string("nearest")},
                                   {"coordinate_transformation_mode", std::string("asymmetric")},
                                   {"nearest_mode", std::string("floor")}});
  b.output(b.node("Identity", "same", {wide}));
  expect_agreement(b);
}

TEST_F(CoreImport, SoftmaxAndLayerNormalization) {
  OnnxBuilder b(17);
  const std::string x = b.quantize("x", b.input("in", {1, 5, 16}), 0.037, true, -9);
  const std::string n =
      b.quantize("n",
                 b.node("LayerNormalization", "norm",
                        {x, b.constant("g", {16}, numbers(16, 0.5, 2)), b.constant("b", {16}, numbers(16, -1, 1))}),
                 0.031, true, 4);
  b.output(b.quantize("y", b.node("Softmax", "soft", {n}), 1.0 / 256, false));
  expect_agreement(b, 2.001);
}

TEST_F(CoreImport, LayerNormalizationSpelledOut) {
  OnnxBuilder b;
  const std::string x = b.quantize("x", b.input("in", {1, 5, 16}), 0.037, true, -9);
  const std::string mean = b.node("ReduceMean", "mean", {x}, {{"axes", Shape{-1}}});
  const std::string centred = b.node("Sub", "centred", {x, mean});
  const std::string square = b.node("Pow", "square", {centred, b.constant("two", {}, {2.0})});
  const std::string variance = b.node("ReduceMean", "variance", {square}, {{"axes", Shape{-1}}});
  const std::string root = b.node("Sqrt", "root", {b.node("Add", "more", {variance, b.constant("eps", {}, {1e-5})})});
  const std::string unit = b.node("Div", "unit", {centred, root});
  const std::string scaled = b.node("Mul", "scaled", {unit, b.constant("g", {16}, numbers(16, 0.5, 2))});
  const std::string shifted = b.node("Add", "shifted", {scaled, b.constant("b", {16}, numbers(16, -1, 1))});
  b.output(b.quantize("y", shifted, 0.031, true, 4));
  const QuantizedNetwork network = expect_agreement(b);
  ASSERT_EQ(network.layers.size(), 1U);
}

/// Attention as exporters write it: heads split by Reshape and Transpose, which cost no copies.
TEST_F(CoreImport, AttentionOfSeveralHeads) {
  OnnxBuilder b;
  const std::string x = b.quantize("x", b.input("in", {1, 6, 8}), 0.02, true, 5);
  const auto projected = [&](const std::string& name, const std::string& of, const Shape& order) {
    const std::string y =
        b.quantize(name, b.node("MatMul", name + ".fc", {of, b.weight(name + ".w", {8, 8}, integers(64), {0.005})}),
                   0.03, true, 3);
    const std::string split = b.node("Reshape", name + ".split", {y, constants(b, name + ".to", {1, 6, 2, 4})});
    return b.node("Transpose", name + ".heads", {split}, {{"perm", order}});
  };
  const std::string q = projected("q", x, {0, 2, 1, 3}), k = projected("k", x, {0, 2, 3, 1}),
                    v = projected("v", x, {0, 2, 1, 3});
  const std::string scores = b.quantize(
      "s", b.node("Mul", "scaled", {b.node("MatMul", "scores", {q, k}), b.constant("c", {}, {0.5})}), 0.05, true, 1);
  const std::string weights = b.quantize("p", b.node("Softmax", "soft", {scores}), 1.0 / 256, false);
  const std::string heads = b.quantize("h", b.node("MatMul", "mix", {weights, v}), 0.03, true, 3);
  const std::string joined =
      b.node("Reshape", "joined",
             {b.node("Transpose", "back", {heads}, {{"perm", Shape{0, 2, 1, 3}}}), constants(b, "all", {1, 6, 8})});
  b.output(
      b.quantize("y", b.node("MatMul", "out", {joined, b.weight("o", {8, 8}, integers(64), {0.005})}), 0.03, true, 3));
  const QuantizedNetwork network = expect_agreement(b, 6.001);
  EXPECT_EQ(network.layers.size(), 7U) << "four projections, two products, softmax";
  EXPECT_EQ(core_layers(network), 3U);
}

}  // namespace
}  // namespace terse::testing
