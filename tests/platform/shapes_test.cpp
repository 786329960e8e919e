// Networks of shapes in a scenario: what is read, what runs, and every mistake at its place in the file.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "platform/netlist/module_type.hpp"
#include "platform/run/network_source.hpp"
#include "platform/run/scenario.hpp"
#include "tests/platform/program.hpp"

namespace terse::run {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string scenarios = TERSE_SOURCE_DIR "/scenarios";

class Shapes : public ::testing::Test {
 protected:
  Shapes() { netlist::register_types(); }

  /// A scenario whose layers are `layers`, the first in line 5.
  [[nodiscard]] std::filesystem::path scenario(const std::string& layers, const std::string& rest = "") const {
    return folder_.write("s.yaml", fmt::format("platform: {}/platforms/reference.yaml\n"
                                               "network:\n"
                                               "  input: {{height: 8, width: 8, channels: 4}}\n"
                                               "  layers:\n"
                                               "{}{}",
                                               scenarios, layers, rest));
  }

  [[nodiscard]] std::string error(const std::filesystem::path& file) const {
    try {
      const Scenario read = read_scenario(file, {});
      compile_for(read, network_of(read));
    } catch (const std::exception& problem) {
      std::string text = problem.what();
      const std::string prefix = folder_.path().string() + "/";
      for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
      return text;
    }
    return "no error";
  }

  [[nodiscard]] std::string layer_error(const std::string& layers, const std::string& rest = "") const {
    return error(scenario(layers, rest));
  }

