// Damaged files of every format: whatever a flipped, removed or repeated byte makes of a file, reading it ends, with a
// network or with a CompileError. Seeded, so that a failure comes back.
#include <gtest/gtest.h>

#include <random>

#include "compiler/compiler.hpp"
#include "compiler/import/import.hpp"
#include "tests/compiler/onnx_builder.hpp"
#include "tests/compiler/tflite/tflite_builder.hpp"

namespace terse::testing {
namespace {

using Type = OnnxBuilder::Type;

std::string quantized_network() {
  OnnxBuilder b;
  const std::string x = b.quantize("x", b.input("in", {1, 2, 5, 4}), 0.1, true, 3);
  const std::string w = b.weight("w", {4, 1, 3, 3}, std::vector<double>(36, 3), {0.1, 0.2, 0.3, 0.4});
  const std::string c = b.node("Conv", "c", {x, w}, {{"group", std::int64_t{2}}, {"pads", Shape{1, 1, 1, 1}}});
  const std::string y = b.quantize("y", b.node("Relu", "r", {c}), 0.2, false, 0);
  const std::string p = b.node("MaxPool", "p", {y}, {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}});
  const std::string t = b.node("Transpose", "t", {p}, {{"perm", Shape{0, 2, 3, 1}}});
  const std::string s = b.node("Slice", "s",
                               {t, b.constant("b", {1}, {0}, Type::int64), b.constant("e", {1}, {3}, Type::int64),
                                b.constant("a", {1}, {3}, Type::int64)});
  const std::string f = b.node("Reshape", "f", {s, b.constant("to", {2}, {1, -1}, Type::int64)});
  b.output(b.quantize("z", b.node("MatMul", "m", {f, b.weight("v", {12, 3}, std::vector<double>(36, 5), {0.1})}), 0.3,
                      true));
  return b.bytes();
}

std::string integer_network() {
  OnnxBuilder b;
  b.input("x", {1, 2, 1, 2}, Type::uint8);
  b.constant("s", {}, {0.5});
  b.constant("z", {}, {10}, Type::uint8);
  b.constant("w", {2, 2, 1, 1}, {3, -4, 5, 6}, Type::int8);
  b.constant("wz", {}, {0}, Type::int8);
  const std::string c = b.node("QLinearConv", "c", {"x", "s", "z", "w", "s", "wz", "s", "z"});
  b.output(
      b.node("QLinearConcat", "j", {"s", "z", c, "s", "z", c, "s", "z"}, {{"axis", std::int64_t{1}}}, "com.microsoft"));
  return b.bytes();
}

std::string tflite_network() {
  using Q = TfliteBuilder::Quantization;
  TfliteBuilder b;
  const auto x = b.tensor("x", {1, 4, 4, 2}, Q{{0.02F}, {-5}});
  const auto w = b.constant<std::int8_t>("w", {4, 3, 3, 2}, tflite::TensorType_INT8, std::vector<std::int8_t>(72, 3),
                                         Q{{0.01F}, {0}});
  const auto y = b.tensor("y", {1, 4, 4, 4}, Q{{0.05F}, {-128}});
  b.operation(3, {x, w, -1}, {y}, [](auto& f) {
    return tflite::CreateConv2DOptions(f, tflite::Padding_SAME, 1, 1, tflite::FusedActivation_RELU);
  });
  const auto to = b.constant<std::int32_t>("to", {2}, tflite::TensorType_INT32, {1, 64});
  const auto r = b.tensor("r", {1, 64}, Q{{0.05F}, {-128}});
  b.operation(22, {y, to}, {r});
  const auto v = b.constant<std::int8_t>("v", {3, 64}, tflite::TensorType_INT8, std::vector<std::int8_t>(192, 4),
                                         Q{{0.004F}, {0}});
  const auto z = b.tensor("z", {1, 3}, Q{{0.05F}, {0}});
  b.operation(9, {r, v, -1}, {z}, [](auto& f) { return tflite::CreateActivationOptions(f); });
  return b.bytes(x, z);
}

/// One to four changes of one kind each.
std::string mutated(std::string bytes, std::mt19937& random) {
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  for (std::size_t changes = 1 + below(4); changes > 0 && bytes.size() > 8; --changes) {
    const std::size_t at = below(bytes.size());
    switch (below(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(8));
        break;
      case 1:
        bytes[at] = static_cast<char>(below(256));
        break;
      case 2:
        bytes.erase(at, 1 + below(8));
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, 1 + below(32)));
        break;
      case 4:
        bytes.resize(at);
        break;
      default:
        for (std::size_t i = at; i < std::min(at + 4, bytes.size()); ++i) bytes[i] = static_cast<char>(below(2) * 255);
        break;
    }
  }
  return bytes;
}

class Mutation : public ::testing::TestWithParam<std::string (*)()> {};

TEST_P(Mutation, ReadingEnds) {
  const TemporaryFile file("mutated.model");
  const std::string whole = GetParam()();
  std::mt19937 random(1);
  std::size_t accepted = 0, refused = 0;
  file.write(whole);
  ASSERT_NO_THROW(compiler::import_network(file.path(), {}));
  for (int i = 0; i < 3000; ++i) {
    file.write(mutated(whole, random));
    try {
      compiler::import_network(file.path(), {});
      ++accepted;
    } catch (const compiler::CompileError& error) {
      EXPECT_GT(std::string(error.what()).size(), 10U);
      ++refused;
    }  // anything else fails the test
  }
  EXPECT_GT(accepted, 20U) << "changes of weights and names alone leave a network";
  EXPECT_GT(refused, 1000U);
}

INSTANTIATE_TEST_SUITE_P(Formats, Mutation, ::testing::Values(&quantized_network, &integer_network, &tflite_network));

}  // namespace
}  // namespace terse::testing
