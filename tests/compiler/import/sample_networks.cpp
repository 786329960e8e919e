#include "tests/compiler/import/sample_networks.hpp"

#include <random>

#include "tests/compiler/onnx_builder.hpp"

namespace terse::testing {

namespace {

using Type = OnnxBuilder::Type;
using Values = std::vector<double>;
constexpr const char* qonnx = "qonnx.custom_op.general";
constexpr const char* microsoft = "com.microsoft";

class Samples {
 public:
  explicit Samples(std::uint32_t seed) : random_(seed) {}

  std::vector<SampleNetwork> all() {
    convolutions();
    residual_and_pools();
    for (const char* function : {"LeakyRelu", "HardSwish", "Sigmoid", "Tanh", "Gelu", "Softmax"})
      one_function(function);
    fully_connected();
    attention();
    moved();
    padded_averages();
    positions();
    clipped_integers();
    integer_operators();
    quant_operators();
    old_operators();
    real();
    return std::move(samples_);
  }

 private:
  Values integers(std::size_t count, int low, int high) {
    Values result(count);
    for (double& value : result) value = std::uniform_int_distribution<int>(low, high)(random_);
    return result;
  }
  Values reals(std::size_t count, double low, double high) {
    Values result(count);
    for (double& value : result) {
      value = static_cast<double>(static_cast<float>(std::uniform_real_distribution<double>(low, high)(random_)));
    }
    return result;
  }
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  static std::size_t elements(const Shape& shape) {
    std::size_t count = 1;
    for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
    return count;
  }

  void keep(const std::string& name, const OnnxBuilder& b, bool only_standard = true, bool is_float = false) {
    samples_.push_back({name, b.bytes(), only_standard, is_float});
  }

