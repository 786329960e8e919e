// TFLite files: small ones worked by hand, and larger ones against the graph in double precision.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "compiler/compiler.hpp"
#include "compiler/import/import.hpp"
#include "compiler/reference/reference.hpp"
#include "tests/compiler/import/agreement.hpp"
#include "tests/compiler/onnx_builder.hpp"
#include "tests/compiler/tflite/tflite_builder.hpp"

namespace terse::testing {
namespace {

using compiler::QuantizedNetwork;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Q = TfliteBuilder::Quantization;

class TfliteImport : public ::testing::Test {
 protected:
  QuantizedNetwork import(const std::string& bytes) {
    file_.write(bytes);
    return compiler::import_network(file_.path(), {});
  }
  std::string error(const std::string& bytes) {
    try {
      import(bytes);
    } catch (const compiler::CompileError& error) {
      return error.what();
    }
    return "accepted";
  }
  std::vector<std::int8_t> integers(std::size_t count) {
    std::vector<std::int8_t> result(count);
    for (auto& value : result) value = static_cast<std::int8_t>(std::uniform_int_distribution<int>(-127, 127)(random_));
    return result;
  }

  std::mt19937 random_{3};
  TemporaryFile file_{"net.tflite"};
};

TEST_F(TfliteImport, FullyConnectedByHand) {
  TfliteBuilder b;
  const auto x = b.tensor("x", {1, 2}, Q{{0.5F}, {1}});
  const auto w = b.constant<std::int8_t>("w", {2, 2}, tflite::TensorType_INT8, {1, 2, 3, 4}, Q{{1, 0.5F}, {0, 0}});
  const auto c = b.constant<std::int32_t>("c", {2}, tflite::TensorType_INT32, {4, 8}, Q{{0.5F, 0.25F}, {0, 0}});
  const auto y = b.tensor("y", {1, 2}, Q{{0.5F}, {1}});
  b.operation(9, {x, w, c}, {y}, [](auto& f) { return tflite::CreateActivationOptions(f); });
  const QuantizedNetwork network = import(b.bytes(x, y));
  ASSERT_EQ(network.layers.size(), 1U);
  EXPECT_EQ(network.layers[0].name, "fully_connected_0");
  // Real x = 2, 3: 2 + 6 + 4 * 0.5 = 10; 0.5 * (6 + 12) + 8 * 0.25 = 11.
  EXPECT_EQ(reference::evaluate(network, std::vector<std::uint8_t>{5, 7})[network.output],
            (std::vector<std::int32_t>{21, 23}));
}

TEST_F(TfliteImport, ConvolutionsAgreeWithTheGraph) {
  TfliteBuilder b;
  const auto x = b.tensor("x", {1, 9, 7, 3}, Q{{0.02F}, {-5}});
  const auto w = b.constant<std::int8_t>("w", {4, 3, 3, 3}, tflite::TensorType_INT8, integers(108),
                                         Q{{0.01F, 0.02F, 0.004F, 0.005F}, {0, 0, 0, 0}});
  const auto c = b.constant<std::int32_t>("c", {4}, tflite::TensorType_INT32, {400, -800, 30, 90},
                                          Q{{0.0002F, 0.0004F, 0.00008F, 0.0001F}, {0, 0, 0, 0}});
  const auto y = b.tensor("y", {1, 5, 4, 4}, Q{{0.05F}, {-128}});
  b.operation(3, {x, w, c}, {y}, [](auto& f) {
    return tflite::CreateConv2DOptions(f, tflite::Padding_SAME, 2, 2, tflite::FusedActivation_RELU6);
  });
  const auto d = b.constant<std::int8_t>("d", {1, 3, 3, 8}, tflite::TensorType_INT8, integers(72),
                                         Q{std::vector<float>(8, 0.006F), std::vector<std::int64_t>(8, 0), 3});
  const auto z = b.tensor("z", {1, 5, 4, 8}, Q{{0.04F}, {3}});
  b.operation(4, {y, d, -1}, {z}, [](auto& f) {
    return tflite::CreateDepthwiseConv2DOptions(f, tflite::Padding_SAME, 1, 1, 2, tflite::FusedActivation_NONE);
  });
  const auto p = b.tensor("p", {1, 2, 2, 8}, Q{{0.04F}, {3}});
  b.operation(17, {z}, {p}, [](auto& f) {
    return tflite::CreatePool2DOptions(f, tflite::Padding_VALID, 2, 2, 2, 2, tflite::FusedActivation_NONE);
  });
  const auto axes = b.constant<std::int32_t>("axes", {2}, tflite::TensorType_INT32, {1, 2});
  const auto m = b.tensor("m", {1, 8}, Q{{0.03F}, {10}});
  b.operation(40, {p, axes}, {m}, [](auto& f) { return tflite::CreateReducerOptions(f, false); });
  const QuantizedNetwork network = import(b.bytes(x, m));
  ASSERT_EQ(network.layers.size(), 4U) << "no layer moves data";
  EXPECT_EQ(network.layers[1].groups, 4U);
  for (int trial = 0; trial < 4; ++trial) {
    const Agreement found = agreement(compiler::read_model(file_.path()), network, random_);
    EXPECT_LE(found.greatest_steps, 1.001);
    EXPECT_LE(found.differing, 1U);
    EXPECT_GT(found.distinct, 3);
  }
}

TEST_F(TfliteImport, ResidualAndReshapeBeforeAMatrix) {
  TfliteBuilder b;
  const auto x = b.tensor("x", {1, 2, 3, 4}, Q{{0.02F}, {-5}});
  const auto w = b.constant<std::int8_t>("w", {4, 1, 1, 4}, tflite::TensorType_INT8, integers(16), Q{{0.005F}, {0}});
  const auto y = b.tensor("y", {1, 2, 3, 4}, Q{{0.02F}, {4}});
  b.operation(3, {x, w, -1}, {y}, [](auto& f) { return tflite::CreateConv2DOptions(f, tflite::Padding_SAME, 1, 1); });
  const auto s = b.tensor("s", {1, 2, 3, 4}, Q{{0.03F}, {-128}});
  b.operation(0, {y, x}, {s}, [](auto& f) { return tflite::CreateActivationOptions(f, tflite::FusedActivation_RELU); });
  const auto to = b.constant<std::int32_t>("to", {2}, tflite::TensorType_INT32, {-1, 24});
  const auto r = b.tensor("r", {1, 24}, Q{{0.03F}, {-128}});
  b.operation(22, {s, to}, {r});
  const auto v = b.constant<std::int8_t>("v", {5, 24}, tflite::TensorType_INT8, integers(120), Q{{0.004F}, {0}});
  const auto z = b.tensor("z", {1, 5}, Q{{0.05F}, {0}});
  b.operation(9, {r, v, -1}, {z}, [](auto& f) { return tflite::CreateActivationOptions(f); });
  const QuantizedNetwork network = import(b.bytes(x, z));
  EXPECT_EQ(network.layers.size(), 3U);
  const Agreement found = agreement(compiler::read_model(file_.path()), network, random_);
  EXPECT_LE(found.greatest_steps, 1.001);
  EXPECT_GT(found.distinct, 2);
}

TEST_F(TfliteImport, NamesAllUnknownOperators) {
  TfliteBuilder b;
  const auto x = b.tensor("x", {1, 4}, Q{{0.5F}, {1}});
  const auto y = b.tensor("y", {1, 4}, Q{{0.5F}, {1}});
  b.operation(16, {x}, {y});
  b.operation(35, {y}, {y});
  EXPECT_THAT(error(b.bytes(x, y)), AllOf(HasSubstr("operators that are not known: operator code 16, operator code 35"),
                                          HasSubstr("accepted: ADD, AVERAGE_POOL_2D")));
}

TEST_F(TfliteImport, DamagedFiles) {
  TfliteBuilder b;
  const auto x = b.tensor("x", {1, 2}, Q{{0.5F}, {1}});
  const auto w = b.constant<std::int8_t>("w", {2, 2}, tflite::TensorType_INT8, {1, 2, 3}, Q{{1}, {0}});
  const auto y = b.tensor("y", {1, 2}, Q{{0.5F}, {1}});
  b.operation(9, {x, w, -1}, {y}, [](auto& f) { return tflite::CreateActivationOptions(f); });
  const std::string whole = b.bytes(x, y);
  EXPECT_THAT(error(whole), HasSubstr("tensor 'w' has 3 values, its shape [2, 2] has 4; the file is damaged"));
  for (std::size_t size = 8; size < whole.size(); size += 7) {
    EXPECT_THAT(error(whole.substr(0, size)), HasSubstr("net.tflite: "));
  }
}

}  // namespace
}  // namespace terse::testing
