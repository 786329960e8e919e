// Float networks: where quantizers are put, and how near the quantized network comes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "compiler/compiler.hpp"
#include "compiler/graph/evaluate.hpp"
#include "compiler/import/import.hpp"
#include "compiler/quantization/stored_values.hpp"
#include "compiler/reference/reference.hpp"
#include "tests/compiler/onnx_builder.hpp"

namespace terse::testing {
namespace {

using compiler::QuantizedNetwork;
using ::testing::ElementsAre;

class PostTraining : public ::testing::Test {
 protected:
  std::vector<double> numbers(std::size_t count, double low, double high) {
    std::vector<double> result(count);
    for (double& value : result) {
      value = static_cast<double>(static_cast<float>(std::uniform_real_distribution<double>(low, high)(random_)));
    }
    return result;
  }
  std::vector<std::string> stored(const OnnxBuilder& b) {
    b.write(file_.path());
    return compiler::stored_values(compiler::read_model(file_.path()));
  }

  std::mt19937 random_{11};
  TemporaryFile file_{"float.onnx"};
};

TEST_F(PostTraining, WhatFoldsIsNotStored) {
  OnnxBuilder b;
  const std::string x = b.input("x", {1, 3, 4, 4});
  const std::string w = b.constant("w", {3, 3, 1, 1}, numbers(9, -1, 1));
  const std::string one = b.constant("one", {3}, {1, 1, 1});
  const std::string bn = b.node("BatchNormalization", "bn", {b.node("Conv", "conv", {x, w}), one, one, one, one});
  const std::string relu = b.node("Relu", "relu", {bn});
  const std::string sum = b.node("Add", "sum", {b.node("Conv", "conv2", {relu, w}), relu});
  b.output(b.node("Flatten", "flat", {b.node("GlobalAveragePool", "mean", {b.node("Relu", "relu2", {sum})})}));
  EXPECT_THAT(stored(b), ElementsAre("x", "relu.out", "relu2.out", "mean.out"));
}

TEST_F(PostTraining, ChainsOfFunctionsAreStoredOnceAtTheirEnd) {
  OnnxBuilder b;
  const std::string y = b.node("MatMul", "fc", {b.input("x", {1, 4}), b.constant("w", {4, 4}, numbers(16, -1, 1))});
  const std::string scaled = b.node("Div", "scaled", {y, b.constant("root", {}, {std::sqrt(2.0)})});
  const std::string erf = b.node("Add", "plus", {b.node("Erf", "erf", {scaled}), b.constant("one", {}, {1.0})});
  const std::string gelu = b.node("Mul", "half", {b.node("Mul", "gelu", {y, erf}), b.constant("h", {}, {0.5})});
  b.output(b.node("MatMul", "last", {gelu, "w"}));
  EXPECT_THAT(stored(b), ElementsAre("x", "fc.out", "half.out"));
}

TEST_F(PostTraining, TheQuantizedNetworkIsNearTheFloatOne) {
  for (const double percentile : {100.0, 99.99}) {
    OnnxBuilder b;
    const std::string x = b.input("x", {-1, 3, 8, 8});
    const std::string w = b.constant("w", {8, 3, 3, 3}, numbers(216, -0.3, 0.3));
    const std::string c = b.node("Conv", "conv", {x, w, b.constant("b", {8}, numbers(8, -0.2, 0.2))},
                                 {{"pads", Shape{1, 1, 1, 1}}, {"strides", Shape{2, 2}}});
    const std::string relu = b.node("Relu", "relu", {c});
    const std::string w2 = b.constant("w2", {8, 1, 3, 3}, numbers(72, -0.5, 0.5));
    const std::string d =
        b.node("Conv", "depthwise", {relu, w2}, {{"pads", Shape{1, 1, 1, 1}}, {"group", std::int64_t{8}}});
    const std::string sum = b.node("Relu", "relu2", {b.node("Add", "sum", {d, relu})});
    const std::string flat =
        b.node("Flatten", "flat",
               {b.node("MaxPool", "pool", {sum}, {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}})});
    b.output(b.node("Gemm", "fc", {flat, b.constant("f", {32, 5}, numbers(160, -0.3, 0.3))}));
    b.write(file_.path());
    compiler::Calibration calibration;
    calibration.percentile = percentile;
    for (int i = 0; i < 16; ++i) {
      const std::vector<double> image = numbers(192, -1, 2);
      calibration.inputs.emplace_back(image.begin(), image.end());
    }
    const QuantizedNetwork network = compiler::import_network(file_.path(), {}, calibration);
    EXPECT_EQ(network.layers.size(), 4U);
    const auto& input = network.tensors[network.input];
    const auto& output = network.tensors[network.output];
    double error = 0, power = 0;
    for (const std::vector<float>& image : calibration.inputs) {
      std::vector<std::uint8_t> bytes;
      compiler::graph::ConstantTensor real{
          compiler::graph::ElementType::float32, {1, 3, 8, 8}, std::vector<double>(192)};
      for (std::size_t i = 0; i < image.size(); ++i) {
        const double value = static_cast<double>(image[i]);
        real.values[i % 3 * 64 + i / 3] = value;
        bytes.push_back(static_cast<std::uint8_t>(
            static_cast<int>(std::clamp(std::round(value / input.scale) + input.zero_point, -128.0, 127.0))));
      }
      const auto expected = compiler::graph::evaluate_graph(compiler::read_model(file_.path()), real).at("fc.out");
      const auto made = reference::evaluate(network, bytes)[network.output];
      for (std::size_t i = 0; i < made.size(); ++i) {
        error += std::pow(made[i] * output.scale - expected.values[i], 2);
        power += std::pow(expected.values[i], 2);
      }
    }
    EXPECT_LT(std::sqrt(error / power), 0.02) << "eight bits";
    EXPECT_GT(error, 0);
  }
}

TEST_F(PostTraining, CalibrationInputsMustFit) {
  OnnxBuilder b;
  b.output(b.node("MatMul", "fc", {b.input("x", {1, 4}), b.constant("w", {4, 4}, numbers(16, -1, 1))}));
  b.write(file_.path());
  compiler::Calibration calibration;
  calibration.inputs = {{1, 2, 3}};
  try {
    compiler::import_network(file_.path(), {}, calibration);
    FAIL();
  } catch (const compiler::CompileError& error) {
    EXPECT_THAT(error.what(),
                ::testing::HasSubstr("a calibration input has 3 values, the network's input 'x' has shape "
                                     "[1, 4]"));
  }
}

}  // namespace
}  // namespace terse::testing