  /// Weights of int8 with a scale per output channel.
  std::string weight(OnnxBuilder& b, const std::string& name, const Shape& shape, std::int64_t axis = 0) {
    const auto channels = static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)]);
    return b.weight(name, shape, integers(elements(shape), -127, 127), reals(channels, 0.002, 0.01), axis);
  }
  /// The sum of a ternary tensor and one with every 16th value.
  std::string mixed_weight(OnnxBuilder& b, const std::string& name, const Shape& shape) {
    const auto channels = static_cast<std::size_t>(shape[0]);
    Values values = integers(elements(shape), -127, 127);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= i % 16 == 3 ? 1 : 0;
    const std::string ternary =
        b.weight(name + ".t", shape, integers(elements(shape), -1, 1), reals(channels, 0.1, 0.3));
    const std::string precise = b.weight(name + ".v", shape, values, reals(channels, 0.002, 0.01));
    return b.node("Add", name, {ternary, precise});
  }
  std::string quant(OnnxBuilder& b, const std::string& name, const std::string& value, double scale, double bits,
                    bool is_signed, bool narrow = false) {
    b.constant(name + ".s", {1}, {scale});
    b.constant(name + ".z", {}, {0});
    b.constant(name + ".b", {}, {bits});
    return b.node("Quant", name, {value, name + ".s", name + ".z", name + ".b"},
                  {{"signed", std::int64_t{is_signed}}, {"narrow", std::int64_t{narrow}}}, qonnx);
  }

  void convolutions() {
    for (int i = 0; i < 12; ++i) {
      OnnxBuilder b(static_cast<std::int64_t>(13 + i % 3));
      const bool depthwise = i % 4 == 1, mixed = i % 4 == 2;
      const std::int64_t groups = depthwise ? 8 : i % 4 == 3 ? 2 : 1, kernel = number(1, 3), outputs = 8;
      const std::string x = b.quantize("x", b.input("in", {1, 8, 9, 7}), 0.03, i % 2 == 0,
                                       static_cast<double>(number(0, i % 2 == 0 ? 20 : 0)));
      const Shape shape{outputs, 8 / groups, kernel, kernel};
      const std::string w = mixed ? mixed_weight(b, "w", shape) : weight(b, "w", shape);
      const std::int64_t pad = number(0, kernel > 1 ? 1 : 0), stride = number(1, 2), dilation = number(1, 2);
      std::vector<std::string> inputs{x, w};
      if (i % 3 != 0) inputs.push_back(b.constant("bias", {outputs}, reals(8, -1, 1)));
      std::string y = b.node("Conv", "conv", inputs,
                             {{"group", groups},
                              {"pads", Shape{pad, pad, pad, pad}},
                              {"strides", Shape{stride, stride}},
                              {"dilations", Shape{dilation, dilation}}});
      if (i % 2 == 0) y = b.node("Relu", "relu", {y});
      b.output(b.quantize("y", y, 0.05, i % 2 != 0, i % 2 != 0 ? -7 : 0));
      keep("convolution" + std::to_string(i), b);
    }
  }

  void residual_and_pools() {
    OnnxBuilder b;
    const std::string x = b.quantize("x", b.input("in", {1, 4, 8, 8}), 0.03, true, 3);
    const std::string w = weight(b, "w", {4, 4, 3, 3});
    const std::string sum = b.node("Add", "sum", {b.node("Conv", "conv", {x, w}, {{"pads", Shape{1, 1, 1, 1}}}), x});
    const std::string y = b.quantize(
        "y", b.node("Clip", "clip", {sum, b.constant("lo", {}, {0}), b.constant("hi", {}, {6})}), 0.025, false);
    const std::string most = b.node("MaxPool", "most", {y}, {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}});
    const std::string mean =
        b.node("AveragePool", "mean", {y}, {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}});
    const std::string m = b.quantize("m", mean, 0.025, false);
    const std::string joined =
        b.quantize("j", b.node("Concat", "join", {most, m}, {{"axis", std::int64_t{1}}}), 0.025, false);
    b.output(b.quantize("z", b.node("GlobalAveragePool", "all", {joined}), 0.02, false));
    keep("residual_and_pools", b);
  }

  void one_function(const std::string& function) {
    OnnxBuilder b(20);
    const std::string x = b.quantize("x", b.input("in", {1, 16}), 0.04, true, -5);
    const std::string y = b.node(function, "function", {x});
    b.output(b.quantize("y", y, function == "Sigmoid" || function == "Softmax" ? 1.0 / 256 : 0.04, function == "Tanh"));
    keep("function_" + function, b);
  }

  void fully_connected() {
    OnnxBuilder b;
    const std::string x = b.quantize("x", b.input("in", {-1, 3, 4, 4}), 0.02, false);
    const std::string f = b.node("Flatten", "flat", {x});
    const std::string g =
        b.node("Gemm", "gemm", {f, weight(b, "w", {24, 48}), b.constant("bias", {24}, reals(24, -1, 1))},
               {{"transB", std::int64_t{1}}, {"alpha", 0.5}, {"beta", 2.0}});
    const std::string y = b.quantize("y", b.node("Relu", "relu", {g}), 0.05, false);
    const std::string z = b.node("MatMul", "product", {y, weight(b, "v", {24, 10}, 1)});
    b.output(b.quantize("z", b.node("Add", "shift", {z, b.constant("t", {10}, reals(10, -1, 1))}), 0.1, true, 10));
    keep("fully_connected", b);
  }

  /// One head over six tokens: products over several rows, of activations, and normalization.
  void attention() {
    OnnxBuilder b(17);
    const std::string x = b.quantize("x", b.input("in", {1, 6, 8}), 0.03, true, 1);
    const auto projected = [&](const std::string& name) {
      return b.quantize(name + ".q", b.node("MatMul", name, {x, weight(b, name + ".w", {8, 8}, 1)}), 0.05, true);
    };
    const std::string q = projected("query"), k = projected("key"), v = projected("value");
    const std::string transposed = b.node("Transpose", "turned", {k}, {{"perm", Shape{0, 2, 1}}});
    const std::string scores = b.quantize("scores", b.node("MatMul", "qk", {q, transposed}), 0.2, true);
    const std::string shares =
        b.quantize("shares", b.node("Softmax", "softmax", {scores}, {{"axis", std::int64_t{-1}}}), 1.0 / 256, false);
    const std::string mixed = b.quantize("mixed", b.node("MatMul", "sv", {shares, v}), 0.05, true);
    const std::string sum = b.quantize("sum", b.node("Add", "add", {mixed, x}), 0.05, true);
    const std::string norm =
        b.node("LayerNormalization", "norm",
               {sum, b.constant("gamma", {8}, reals(8, 0.5, 1.5)), b.constant("beta", {8}, reals(8, -1, 1))});
    b.output(b.quantize("y", norm, 0.03, true));
    keep("attention", b);
  }

  /// Layouts that need copies, one of which both parts of a superposition read.
  void moved() {
    OnnxBuilder b;
    const std::string x = b.quantize("x", b.input("in", {1, 6, 4, 5}), 0.03, true);
    const std::string t = b.node("Transpose", "turned", {x}, {{"perm", Shape{0, 3, 1, 2}}});
    const std::string c = b.node("Conv", "conv", {t, mixed_weight(b, "w", {4, 5, 1, 1})});
    const std::string y = b.quantize("y", c, 0.05, true);
    const std::string r = b.node("Reshape", "rows", {y, b.constant("to", {3}, {1, 4, 24}, Type::int64)});
    const std::string s = b.node("Slice", "half",
                                 {r, b.constant("b", {1}, {0}, Type::int64), b.constant("e", {1}, {12}, Type::int64),
                                  b.constant("a", {1}, {2}, Type::int64)});
    b.output(b.quantize("z", b.node("MatMul", "product", {s, weight(b, "v", {12, 3}, 1)}), 0.1, true));
    keep("moved", b);
  }

  void padded_averages() {
    for (const std::int64_t counts : {0, 1}) {
      OnnxBuilder b;
      const std::string x = b.quantize("x", b.input("in", {1, 4, 6, 6}), 0.03, true, 11);
      const std::string mean =
          b.node("AveragePool", "mean", {x},
                 {{"kernel_shape", Shape{3, 3}}, {"pads", Shape{1, 1, 1, 1}}, {"count_include_pad", counts}});
      b.output(b.quantize("y", mean, 0.0217, true, -4));
      keep(counts == 0 ? "average_without_padding" : "average_with_padding", b);
    }
  }

  /// A constant of the file's own integers, and one of reals, which become 8 bits.
  void positions() {
    OnnxBuilder b;
    const std::string x = b.quantize("x", b.input("in", {1, 6, 8}), 0.03, true, 1);
    const std::string p = b.weight("p", {6, 8}, integers(48, -127, 127), {0.01});
    const std::string w = weight(b, "w", {8, 8}, 1);
    b.output(b.quantize("y", b.node("Add", "add", {p, b.node("MatMul", "embed", {x, w})}), 0.05, true));
    keep("positions", b);
  }

  void clipped_integers() {
    OnnxBuilder b;
    const auto narrow = [&](const std::string& name, const std::string& value, double scale, bool is_signed, double low,
                            double high) {
      b.constant(name + ".s", {}, {scale});
      b.constant(name + ".z", {}, {0}, is_signed ? Type::int8 : Type::uint8);
      const std::string q = b.node("QuantizeLinear", name + ".quantize", {value, name + ".s", name + ".z"});
      const std::string c = b.node("Clip", name + ".clip",
                                   {q, b.constant(name + ".lo", {}, {low}, is_signed ? Type::int8 : Type::uint8),
                                    b.constant(name + ".hi", {}, {high}, is_signed ? Type::int8 : Type::uint8)});
      return b.node("DequantizeLinear", name + ".dequantize", {c, name + ".s", name + ".z"});
    };
    const std::string x = narrow("x", b.input("in", {1, 4, 5, 5}), 0.1, false, 0, 15);
    const std::string w = b.weight("w", {4, 4, 3, 3}, integers(144, -1, 1), reals(4, 0.05, 0.2));
    const std::string y = narrow("y", b.node("Relu", "relu", {b.node("Conv", "conv", {x, w})}), 0.2, false, 0, 15);
    const std::string f = b.node("Flatten", "flat", {y});
    b.output(narrow("z",
                    b.node("Gemm", "gemm", {f, weight(b, "v", {5, 36}), b.constant("bias", {5}, reals(5, -1, 1))},
                           {{"transB", std::int64_t{1}}}),
                    0.3, true, -127, 127));
    keep("clipped_integers", b);
  }

  void integer_operators() {
    OnnxBuilder b;
    b.input("x", {1, 4, 6, 6}, Type::uint8);
    b.constant("sx", {}, {0.05});
    b.constant("zx", {}, {12}, Type::uint8);
    b.constant("w", {4, 4, 3, 3}, integers(144, -127, 127), Type::int8);
    b.constant("sw", {4}, reals(4, 0.002, 0.01));
    b.constant("zw", {4}, {0, 0, 0, 0}, Type::int8);
    b.constant("sy", {}, {0.08});
    b.constant("zy", {}, {100}, Type::uint8);
    b.constant("bias", {4}, integers(4, -2000, 2000), Type::int32);
    const std::string c = b.node("QLinearConv", "conv", {"x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "bias"});
    const std::string s = b.node("QLinearAdd", "add", {c, "sy", "zy", c, "sy", "zy", "sy", "zy"}, {}, microsoft);
    const std::string m = b.node("QLinearGlobalAveragePool", "mean", {s, "sy", "zy", "sx", "zx"},
                                 {{"channels_last", std::int64_t{0}}}, microsoft);
    const std::string f = b.node("Flatten", "flat", {m});
    b.constant("v", {4, 3}, integers(12, -127, 127), Type::int8);
    b.constant("sv", {}, {0.01});
    b.constant("zv", {}, {0}, Type::int8);
    b.output(b.node("QLinearMatMul", "product", {f, "sx", "zx", "v", "sv", "zv", "sy", "zy"}));
    keep("integer_operators", b);
  }

  void quant_operators() {
    OnnxBuilder b;
    const std::string x = quant(b, "qx", b.input("in", {1, 4, 6, 6}), 0.1, 4, false);
    b.constant("w", {6, 4, 3, 3}, reals(216, -1, 1));
    b.constant("w.s", {6, 1, 1, 1}, reals(6, 0.3, 0.6));
    b.constant("w.z", {}, {0});
    b.constant("w.b", {}, {2});
    const std::string w = b.node("Quant", "qw", {"w", "w.s", "w.z", "w.b"},
                                 {{"signed", std::int64_t{1}}, {"narrow", std::int64_t{1}}}, qonnx);
    const std::string bias = quant(b, "qb", b.constant("bias", {6}, reals(6, -1, 1)), 0.001, 16, true);
    const std::string y = quant(b, "qy", b.node("Relu", "relu", {b.node("Conv", "conv", {x, w, bias})}), 0.4, 4, false);
    b.output(quant(b, "qz", b.node("GlobalAveragePool", "mean", {y}), 0.05, 8, true, true));
    keep("quant_operators", b, false);
  }

  /// Arguments where operator set 9 has them.
  void old_operators() {
    OnnxBuilder b(9);
    const std::string x = quant(b, "qx", b.input("in", {1, 4, 4, 4}), 0.1, 8, true);
    const std::string c = b.node("Conv", "conv", {x, b.constant("w", {4, 4, 1, 1}, reals(16, -1, 1))});
    const std::string y = quant(b, "qy", b.node("Clip", "clip", {c}, {{"min", 0.0}, {"max", 6.0}}), 0.05, 8, false);
    const std::string u = b.node("Upsample", "up", {y, b.constant("factors", {4}, {1, 1, 2, 2})});
    const std::string p = b.node("Pad", "pad", {u}, {{"pads", Shape{0, 0, 1, 1, 0, 0, 1, 1}}});
    const std::string s = b.node("Slice", "part", {p}, {{"starts", Shape{0}}, {"ends", Shape{3}}, {"axes", Shape{1}}});
    const std::string z = quant(b, "qz", b.node("ReduceMean", "mean", {s}, {{"axes", Shape{2, 3}}}), 0.02, 8, false);
    const std::string f = b.node("Squeeze", "squeeze", {b.node("Dropout", "drop", {z})}, {{"axes", Shape{2, 3}}});
    b.output(
        quant(b, "out", b.node("MatMul", "product", {f, b.constant("v", {3, 5}, reals(15, -1, 1))}), 0.05, 8, true));
    keep("old_operators", b, false);
  }

  void real() {
    OnnxBuilder b;
    const std::string x = b.input("in", {1, 3, 8, 8});
    const std::string c =
        b.node("Conv", "conv1", {x, b.constant("w1", {8, 3, 3, 3}, reals(216, -1, 1))}, {{"pads", Shape{1, 1, 1, 1}}});
    const std::string n = b.node("BatchNormalization", "norm",
                                 {c, b.constant("g", {8}, reals(8, 0.5, 1.5)), b.constant("o", {8}, reals(8, -1, 1)),
                                  b.constant("m", {8}, reals(8, -1, 1)), b.constant("var", {8}, reals(8, 0.5, 2))});
    const std::string r = b.node("Relu", "relu", {n});
    const std::string d = b.node(
        "Conv", "conv2", {r, b.constant("w2", {8, 8, 3, 3}, reals(576, -1, 1)), b.constant("b2", {8}, reals(8, -1, 1))},
        {{"pads", Shape{1, 1, 1, 1}}});
    const std::string s = b.node("Relu", "relu2", {b.node("Add", "sum", {d, r})});
    const std::string f = b.node("Flatten", "flat", {s});
    b.output(b.node("Gemm", "gemm",
                    {f, b.constant("w3", {10, 512}, reals(5120, -1, 1)), b.constant("b3", {10}, reals(10, -1, 1))},
                    {{"transB", std::int64_t{1}}}));
    keep("real", b, true, true);
  }

  std::mt19937 random_;
  std::vector<SampleNetwork> samples_;
};

}  // namespace

std::vector<SampleNetwork> sample_networks(std::uint32_t seed) {
  return Samples(seed).all();
}

}  // namespace terse::testing
