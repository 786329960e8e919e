// What the importer does not accept: each with file, node, operator, reason and what is accepted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/compiler.hpp"
#include "tests/compiler/onnx_builder.hpp"

namespace terse::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class OnnxRefusal : public ::testing::Test {
 protected:
  std::string error_of_bytes(const std::string& bytes) {
    file_.write(bytes);
    try {
      compiler::import_onnx(file_.path(), options_);
    } catch (const compiler::CompileError& error) {
      return error.what();
    }
    return "accepted";
  }
  std::string error() { return error_of_bytes(b_.bytes()); }

  /// A sound convolution on a quantized 1 x 2 x 4 x 4 image, to spoil.
  std::string image() { return b_.quantize("image", b_.input("image", {-1, 2, 4, 4}), 0.1, false); }
  std::string weight(std::int64_t inputs = 2) {
    return b_.weight("w", {3, inputs, 1, 1}, std::vector<double>(static_cast<std::size_t>(3 * inputs), 5), {0.1});
  }

  OnnxBuilder b_;
  compiler::CompileOptions options_;
  TemporaryFile file_{"refusal.onnx"};
};

TEST_F(OnnxRefusal, TheSoundGraphIsAccepted) {
  b_.output(b_.quantize("y", b_.node("Conv", "conv", {image(), weight()}), 1, true));
  EXPECT_EQ(error(), "accepted");
}

TEST_F(OnnxRefusal, FilesThatAreNoOnnx) {
  try {
    compiler::import_onnx("/nonexistent/net.onnx", options_);
    FAIL();
  } catch (const compiler::CompileError& e) {
    EXPECT_STREQ(e.what(), "/nonexistent/net.onnx: cannot open the network; is the path right?");
  }
  EXPECT_THAT(error_of_bytes(""), HasSubstr("refusal.onnx: the file is empty"));
  EXPECT_THAT(error_of_bytes("platform:\n  tmac: {}\n"), HasSubstr("not an ONNX model, or a truncated one (21 bytes)"));
  EXPECT_THAT(error_of_bytes("\x7f"
                             "ELF\x01\x01\x01"),
              HasSubstr("not an ONNX model"));
  b_.output(b_.quantize("y", b_.node("Conv", "conv", {image(), weight()}), 1, true));
  const std::string whole = b_.bytes();
  for (std::size_t size = 0; size < whole.size(); size += 11) {
    EXPECT_NE(error_of_bytes(whole.substr(0, size)), "accepted") << "truncated to " << size;
  }
  EXPECT_THAT(error_of_bytes(whole.substr(0, whole.size() / 2)), HasSubstr("truncated"));
}

TEST_F(OnnxRefusal, OperatorSets) {
  for (const std::int64_t opset : {std::int64_t{6}, std::int64_t{21}}) {
    OnnxBuilder other(opset);
    other.output(other.node("Relu", "relu", {other.input("x", {1, 1, 1, 1})}));
    EXPECT_THAT(error_of_bytes(other.bytes()),
                HasSubstr("operator set " + std::to_string(opset) + "; accepted are 7 to 20"));
  }
}

TEST_F(OnnxRefusal, UnknownOperators) {
  const std::string sorted = b_.node("TopK", "best", {image()});
  b_.output(b_.node("LSTM", "memory", {sorted}));
  EXPECT_THAT(error(), AllOf(HasSubstr("refusal.onnx: node 'best' (TopK): this operator is not known; node 'memory' "
                                       "(LSTM): this operator is not known; accepted: Abs, Add, AveragePool"),
                             HasSubstr("Constant of the standard domain")));
}

TEST_F(OnnxRefusal, ForeignDomains) {
  b_.output(b_.node("Attention", "a", {image()}, {}, "com.microsoft"));
  EXPECT_THAT(error(), HasSubstr("node 'a' (Attention): this operator of domain 'com.microsoft' is not known"));
}

TEST_F(OnnxRefusal, NamelessNodesAreNamedByTheirOutput) {
  const std::string x = image();
  b_.output(b_.node("TopK", "", {x}));
  EXPECT_THAT(error(), HasSubstr("node 'TopK making .out' (TopK)"));
}

TEST_F(OnnxRefusal, FloatNetworks) {
  b_.output(b_.node("Conv", "stem", {b_.input("x", {-1, 2, 4, 4}), weight()}));
  EXPECT_THAT(error(), HasSubstr("node 'stem' (Conv): its operand 'x' is not quantized; accepted: the output of "
                                 "DequantizeLinear after QuantizeLinear"));
}

TEST_F(OnnxRefusal, ActivationsBetweenLayersThatAreNotQuantized) {
  const std::string c = b_.node("Conv", "first", {image(), weight()});
  const std::string w = b_.weight("w2", {1, 3, 1, 1}, {4, 5, 6}, {0.1});
  b_.output(b_.node("Conv", "second", {c, w}));
  EXPECT_THAT(error(), HasSubstr("node 'second' (Conv): its operand 'first.out' is not quantized"));
}