  terse::testing::Workspace folder_;
};

TEST_F(Shapes, AreReadWithDefaultsAndNames) {
  const Scenario read = read_scenario(scenario("    - {conv: 16, kernel: 3, padding: 1}\n"
                                               "    - {conv: 16, add: conv1, weights: dense}\n"
                                               "    - {max_pool: 2}\n"
                                               "    - global_average_pool\n"
                                               "    - {fully_connected: 10}\n",
                                               "  defaults: {weights: ternary, zero_fraction: 0.5}\n"),
                                      {});
  ASSERT_TRUE(read.shapes);
  const auto& layers = read.shapes->shape.layers;
  ASSERT_EQ(layers.size(), 5u);
  EXPECT_EQ(layers[0].name, "conv1");
  EXPECT_EQ(layers[0].statistics.weights, "ternary");
  EXPECT_EQ(layers[0].statistics.zero_fraction, 0.5);
  EXPECT_EQ(layers[1].add, "conv1");
  EXPECT_EQ(layers[1].statistics.weights, "dense");
  EXPECT_EQ(layers[2].kernel, 2u);
  EXPECT_EQ(layers[2].stride, 2u);  // pooling windows do not overlap unless asked to
  EXPECT_TRUE(layers[3].whole_input);
  EXPECT_TRUE(layers[0].statistics.relu);
  EXPECT_FALSE(layers[4].statistics.relu);  // the last layer
  EXPECT_EQ(read.dataset.type, "random");
  EXPECT_EQ(read.dataset.images, 1u);
}

TEST_F(Shapes, MistakesInALayerAreShownAtTheirKey) {
  EXPECT_THAT(layer_error("    - {cnov: 16}\n"),
              StartsWith("s.yaml:5:8: unknown key 'cnov' in 'layers[1]'; did you mean 'conv'?"));
  EXPECT_THAT(layer_error("    - {kernel: 3}\n"), StartsWith("s.yaml:5:7: layers[1]: what is this layer?"));
  EXPECT_THAT(layer_error("    - {conv: 16, max_pool: 2}\n"),
              StartsWith("s.yaml:5:28: layers[1]: 'conv' and 'max_pool' are two layers"));
  EXPECT_THAT(layer_error("    - {conv: 0}\n"), StartsWith("s.yaml:5:14: layers[1].conv = 0 is out of range"));
  EXPECT_THAT(layer_error("    - {conv: 16, kernal: 3}\n"),
              StartsWith("s.yaml:5:18: unknown key 'kernal' in 'layers[1]'; did you mean 'kernel'?"));
  EXPECT_THAT(layer_error("    - {conv: 16, weights: tenary}\n"),
              AllOf(StartsWith("s.yaml:5:27: "), HasSubstr("did you mean 'ternary'?")));
  EXPECT_THAT(layer_error("    - {conv: 16, n: 3, m: 2}\n"),
              StartsWith("s.yaml:5:21: layers[1].n: 3 of 2 is impossible"));
  EXPECT_THAT(layer_error("    - {max_pool: 2, kernel: 3}\n"),
              StartsWith("s.yaml:5:29: layers[1]: 'kernel' means nothing for max_pool"));
  EXPECT_THAT(layer_error("    - {max_pool: 2, weights: dense}\n"),
              StartsWith("s.yaml:5:30: layers[1]: 'weights' means nothing for max_pool"));
  EXPECT_THAT(layer_error("    - {conv: 16, relu: false, zero_outputs: 0.5}\n"),
              StartsWith("s.yaml:5:45: zero_outputs: only a layer with relu"));
  EXPECT_THAT(layer_error("    - {global_average_pool: false}\n"), StartsWith("s.yaml:5:29: global_average_pool:"));
  EXPECT_THAT(layer_error("    - {conv: 16, weights: sparse, pattern: none}\n"),
              StartsWith("s.yaml:5:44: layers[1].pattern: none leaves sparse weights without any"));
  EXPECT_THAT(layer_error("    - {conv: 16, pattern: unstructured, density: 0}\n"),
              StartsWith("s.yaml:5:50: layers[1].density: 0 leaves no high-precision weight"));
}

TEST_F(Shapes, GroupsAndLayersOfTheCoreAreChecked) {
  EXPECT_THAT(layer_error("    - {conv: 16, groups: 3}\n"),
              StartsWith("s.yaml:5:7: layer 'conv1': 3 groups of 4 input and 16 output channels"));
  EXPECT_THAT(layer_error("    - {conv: 6, depthwise: true}\n"),
              StartsWith("s.yaml:5:7: layer 'conv1': 4 groups of 4 input and 6 output channels"));
  EXPECT_THAT(layer_error("    - {conv: 4, groups: 4, depthwise: true}\n"),
              StartsWith("s.yaml:5:25: groups: depthwise has as many"));
  EXPECT_THAT(layer_error("    - {max_pool: 2, groups: 2}\n"),
              StartsWith("s.yaml:5:29: layers[1]: 'groups' means nothing for max_pool"));
  EXPECT_THAT(layer_error("    - {conv: 4, heads: 2}\n"),
              StartsWith("s.yaml:5:24: layers[1]: 'heads' means nothing for conv"));
  EXPECT_THAT(layer_error("    - {table: glu}\n"),
              AllOf(StartsWith("s.yaml:5:15: "), HasSubstr("did you mean 'gelu'?")));
  EXPECT_THAT(layer_error("    - {softmax: false}\n"), StartsWith("s.yaml:5:17: softmax: drop the layer"));
  EXPECT_THAT(layer_error("    - {conv: 4}\n    - {concat: conv2}\n"),
              StartsWith("s.yaml:6:16: layers[2].concat: there is no layer 'conv2' above"));
  EXPECT_THAT(layer_error("    - {conv: 4, stride: 2}\n    - {concat: input}\n"),
              StartsWith("s.yaml:6:7: layer 'concat1': concat of 4 x 4 x 4 and 8 x 8 x 4"));
  EXPECT_THAT(layer_error("    - {conv: 4, stride: 2}\n    - {multiply: input}\n"),
              StartsWith("s.yaml:6:7: layer 'multiply1': 4 x 4 x 4 times 8 x 8 x 4"));
  EXPECT_THAT(layer_error("    - {conv: 8}\n    - {matrix_product: input, transpose: true}\n"),
              StartsWith("s.yaml:6:7: layer 'matrix_product1': 8 channels times 4 transposed"));
  EXPECT_THAT(layer_error("    - {conv: 8}\n    - {matrix_product: input}\n"),
              StartsWith("s.yaml:6:7: layer 'matrix_product1': 8 x 8 x 8 times 8 x 8 x 4 with 1 heads"));
}

TEST_F(Shapes, NamesOfLayersAreChecked) {
  EXPECT_EQ(layer_error("    - {name: stem, conv: 16}\n    - {conv: 16, input: stme}\n"),
            "s.yaml:6:25: layers[2].input: there is no layer 'stme' above this one; did you mean 'stem'?");
  EXPECT_EQ(layer_error("    - {conv: 16}\n    - {add: block}\n"),
            "s.yaml:6:13: layers[2].add: there is no layer 'block' above this one; known: input, conv1");
  EXPECT_THAT(layer_error("    - {name: a, conv: 16}\n    - {name: a, conv: 16}\n"),
              StartsWith("s.yaml:6:14: layers[2]: the name 'a' is taken"));
}

TEST_F(Shapes, ShapesThatDoNotFitAreShownAtTheirLayer) {
  EXPECT_THAT(
      layer_error("    - {conv: 16}\n    - {conv: 16, kernel: 9}\n"),
      StartsWith(
          "s.yaml:6:7: layer 'conv2': its window of 9 with padding 0 does not fit its input 'conv1' of 8 x 8 x 16"));
  EXPECT_THAT(
      layer_error("    - {conv: 16}\n    - {conv: 8, add: conv1}\n"),
      StartsWith("s.yaml:6:7: layer 'conv2': it is 8 x 8 x 8, and 'conv1', which is to be added, is 8 x 8 x 16"));
  EXPECT_THAT(layer_error("    - {conv: 16}\n    - {conv: 16}\n    - {conv: 16, input: conv1}\n"),
              StartsWith("s.yaml:6:7: layer 'conv2': nobody reads its output"));
  EXPECT_THAT(layer_error("    - {conv: 16, padding: 1}\n"),
              StartsWith("s.yaml:5:7: layer 'conv1': padding 1 with a window of 1"));
}

TEST_F(Shapes, WhatTheHardwareCannotHoldIsShownAtItsLayer) {
  // One row of an int8 layer takes 60,000 bytes, twice for double buffering: more than 64 KiB.
  const auto file = scenario("    - {conv: 16}\n    - {fully_connected: 100, weights: dense}\n");
  const Scenario read =
      read_scenario(file, {"network.input.height=60", "network.input.width=62", "platform.scratchpad.size=64 KiB"});
  try {
    compile_for(read, network_of(read));
    FAIL() << "it fitted";
  } catch (const configuration::ConfigurationError& problem) {
    EXPECT_THAT(problem.what(),
                AllOf(HasSubstr("s.yaml:6:7: layer 'fully_connected1'"), HasSubstr("enlarge scratchpad.size")));
  }
}

TEST_F(Shapes, MistakesAroundTheLayers) {
  const auto text = [&](const std::string& network) {
    return error(folder_.write(
        "s.yaml", fmt::format("platform: {}/platforms/reference.yaml\nnetwork: {}\n", scenarios, network)));
  };
  EXPECT_THAT(text("{layers: [{conv: 1}]}"), StartsWith("s.yaml:2:10: network: the key 'input' is missing"));
  EXPECT_THAT(text("{input: {}}"), StartsWith("s.yaml:2:10: network.layers: a list of layers is needed"));
  EXPECT_THAT(text("{input: {}, layers: []}"), StartsWith("s.yaml:2:30: network.layers: a list of layers is needed"));
  EXPECT_THAT(text("{input: {bits: 3}, layers: [{conv: 1}]}"),
              StartsWith("s.yaml:2:25: network.input.bits = 3 is no power of two"));
  EXPECT_THAT(text("{input: {}, layers: [{conv: 1}], default: {}}"),
              StartsWith("s.yaml:2:43: unknown key 'default' in 'network'; did you mean 'defaults'?"));
  EXPECT_THAT(text("[a, b]"), StartsWith("s.yaml:2:10: 'network' must name one ONNX or TFLite file, or be a map"));
  EXPECT_THAT(layer_error("    - {conv: 4}\n", "decomposition: {density: 0.5}\n"),
              StartsWith("s.yaml:6:16: decomposition: is for an ONNX file"));
  EXPECT_THAT(layer_error("    - {conv: 4}\n", "dataset: {first: 3}\n"),
              StartsWith("s.yaml:6:18: dataset.first: means nothing for type random"));
  EXPECT_THAT(layer_error("    - {conv: 4}\n", "dataset: {type: fashion-mnist, seed: 3}\n"),
              StartsWith("s.yaml:6:38: dataset.seed: means nothing for type fashion-mnist"));
}

TEST_F(Shapes, ConfigurationDependsOnEveryShape) {
  const auto hash = [&](const std::string& layers) {
    Scenario read = read_scenario(scenario(layers), {});
    return configuration_hash(read.effective());
  };
  EXPECT_EQ(hash("    - {conv: 16}\n"), hash("    - {conv: 16, stride: 1}\n"));
  EXPECT_NE(hash("    - {conv: 16}\n"), hash("    - {conv: 16, stride: 2}\n"));
  EXPECT_NE(hash("    - {conv: 16}\n"), hash("    - {conv: 16, zero_outputs: 0.4, relu: true}\n"));
}

/// Runs a scenario as its user does.
nlohmann::json run_json(const std::string& file, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"run", file, "--format", "json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto outcome = terse::testing::run_terse(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
  return nlohmann::json::parse(outcome.output, nullptr, false);
}

TEST(ShapesRun, ResNetsAreVerifiedAndHaveNoAccuracy) {
  for (const char* name : {"resnet8", "resnet20"}) {
    const auto result = run_json(fmt::format("scenarios/{}.yaml", name), {"--set", "dataset.images=1"});
    EXPECT_EQ(result.at("verified"), true) << name;
    EXPECT_TRUE(result.at("accuracy").is_null());
    EXPECT_THAT(result.at("accuracy_missing"), HasSubstr("no labels"));
    EXPECT_EQ(result.at("inferences"), 1);
    double dense = 0;
    for (const auto& layer : result.at("layers")) dense += layer.at("passes").at("dense").at("cycles").get<double>();
    EXPECT_DOUBLE_EQ(result.at("passes").at("dense").at("cycles"), dense);
  }
}

TEST(ShapesRun, GroupsAndLayersOfTheCoreAreVerified) {
  terse::testing::Workspace folder;
  const auto file = folder.write("s.yaml", fmt::format(R"(platform: {}/platforms/reference.yaml
network:
  seed: 6
  input: {{height: 12, width: 10, channels: 6, signed: true}}
  layers:
    - {{name: stem, conv: 24, kernel: 5, kernel_width: 3, padding: 2, padding_width: 1, relu: false}}
    - {{name: wide, conv: 24, kernel: 3, padding: 1, groups: 4, relu: false}}
    - {{table: hard_swish}}
    - {{conv: 24, kernel: 3, padding: 1, depthwise: true, weights: dense, relu: false, name: deep}}
    - {{concat: stem}}
    - {{name: squeeze, conv: 48, relu: false}}
    - {{average_pool: 10, stride: 10}}
    - {{table: sigmoid, name: gate}}
    - {{multiply: gate, input: squeeze}}
    - layer_norm
    - {{name: scores, matrix_product: squeeze, heads: 2, transpose: true}}
    - softmax
    - {{matrix_product: squeeze, heads: 2}}
    - {{table: leaky_relu}}
    - {{table: gelu}}
    - {{fully_connected: 7, weights: dense}}
dataset: {{images: 2, seed: 4}}
)",
                                                       scenarios));
  const auto result = run_json(file.string(), {});
  EXPECT_EQ(result.at("verified"), true) << result.at("first_mismatch");
  for (const auto& layer : result.at("layers")) {
    // Nothing but the core works on such a layer.
    if (layer.at("kind") == "core") {
      EXPECT_EQ(layer.at("cycles"), layer.at("driver_cycles")) << layer.at("name");
    }
  }
}

