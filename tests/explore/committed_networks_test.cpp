// The networks in scenarios/networks are what their README says: this catches a wrong or half-trained file.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace terse::explore {
namespace {

constexpr int precise_group = 32;

onnx::ModelProto committed(const std::string& name) {
  std::ifstream file(std::string(TERSE_SOURCE_DIR) + "/scenarios/networks/" + name, std::ios::binary);
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromIstream(&file)) << name;
  return model;
}

std::map<std::string, const onnx::TensorProto*> initializers(const onnx::ModelProto& model) {
  std::map<std::string, const onnx::TensorProto*> result;
  for (const onnx::TensorProto& tensor : model.graph().initializer()) result[tensor.name()] = &tensor;
  return result;
}

double test_accuracy(const onnx::ModelProto& model) {
  for (const onnx::StringStringEntryProto& entry : model.metadata_props()) {
    if (entry.key() == "test_accuracy_percent") return std::stod(entry.value());
  }
  ADD_FAILURE() << "no test accuracy in the file";
  return 0.0;
}

/// Positions, in the order of the groups, at which the tensor [O, C, K, K] is nonzero in channel o.
std::set<int> nonzero_positions(const onnx::TensorProto& tensor, int output_channel) {
  const int channels = static_cast<int>(tensor.dims(1));
  const int taps = static_cast<int>(tensor.dims(2) * tensor.dims(3));
  std::set<int> positions;
  for (int c = 0; c < channels; ++c) {
    for (int tap = 0; tap < taps; ++tap) {
      const auto index = static_cast<std::size_t>((output_channel * channels + c) * taps + tap);
      if (tensor.raw_data()[index] != 0) positions.insert(tap * channels + c);
    }
  }
  return positions;
}

TEST(CommittedNetworks, MixedIsTernaryPlusOneInt8WeightInEveryGroup) {
  const onnx::ModelProto model = committed("fashion.onnx");
  const auto tensors = initializers(model);
  int mixed_layers = 0;
  for (const auto& [name, ternary] : tensors) {
    if (!name.ends_with(".ternary")) continue;
    ++mixed_layers;
    for (const char value : ternary->raw_data()) EXPECT_LE(std::abs(static_cast<std::int8_t>(value)), 1) << name;
    const onnx::TensorProto& values = *tensors.at(name.substr(0, name.size() - 7) + "values");
    for (int o = 0; o < ternary->dims(0); ++o) {
      const std::set<int> dense = nonzero_positions(*ternary, o);
      std::set<int> groups;
      for (const int position : nonzero_positions(values, o)) {
        EXPECT_TRUE(groups.insert(position / precise_group).second) << name << " channel " << o;
        EXPECT_FALSE(dense.contains(position)) << name << " channel " << o;
      }
    }
  }
  EXPECT_EQ(mixed_layers, 8);  // all convolutions but the stem
}

TEST(CommittedNetworks, AccuraciesReachTheGoal) {
  const double int8 = test_accuracy(committed("fashion_int8.onnx"));
  const double mixed = test_accuracy(committed("fashion.onnx"));
  const double ternary = test_accuracy(committed("fashion_ternary.onnx"));
  EXPECT_GE(mixed, 89.0);
  EXPECT_LT(std::abs(int8 - mixed), std::abs(int8 - ternary)) << "mixed is closer to int8 than all-ternary is";
}

TEST(CommittedNetworks, AreSmall) {
  const std::filesystem::path directory = std::string(TERSE_SOURCE_DIR) + "/scenarios/networks";
  for (const char* name : {"fashion.onnx", "fashion_int8.onnx", "fashion_ternary.onnx", "fashion_float.onnx"}) {
    EXPECT_LT(std::filesystem::file_size(directory / name), 200'000U) << name;
  }
}

}  // namespace
}  // namespace terse::explore