TEST_F(OnnxRefusal, ZeroPointsThatAreNoneOfTheIntegers) {
  const std::string x = b_.input("image", {1, 2, 4, 4});
  b_.constant("s", {}, {0.1});
  b_.constant("z", {}, {1.5});
  b_.constant("b", {}, {4});
  b_.output(b_.node("Quant", "q", {x, "s", "z", "b"}, {}, "qonnx.custom_op.general"));
  EXPECT_THAT(error(),
              HasSubstr("node 'q' (QuantizeLinear): its zero point is 1.5; accepted: one of the integers -8 to 7"));
}

TEST_F(OnnxRefusal, ScalesThatAreNone) {
  b_.output(b_.quantize("y", image(), 0, false));
  EXPECT_THAT(error(), HasSubstr("node 'y.quantize' (QuantizeLinear): a scale is zero, negative or not finite"));
}

TEST_F(OnnxRefusal, DifferentScalesOfAPair) {
  const std::string x = b_.input("image", {1, 2, 4, 4});
  b_.constant("a", {}, {0.1});
  b_.constant("b", {}, {0.2});
  b_.output(b_.node("DequantizeLinear", "d", {b_.node("QuantizeLinear", "q", {x, "a"}), "b"}));
  EXPECT_THAT(error(), HasSubstr("node 'd' (DequantizeLinear): its scale 0.2"));
}

TEST_F(OnnxRefusal, GroupsThatDoNotDivideTheOutputs) {
  b_.output(b_.node("Conv", "depthwise", {image(), weight(1)}, {{"group", std::int64_t{2}}}));
  EXPECT_THAT(error(), HasSubstr("node 'depthwise' (Conv): its weight has 1 input channels in 2 groups and 3 outputs, "
                                 "its input 2; accepted: equal numbers, and outputs that the groups divide"));
}

TEST_F(OnnxRefusal, ShapesThatDoNotFit) {
  const std::string x = image();
  b_.output(b_.node("Conv", "conv", {x, weight(5)}));
  EXPECT_THAT(
      error(),
      HasSubstr("its weight has 5 input channels in 1 groups and 3 outputs, its input 2; accepted: equal numbers"));
}

TEST_F(OnnxRefusal, ConvolutionsOfAnotherDimension) {
  b_.output(b_.node("Conv", "conv", {image(), b_.weight("w", {3, 2, 1}, std::vector<double>(6, 1), {1})}));
  EXPECT_THAT(error(), HasSubstr("its weight has shape [3, 2, 1], its input [1, 2, 4, 4]; accepted: as many axes"));
}

TEST_F(OnnxRefusal, WindowsBeyondTheRegisters) {
  b_.output(b_.node("Conv", "conv", {image(), weight()}, {{"strides", Shape{1, 256}}}));
  EXPECT_THAT(error(), HasSubstr("node 'conv' (Conv): its stride is 256; accepted: 1 to 255"));
}

TEST_F(OnnxRefusal, SumsOfWeightsOfWhichNoneIsTernary) {
  const std::string x = image();
  b_.output(
      b_.node("Conv", "conv",
              {x, b_.node("Add", "sum", {weight(), b_.weight("w2", {3, 2, 1, 1}, std::vector<double>(6, 7), {0.1})})}));
  EXPECT_THAT(error(), HasSubstr("node 'conv' (Conv): its weight is the sum of two tensors, and neither has only the "
                                 "values -1, 0 and 1; accepted: ternary + high precision"));
}

TEST_F(OnnxRefusal, ScalesPerInputChannel) {
  const std::string x = image();
  b_.output(b_.node("Conv", "conv", {x, b_.weight("w", {3, 2, 1, 1}, std::vector<double>(6, 7), {0.1, 0.2}, 1)}));
  EXPECT_THAT(error(), HasSubstr("a scale per input; accepted: one scale, or one per output channel"));
}

TEST_F(OnnxRefusal, ComputedWeights) {
  const std::string x = image();
  b_.output(b_.node("Conv", "conv", {x, x}));
  EXPECT_THAT(error(),
              HasSubstr("node 'conv' (Conv): its input 1 ('image.dequantize.out') is computed; accepted: a constant"));
}

TEST_F(OnnxRefusal, AdditionsThatNobodyQuantized) {
  const std::string x = image();
  const std::string c =
      b_.node("Relu", "relu", {b_.node("Conv", "conv", {x, b_.weight("w", {2, 2, 1, 1}, {2, 3, 4, 5}, {0.1})})});
  b_.output(b_.node("Add", "add", {c, x}));
  EXPECT_THAT(error(), HasSubstr("node 'add' (Add): its operand 'relu.out' is the result of a Relu, Clip, Add or "
                                 "function that is not quantized"));
}

