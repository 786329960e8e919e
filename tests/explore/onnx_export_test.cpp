#include "explore/onnx_export.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cstring>
#include <fstream>
#include <set>

#include "compiler/import/import.hpp"
#include "explore/topology.hpp"
#include "tests/explore/random_network.hpp"
#include "tests/support/temporary_path.hpp"

namespace terse::explore {
namespace {

using compiler::DecompositionOptions;
using compiler::Pattern;

constexpr int width = 4;

DecompositionOptions one_of_16(std::uint32_t value_bits = 8) {
  DecompositionOptions options;
  options.decompose = true;
  options.m = 16;
  options.value_bits = value_bits;
  return options;
}

Topology fashion() {
  return topology_of("fashion", width, 0, {28, 28, 1}, 10);
}

onnx::ModelProto exported(const TrainedNetwork& network) {
  const auto path =
      std::filesystem::path(testing::TempDir()) / ("onnx_export_test_" + std::to_string(getpid()) + ".onnx");
  write_onnx(network, path);
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

class EveryTopology : public testing::TestWithParam<std::string> {};

TEST_P(EveryTopology, EveryValueIsDefinedOnceBeforeItIsUsed) {
  const Topology topology = topology_of(GetParam(), 8, 0, {32, 32, 3}, 10);
  for (const DecompositionOptions& options : {DecompositionOptions{}, one_of_16()}) {
    const onnx::ModelProto model = exported(random_network(topology, options));
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
}

/// What the compiler reads is what training handed over, weight by weight.
TEST_P(EveryTopology, TheCompilerReadsTheSameIntegers) {
  const Topology topology = topology_of(GetParam(), 8, 0, {32, 32, 3}, 10);
  for (const std::uint32_t value_bits : {4U, 8U, 16U}) {
    for (const int activation_bits : {4, 8}) {
      const TrainedNetwork network = random_network(topology, one_of_16(value_bits), activation_bits);
      const test::TemporaryPath file("network.onnx");
      write_onnx(network, file.path());
      const compiler::QuantizedNetwork read = compiler::import_network(file.path(), {});
      std::size_t found = 0;
      for (const compiler::Layer& layer : read.layers) {
        const auto ours = network.layers.find(layer.name);
        if (ours == network.layers.end()) continue;
        ++found;
        EXPECT_EQ(layer.ternary, ours->second.split.ternary) << layer.name;
        EXPECT_EQ(layer.high_precision, ours->second.split.values) << layer.name;
        const compiler::Tensor& output = read.tensors[layer.output];
        if (layer.name != "fc") {
          EXPECT_EQ(output.bits,
                    network.activations.at(layer.name).is_signed ? 8U : static_cast<unsigned>(activation_bits));
        }
      }
      EXPECT_EQ(found, network.layers.size());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Topologies, EveryTopology, testing::ValuesIn(topology_names()),
                         [](const auto& name) { return name.param; });

TEST(OnnxExport, HasTheLayersOfTheTopology) {
  for (const bool quantized : {false, true}) {
    DecompositionOptions options = one_of_16();
    options.decompose = quantized;
    const onnx::ModelProto model = exported(random_network(fashion(), options));
    EXPECT_EQ(count(model, "Conv"), 9);  // stem, two per block, two shortcuts
    EXPECT_EQ(count(model, "BatchNormalization"), 9);
    EXPECT_EQ(count(model, "Relu"), 7);
    EXPECT_EQ(count(model, "GlobalAveragePool"), 1);
    EXPECT_EQ(count(model, "Gemm"), 1);
    // The image, seven ReLUs, two shortcuts and the pool.
    EXPECT_EQ(count(model, "QuantizeLinear"), quantized ? 11 : 0);
  }
}

TEST(OnnxExport, AMixedWeightIsTheSumOfTwoDequantizedTensors) {
  const onnx::ModelProto model = exported(random_network(fashion(), one_of_16()));
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
  const TrainedNetwork network = random_network(fashion(), one_of_16());
  const onnx::ModelProto model = exported(network);
  const onnx::TensorProto& tensor = initializer(model, "block2.conv1.ternary");
  EXPECT_THAT(tensor.dims(), testing::ElementsAre(2 * width, width, 3, 3));
  const std::vector<std::int8_t>& ours = network.layers.at("block2.conv1").split.ternary;
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
  const onnx::ModelProto model = exported(random_network(fashion(), one_of_16()));
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
  const auto message_of = [&](const TrainedNetwork& network, const std::filesystem::path& target) {
    try {
      write_onnx(network, target);
    } catch (const OnnxExportError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  TrainedNetwork network = random_network(fashion(), one_of_16());
  EXPECT_THAT(message_of(network, "/nonexistent/x.onnx"), testing::HasSubstr("cannot write"));
  network.activations.erase("block1.conv2");
  EXPECT_THAT(message_of(network, path), testing::HasSubstr("activation block1.conv2"));
  network = random_network(fashion(), one_of_16());
  network.layers.at("stem").normalization.gamma.pop_back();
  EXPECT_THAT(message_of(network, path), testing::HasSubstr("stem.bn.gamma: 3 values, expected 4"));
  network.layers.erase("stem");
  EXPECT_THAT(message_of(network, path), testing::HasSubstr("layer stem"));
}

}  // namespace
}  // namespace terse::explore
