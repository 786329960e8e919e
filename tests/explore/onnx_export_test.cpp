#include "explore/onnx_export.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cstring>
#include <fstream>
#include <set>

#include "explore/topology.hpp"
#include "tests/explore/random_parameters.hpp"
#include "tests/support/temporary_path.hpp"

namespace terse::explore {
namespace {

constexpr int width = 4;

onnx::ModelProto exported(const NetworkParameters& parameters) {
  const auto path =
      std::filesystem::path(testing::TempDir()) / ("onnx_export_test_" + std::to_string(getpid()) + ".onnx");
  write_onnx(parameters, path);
  std::ifstream file(path, std::ios::binary);
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromIstream(&file));
  return model;
}

const onnx::NodeProto& node_named(const onnx::ModelProto& model, const std::string& name) {
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (node.name() == name) return node;
  }
  throw OnnxExportError("no node " + name);
}

const onnx::NodeProto& producer_of(const onnx::ModelProto& model, const std::string& value) {
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (node.output(0) == value) return node;
  }
  throw OnnxExportError("nothing produces " + value);
}

const onnx::TensorProto& initializer(const onnx::ModelProto& model, const std::string& name) {
  for (const onnx::TensorProto& tensor : model.graph().initializer()) {
    if (tensor.name() == name) return tensor;
  }
  throw OnnxExportError("no initializer " + name);
}

int count(const onnx::ModelProto& model, const std::string& operation) {
  int result = 0;
  for (const onnx::NodeProto& node : model.graph().node()) result += node.op_type() == operation ? 1 : 0;
  return result;
}

class EveryVariant : public testing::TestWithParam<Variant> {};

TEST_P(EveryVariant, EveryValueIsDefinedOnceBeforeItIsUsed) {
  const onnx::ModelProto model = exported(random_parameters(GetParam(), width));
  std::set<std::string> defined{"image"};
  for (const onnx::TensorProto& tensor : model.graph().initializer()) {
    EXPECT_TRUE(defined.insert(tensor.name()).second) << tensor.name();
  }
  std::set<std::string> names;
  for (const onnx::NodeProto& node : model.graph().node()) {
    EXPECT_TRUE(names.insert(node.name()).second) << node.name();
    for (const std::string& input : node.input()) EXPECT_TRUE(defined.contains(input)) << input;
    EXPECT_TRUE(defined.insert(node.output(0)).second) << node.output(0);
  }
  EXPECT_TRUE(defined.contains("logits"));
  EXPECT_EQ(model.opset_import(0).version(), 13);
  EXPECT_EQ(model.metadata_props(0).value(), "a test");
}

TEST_P(EveryVariant, HasTheLayersOfTheTopology) {
  const onnx::ModelProto model = exported(random_parameters(GetParam(), width));
  EXPECT_EQ(count(model, "Conv"), 9);  // stem, two per block, two shortcuts
  EXPECT_EQ(count(model, "BatchNormalization"), 9);
  EXPECT_EQ(count(model, "Relu"), 7);
  EXPECT_EQ(count(model, "GlobalAveragePool"), 1);
  EXPECT_EQ(count(model, "Gemm"), 1);
  // The image, seven ReLUs, two shortcuts and the pool.
  EXPECT_EQ(count(model, "QuantizeLinear"), GetParam() == Variant::float32 ? 0 : 11);
}

INSTANTIATE_TEST_SUITE_P(Variants, EveryVariant,
                         testing::Values(Variant::float32, Variant::int8, Variant::ternary, Variant::mixed),
                         [](const auto& variant) { return std::string(name_of(variant.param)); });

TEST(OnnxExport, AMixedWeightIsTheSumOfTwoDequantizedTensors) {
  const NetworkParameters parameters = random_parameters(Variant::mixed, width);
  const onnx::ModelProto model = exported(parameters);
  const onnx::NodeProto& sum = producer_of(model, node_named(model, "block2.conv1").input(1));
  EXPECT_EQ(sum.op_type(), "Add");
  for (int part = 0; part < 2; ++part) {
    const onnx::NodeProto& dequantize = producer_of(model, sum.input(part));
    EXPECT_EQ(dequantize.op_type(), "DequantizeLinear");
    EXPECT_EQ(dequantize.attribute(0).name(), "axis");
    EXPECT_EQ(dequantize.attribute(0).i(), 0);
    EXPECT_EQ(initializer(model, dequantize.input(0)).data_type(), onnx::TensorProto::INT8);
    EXPECT_EQ(initializer(model, dequantize.input(1)).dims(0), 2 * width);
  }
  const onnx::NodeProto& stem = producer_of(model, node_named(model, "stem").input(1));
  EXPECT_EQ(stem.op_type(), "DequantizeLinear");
}

TEST(OnnxExport, WeightsBecomeChannelsFirst) {
  const NetworkParameters parameters = random_parameters(Variant::ternary, width);
  const onnx::ModelProto model = exported(parameters);
  const onnx::TensorProto& tensor = initializer(model, "block2.conv1.ternary");
  EXPECT_THAT(tensor.dims(), testing::ElementsAre(2 * width, width, 3, 3));
  const std::vector<std::int8_t>& ours = parameters.layers.at("block2.conv1").quantized.ternary;
  std::size_t index = 0;
  for (int o = 0; o < 2 * width; ++o) {
    for (int c = 0; c < width; ++c) {
      for (int tap = 0; tap < 9; ++tap, ++index) {
        EXPECT_EQ(static_cast<std::int8_t>(tensor.raw_data()[index]),
                  ours[static_cast<std::size_t>((o * 9 + tap) * width + c)]);
      }
    }
  }
}

TEST(OnnxExport, ShortcutsAreSignedAndReluOutputsUnsigned) {
  const onnx::ModelProto model = exported(random_parameters(Variant::int8, width));
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (node.op_type() != "QuantizeLinear") continue;
    const onnx::TensorProto& zero_point = initializer(model, node.input(2));
    const bool shortcut = node.name().find("shortcut") != std::string::npos;
    EXPECT_EQ(zero_point.data_type(), shortcut ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8) << node.name();
    EXPECT_EQ(zero_point.raw_data(), std::string(1, '\0'));
  }
}

TEST(OnnxExport, NamesWhatIsMissing) {
  const test::TemporaryPath temporary("bad.onnx");
  const std::filesystem::path& path = temporary.path();
  const auto message_of = [&](const NetworkParameters& parameters, const std::filesystem::path& target) {
    try {
      write_onnx(parameters, target);
    } catch (const OnnxExportError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  NetworkParameters parameters = random_parameters(Variant::int8, width);
  EXPECT_THAT(message_of(parameters, "/nonexistent/x.onnx"), testing::HasSubstr("cannot write"));
  parameters.scales.erase("block1");
  EXPECT_THAT(message_of(parameters, path), testing::HasSubstr("activation block1"));
  parameters = random_parameters(Variant::int8, width);
  parameters.layers.at("stem").normalization.gamma.pop_back();
  EXPECT_THAT(message_of(parameters, path), testing::HasSubstr("stem.bn.gamma: 3 values, expected 4"));
  parameters.layers.erase("stem");
  EXPECT_THAT(message_of(parameters, path), testing::HasSubstr("layer stem"));
}

TEST(Topology, CountsMultiplyAccumulates) {
  // Width 8: stem 28*28*8*9, block1 2*28*28*8*72, block2 14*14*16*(72 + 144 + 8), block3 7*7*32*(144 + 288 + 16), fc.
  EXPECT_EQ(fashion_topology(8).macs(), 56448 + 903168 + 702464 + 702464 + 320);
}

}  // namespace
}  // namespace terse::explore