TEST_F(OnnxRefusal, AdditionsOfDifferentShapes) {
  const std::string x = image();
  const std::string y = b_.quantize("y", b_.node("Conv", "conv", {x, weight()}), 1, true);
  b_.output(b_.node("Add", "add", {x, y}));
  EXPECT_THAT(error(), HasSubstr("it combines [1, 2, 4, 4] and [1, 3, 4, 4]; accepted: equal shapes"));
}

TEST_F(OnnxRefusal, BatchNormalizationOfWhatIsNotQuantized) {
  const std::string relu = b_.node("Relu", "relu", {b_.node("Conv", "conv", {image(), weight()})});
  b_.constant("one", {3}, {1, 1, 1});
  b_.output(b_.node("BatchNormalization", "bn", {relu, "one", "one", "one", "one"}));
  EXPECT_THAT(error(),
              HasSubstr("node 'bn' (BatchNormalization): its operand 'relu.out' is the result of a Relu, Clip, "
                        "Add or function that is not quantized, or moved"));
}

TEST_F(OnnxRefusal, AverageOverAnotherDivisorAtTheBorder) {
  b_.output(b_.node("AveragePool", "pool", {image()}, {{"kernel_shape", Shape{3, 3}}, {"pads", Shape{1, 1, 1, 1}}}));
  EXPECT_THAT(
      error(),
      HasSubstr(
          "node 'pool' (AveragePool): windows at the border have another divisor, and its output is not quantized"));
}

TEST_F(OnnxRefusal, MatricesWithoutFlatten) {
  b_.output(b_.node("Gemm", "fc", {image(), b_.weight("w", {3, 32}, std::vector<double>(96, 2), {1})},
                    {{"transB", std::int64_t{1}}}));
  EXPECT_THAT(error(),
              HasSubstr("its weight takes 32 inputs, its input has shape [1, 2, 4, 4]; accepted: Flatten or Reshape"));
}

TEST_F(OnnxRefusal, OtherReshapes) {
  const std::string x = image();
  b_.output(b_.node("Reshape", "r", {x, b_.constant("to", {4}, {1, 4, 2, 5}, OnnxBuilder::Type::int64)}));
  EXPECT_THAT(error(), HasSubstr("it reshapes [1, 2, 4, 4] to [1, 4, 2, 5]; accepted: as many elements"));
}

TEST_F(OnnxRefusal, RealOutputsInAnotherOrder) {
  b_.output(b_.node("Flatten", "flat", {b_.node("Conv", "conv", {image(), weight()})}));
  EXPECT_THAT(error(), HasSubstr("output 'flat.out' is moved in memory and not quantized"));
}

TEST_F(OnnxRefusal, InputsThatAreNoImage) {
  b_.input("a", {1, 2, -1, 4});
  b_.output(b_.node("Relu", "r", {"a"}));
  EXPECT_THAT(error(), HasSubstr("input 'a' has shape [1, 2, -1, 4]; accepted: [N, C, H, W], [N, T, C] or [N, C]"));
  b_.input("b", {1, 2, 4, 4});
  EXPECT_THAT(error(), HasSubstr("the graph has 2 inputs; accepted: one"));
}

TEST_F(OnnxRefusal, OutputsThatNobodyMakes) {
  b_.output(b_.quantize("y", b_.node("Conv", "conv", {image(), weight()}), 1, true) + "typo");
  EXPECT_THAT(error(), HasSubstr("no node makes the output 'y.dequantize.outtypo'"));
}

TEST_F(OnnxRefusal, NetworksWithoutLayers) {
  b_.output(image());
  EXPECT_THAT(error(), HasSubstr("there is nothing to run"));
}

TEST_F(OnnxRefusal, NodesInTheWrongOrder) {
  b_.input("image", {1, 2, 4, 4});
  b_.output(b_.node("Relu", "relu", {"later.out"}));
  EXPECT_THAT(error(), HasSubstr("node 'relu' (Relu): its input 0 ('later.out') is made by no node before it"));
}

TEST_F(OnnxRefusal, ScalesTooFineForTheMultipliers) {
  b_.output(b_.quantize("y", b_.node("Conv", "conv", {image(), weight()}), 1e-9, true));
  EXPECT_THAT(error(), HasSubstr("layer 'conv': one step of its input is 1e+07 steps of its output"));
}

TEST_F(OnnxRefusal, DamagedTensors) {
  const std::string x = image();
  b_.constant("w", {3, 2, 1, 1}, {1, 2, 3, 4, 5});
  b_.output(b_.node("Conv", "conv", {x, "w"}));
  EXPECT_THAT(error(), HasSubstr("tensor 'w' has 5 values, its shape [3, 2, 1, 1] has 6; the file is damaged"));
}

}  // namespace
}  // namespace terse::testing
