// Other ways to say the same: QLinear operators, Quant of QONNX, QCDQ. Each has an expected result of its own, worked
// out here from the dialect's definition.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compiler/compiler.hpp"
#include "compiler/import/import.hpp"
#include "compiler/pattern.hpp"
#include "compiler/reference/reference.hpp"
#include "tests/compiler/import/agreement.hpp"
#include "tests/compiler/onnx_builder.hpp"

namespace terse::testing {
namespace {

using compiler::QuantizedNetwork;
using Type = OnnxBuilder::Type;
constexpr const char* qonnx = "qonnx.custom_op.general";

class Dialects : public ::testing::Test {
 protected:
  QuantizedNetwork import(const OnnxBuilder& builder) {
    builder.write(file_.path());
    return compiler::import_network(file_.path(), {});
  }

  std::string quant(OnnxBuilder& b, const std::string& name, const std::string& value, double scale, double bits,
                    bool is_signed, bool narrow = false, const std::string& rounding = "ROUND") {
    b.constant(name + ".s", {}, {scale});
    b.constant(name + ".z", {}, {0});
    b.constant(name + ".b", {}, {bits});
    return b.node("Quant", name, {value, name + ".s", name + ".z", name + ".b"},
                  {{"signed", std::int64_t{is_signed}}, {"narrow", std::int64_t{narrow}}, {"rounding_mode", rounding}},
                  qonnx);
  }