TEST(ShapesRun, EveryKindOfWeightsAndLayerIsVerified) {
  terse::testing::Workspace folder;
  const auto file = folder.write("s.yaml", fmt::format(R"(platform: {}/platforms/reference.yaml
network:
  seed: 5
  input: {{height: 13, width: 9, channels: 5, signed: true}}
  layers:
    - {{conv: 20, kernel: 3, padding: 1, dilation: 1, weights: ternary, zero_fraction: 0.7}}
    - {{conv: 20, kernel: 3, padding: 2, dilation: 2, weights: sparse, pattern: unstructured, density: 0.1, value_bits: 4}}
    - {{add: conv1, relu: false}}
    - {{max_pool: 3, stride: 2, padding: 1}}
    - {{conv: 33, kernel: 2, pattern: n_of_m, n: 2, m: 8, value_bits: 16, zero_outputs: 0.8}}
    - {{average_pool: 2}}
    - {{fully_connected: 21, weights: mixed, pattern: unstructured, density: 0.05, bits: 4}}
    - {{fully_connected: 7, weights: dense}}
dataset: {{images: 2, seed: 4, density: 0.4}}
)",
                                                       scenarios));
  for (const char* superposition : {"sequential", "concurrent"}) {
    const auto result = run_json(file.string(), {"--set", fmt::format("run.superposition={}", superposition)});
    EXPECT_EQ(result.at("verified"), true) << result.at("first_mismatch");
  }
}

}  // namespace
}  // namespace terse::run