  TemporaryFile file_{"dialect.onnx"};
};

/// y = clamp(round(sy * ... )): one row, worked by hand.
TEST_F(Dialects, QLinearConv) {
  OnnxBuilder b;
  b.input("x", {1, 2, 1, 2}, Type::uint8);
  b.constant("sx", {}, {0.5});
  b.constant("zx", {}, {10}, Type::uint8);
  b.constant("w", {2, 2, 1, 1}, {3, -4, 5, 6}, Type::int8);
  b.constant("sw", {2}, {0.1, 0.2});
  b.constant("zw", {2}, {0, 0}, Type::int8);
  b.constant("sy", {}, {0.25});
  b.constant("zy", {}, {100}, Type::uint8);
  b.constant("bias", {2}, {20, -30}, Type::int32);
  b.output(b.node("QLinearConv", "conv", {"x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "bias"}));
  const QuantizedNetwork network = import(b);
  // Stored [pixel][channel]: channel 0 is 12, 8; channel 1 is 9, 30.
  const auto y = reference::evaluate(network, std::vector<std::uint8_t>{12, 9, 8, 30})[network.output];
  // Output 0: 0.05 * (3 (x0 - 10) - 4 (x1 - 10) + 20) / 0.25; output 1: 0.1 * (5 (x0 - 10) + 6 (x1 - 10) - 30) / 0.25.
  EXPECT_EQ(y, (std::vector<std::int32_t>{106, 90, 87, 132}));
}

TEST_F(Dialects, QLinearAddAndGlobalAveragePool) {
  OnnxBuilder b;
  b.input("x", {1, 1, 1, 4}, Type::int8);
  b.constant("sx", {}, {0.5});
  b.constant("zx", {}, {-3}, Type::int8);
  b.constant("sy", {}, {1});
  b.constant("zy", {}, {7}, Type::int8);
  const std::string sum =
      b.node("QLinearAdd", "add", {"x", "sx", "zx", "x", "sx", "zx", "sy", "zy"}, {}, "com.microsoft");
  b.output(b.node("QLinearGlobalAveragePool", "mean", {sum, "sy", "zy", "sx", "zx"}, {}, "com.microsoft"));
  const QuantizedNetwork network = import(b);
  const auto all = reference::evaluate(network, std::vector<std::uint8_t>{1, 5, 9, 251});
  // The sum is (x + 3) real: 4, 8, 12, -2, stored 11, 15, 19, 5; the mean 5.5 is stored 5.5 / 0.5 - 3 = 8.
  EXPECT_EQ(all[network.layers[0].output], (std::vector<std::int32_t>{11, 15, 19, 5}));
  EXPECT_EQ(all[network.output], (std::vector<std::int32_t>{8}));
}

TEST_F(Dialects, QGemmAndQLinearMatMul) {
  OnnxBuilder b;
  b.input("x", {1, 2}, Type::int8);
  b.constant("sx", {}, {0.5});
  b.constant("zx", {}, {1}, Type::int8);
  b.constant("w", {2, 2}, {1, 2, 3, 4}, Type::int8);
  b.constant("sw", {2}, {1, 0.5});
  b.constant("zw", {2}, {0, 0}, Type::int8);
  b.constant("c", {2}, {4, 8}, Type::int32);
  const std::string g = b.node("QGemm", "gemm", {"x", "sx", "zx", "w", "sw", "zw", "c", "sx", "zx"},
                               {{"transB", std::int64_t{1}}, {"alpha", 1.0}}, "com.microsoft");
  b.output(b.node("QLinearMatMul", "matmul", {g, "sx", "zx", "w", "sw", "zw", "sx", "zx"}));
  const QuantizedNetwork network = import(b);
  const auto all = reference::evaluate(network, std::vector<std::uint8_t>{5, 7});
  // Real x = 2, 3. Gemm: rows of w with scales 1, 0.5: 2 + 6 + 4 * 0.5 = 10; 0.5 * (6 + 12) + 8 * 0.25 = 11.
  EXPECT_EQ(all[network.layers[0].output], (std::vector<std::int32_t>{21, 23}));
  // MatMul: columns of w with scales 1, 0.5: 10 + 33 = 43; 0.5 * (20 + 44) = 32.
  EXPECT_EQ(all[network.output], (std::vector<std::int32_t>{87, 65}));
}

TEST_F(Dialects, ConvIntegerAfterAQuantizer) {
  OnnxBuilder b;
  b.constant("sx", {}, {0.5});
  b.constant("zx", {}, {3}, Type::uint8);
  const std::string x = b.node("QuantizeLinear", "q", {b.input("x", {1, 1, 1, 2}), "sx", "zx"});
  b.constant("w", {1, 1, 1, 1}, {2}, Type::int8);
  const std::string sum = b.node("ConvInteger", "conv", {x, "w", "zx"});
  const std::string real =
      b.node("Mul", "scale", {b.node("Cast", "cast", {sum}, {{"to", std::int64_t{1}}}), b.constant("k", {}, {0.25})});
  b.output(b.quantize("y", real, 0.5, true));
  const QuantizedNetwork network = import(b);
  // (x - 3) * 2 * 0.25 / 0.5 = x - 3
  EXPECT_EQ(reference::evaluate(network, std::vector<std::uint8_t>{10, 1})[network.output],
            (std::vector<std::int32_t>{7, -2}));
}

TEST_F(Dialects, QuantOfTernaryWeightsAndNarrowActivations) {
  OnnxBuilder b;
  const std::string x = quant(b, "qx", b.input("x", {1, 2, 1, 2}), 0.5, 4, false);
  b.constant("w", {2, 2, 1, 1}, {0.9, -0.2, -5.0, 0.1});
  b.constant("sw", {2, 1, 1, 1}, {1, 0.25});
  b.constant("zw", {}, {0});
  b.constant("bw", {}, {2});
  const std::string w =
      b.node("Quant", "qw", {"w", "sw", "zw", "bw"}, {{"signed", std::int64_t{1}}, {"narrow", std::int64_t{1}}}, qonnx);
  const std::string y = b.node("Relu", "relu", {b.node("Conv", "conv", {x, w})});
  b.output(quant(b, "qy", y, 0.5, 3, false));
  const QuantizedNetwork network = import(b);
  EXPECT_EQ(network.tensors[network.input].bits, 4U);
  ASSERT_EQ(network.layers.size(), 1U);
  EXPECT_EQ(network.layers[0].ternary, (std::vector<std::int8_t>{1, 0, -1, 0}));
  EXPECT_TRUE(network.layers[0].high_precision.empty());
  EXPECT_EQ(network.layers[0].clip_high, 7) << "three bits";
  EXPECT_EQ(network.tensors[network.output].bits, 4U) << "in the next wider container";
  EXPECT_EQ(reference::evaluate(network, std::vector<std::uint8_t>{15, 3, 2, 9})[network.output],
            (std::vector<std::int32_t>{7, 0, 2, 0}));
}

TEST_F(Dialects, RoundingModes) {
  for (const auto& [mode, expected] : std::vector<std::pair<std::string, std::vector<std::int32_t>>>{
           {"FLOOR", {1, 1, 2, -2}}, {"CEIL", {2, 1, 3, -1}}}) {
    OnnxBuilder b;
    const std::string x = quant(b, "qx", b.input("x", {1, 4}), 0.25, 8, true);
    const std::string y = b.node("Mul", "same", {x, b.constant("one", {}, {1.0})});
    b.output(quant(b, "qy", y, 1, 8, true, false, mode));
    const QuantizedNetwork network = import(b);
    // 1.25, 1, 2.5, -1.25
    EXPECT_EQ(reference::evaluate(network, std::vector<std::uint8_t>{5, 4, 10, 251})[network.output], expected) << mode;
  }
}

TEST_F(Dialects, BipolarWeights) {
  OnnxBuilder b;
  const std::string x = quant(b, "qx", b.input("x", {1, 3}), 1, 8, true);
  b.constant("w", {3, 1}, {0.3, -0.7, 0});
  b.constant("sw", {}, {2});
  const std::string w = b.node("BipolarQuant", "bw", {"w", "sw"}, {}, "finn.custom_op.general");
  b.output(quant(b, "qy", b.node("MatMul", "fc", {x, w}), 1, 8, true));
  const QuantizedNetwork network = import(b);
  EXPECT_EQ(network.layers[0].ternary, (std::vector<std::int8_t>{1, -1, 1}));
  EXPECT_EQ(reference::evaluate(network, std::vector<std::uint8_t>{10, 3, 1})[network.output],
            (std::vector<std::int32_t>{16}));
}

/// Average pooling as Brevitas exports it: the mean times its number of elements, then Trunc.
TEST_F(Dialects, TruncAfterAveragePool) {
  OnnxBuilder b;
  const std::string x = quant(b, "qx", b.input("x", {1, 1, 2, 2}), 0.5, 4, false);
  const std::string mean = b.node("AveragePool", "mean", {x}, {{"kernel_shape", Shape{2, 2}}});
  const std::string sum = b.node("Mul", "sum", {mean, b.constant("four", {}, {4.0})});
  b.constant("s", {}, {0.5});
  b.constant("z", {}, {0});
  b.constant("in", {}, {6});
  b.constant("out", {}, {4});
  b.output(b.node("Trunc", "trunc", {sum, "s", "z", "in", "out"}, {{"rounding_mode", std::string("FLOOR")}}, qonnx));
  const QuantizedNetwork network = import(b);
  // floor((15 + 2 + 7 + 3) / 4) = floor(6.75)
  EXPECT_EQ(reference::evaluate(network, std::vector<std::uint8_t>{15, 2, 7, 3})[network.output],
            (std::vector<std::int32_t>{6}));
}

TEST_F(Dialects, ClipBetweenTheQuantizers) {
  OnnxBuilder b;
  const std::string x = b.quantize("x", b.input("x", {1, 2}), 0.5, true);
  b.constant("s", {}, {0.25});
  b.constant("z", {}, {0}, Type::int8);
  b.constant("w", {2, 2}, {0.3, -0.26, 0.9, 0.05});
  b.constant("one", {}, {1}, Type::int8);
  b.constant("minus", {}, {-1}, Type::int8);
  const std::string q = b.node("QuantizeLinear", "qw", {"w", "s", "z"});
  const std::string w = b.node("DequantizeLinear", "dw", {b.node("Clip", "cw", {q, "minus", "one"}), "s", "z"});
  b.constant("low", {}, {-8}, Type::int8);
  b.constant("high", {}, {7}, Type::int8);
  const std::string y = b.node("QuantizeLinear", "qy", {b.node("MatMul", "fc", {x, w}), "s", "z"});
  b.output(b.node("DequantizeLinear", "dy", {b.node("Clip", "cy", {y, "low", "high"}), "s", "z"}));
  const QuantizedNetwork network = import(b);
  ASSERT_EQ(network.layers.size(), 1U);
  EXPECT_EQ(network.layers[0].ternary, (std::vector<std::int8_t>{1, 1, -1, 0})) << "by output channel";
  EXPECT_EQ(network.tensors[network.output].bits, 4U);
  // 0.5 * (20 + 3) * 0.25 / 0.25 = 11.5, clipped to 7; 0.5 * -20 clipped to -8
  EXPECT_EQ(reference::evaluate(network, std::vector<std::uint8_t>{20, 3})[network.output],
            (std::vector<std::int32_t>{7, -8}));
}

}  // namespace
}  // namespace terse::testing
