// Networks written as an explicit superposition and read again: the very same image, whatever the dialect they came in
// and however their weights were split.
#include "compiler/import/explicit_superposition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "compiler/onnx/onnx_writer.hpp"
#include "tests/compiler/import/sample_networks.hpp"
#include "tests/compiler/onnx_builder.hpp"
#include "tests/compiler/tflite/tflite_builder.hpp"

namespace terse::testing {
namespace {

using compiler::CompileOptions;
using compiler::DecompositionOptions;
using compiler::ImportedNetwork;
using compiler::Layer;
using Kind = compiler::Pattern::Kind;

const compiler::HardwareLimits limits{64 * 1024, 2048, 8, 8, 4, 8, 1U << 22};

compiler::Calibration calibration_of(const compiler::graph::Model& model) {
  compiler::graph::Shape shape = model.inputs.at(0).dimensions;
  shape[0] = 1;
  std::vector<float> input(static_cast<std::size_t>(compiler::graph::element_count(shape)));
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = std::sin(static_cast<float>(i));
  return {{input}, 100};
}

class ExplicitSuperposition : public ::testing::Test {
 protected:
  /// Writes, reads, compares; returns what was imported first.
  ImportedNetwork expect_same_image(const std::filesystem::path& file, const CompileOptions& options = {}) {
    const compiler::graph::Model model = compiler::read_model(file);
    ImportedNetwork first = compiler::import_with_source(model, options, calibration_of(model));
    compiler::write_onnx(compiler::explicit_superposition(first), written_.path());
    const compiler::QuantizedNetwork again = compiler::import_network(written_.path(), {});
    EXPECT_EQ(compiler::compile(again, limits).image, compiler::compile(first.network, limits).image);
    return first;
  }
  ImportedNetwork expect_same_image(const std::string& bytes, const CompileOptions& options = {}) {
    file_.write(bytes);
    return expect_same_image(file_.path(), options);
  }
  const SampleNetwork& sample(const std::string& name) {
    return *std::find_if(samples_.begin(), samples_.end(), [&](const auto& sample) { return sample.name == name; });
  }

  std::vector<SampleNetwork> samples_ = sample_networks(1);
  TemporaryFile file_{"network.onnx"}, written_{"superposition.onnx"};
};

TEST_F(ExplicitSuperposition, EveryDialect) {
  for (const SampleNetwork& sample : samples_) {
    SCOPED_TRACE(sample.name);
    expect_same_image(sample.bytes);
  }
}

TEST_F(ExplicitSuperposition, EveryPattern) {
  DecompositionOptions base;
  base.decompose = base.first_and_last = true;
  std::vector<DecompositionOptions> all(9, base);
  all[1].m = 24;  // no pattern that recognition tries
  all[2].pattern = Kind::unstructured;
  all[2].density = 0.1;
  all[3].value_bits = 16;
  all[4].value_bits = 4;
  all[5].composition = DecompositionOptions::Composition::residual;
  all[6].density = 0;
  all[7].pattern = Kind::dense;
  all[8].pattern = Kind::unstructured;
  all[8].placement = DecompositionOptions::Placement::kernel_tap;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const char* name : {"real", "fully_connected", "moved", "attention", "convolution1", "quant_operators"}) {
      SCOPED_TRACE(name + std::to_string(i));
      const ImportedNetwork first = expect_same_image(sample(name).bytes, {all[i], {}});
      if (i > 4) continue;
      for (const Layer& layer : first.network.layers) {
        if (layer.ternary.empty() && layer.high_precision.empty()) continue;
        EXPECT_TRUE(!layer.ternary.empty() && !layer.high_precision.empty()) << layer.name;
      }
    }
  }
}

TEST_F(ExplicitSuperposition, ShippedNetworks) {
  const std::filesystem::path networks = std::filesystem::path(TERSE_SOURCE_DIR) / "scenarios/networks";
  for (const char* name : {"fashion.onnx", "fashion_int8.onnx", "fashion_ternary.onnx", "fashion_float.onnx"}) {
    SCOPED_TRACE(name);
    expect_same_image(networks / name);
  }
}

TEST_F(ExplicitSuperposition, TfliteImagesAreMovedAndNothingElse) {
  using Q = TfliteBuilder::Quantization;
  TfliteBuilder b;
  const auto x = b.tensor("x", {1, 6, 5, 3}, Q{{0.02F}, {-5}});
  std::vector<std::int8_t> weights(4 * 9 * 3);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<std::int8_t>(i * 37 % 251 - 125);
  const auto w = b.constant<std::int8_t>("w", {4, 3, 3, 3}, tflite::TensorType_INT8, weights,
                                         Q{{0.01F, 0.02F, 0.03F, 0.04F}, {0, 0, 0, 0}});
  const auto y = b.tensor("y", {1, 6, 5, 4}, Q{{0.05F}, {-128}});
  b.operation(3, {x, w, -1}, {y}, [](auto& f) {
    return tflite::CreateConv2DOptions(f, tflite::Padding_SAME, 1, 1, tflite::FusedActivation_RELU);
  });
  const ImportedNetwork first = expect_same_image(b.bytes(x, y));
  EXPECT_EQ(first.network.layers.size(), 1U);
  DecompositionOptions split;
  split.decompose = split.first_and_last = true;
  expect_same_image(b.bytes(x, y), {split, {}});
}

TEST_F(ExplicitSuperposition, APatternThatTheWeightsDoNotKeepIsRefused) {
  DecompositionOptions split;
  split.decompose = split.first_and_last = true;
  file_.write(sample("fully_connected").bytes);
  const ImportedNetwork first = compiler::import_with_source(compiler::read_model(file_.path()), {split, {}});
  std::string bytes = compiler::onnx_bytes(compiler::explicit_superposition(first));
  for (const auto& [stated, message] :
       {std::pair{"1:99 of 8 bits", "do not keep to it"}, {"0:32 of 8 bits", "accepted"}}) {
    std::string changed = bytes;
    ASSERT_NE(changed.find("1:32 of 8 bits"), std::string::npos);
    changed.replace(changed.find("1:32 of 8 bits"), 14, stated);
    written_.write(changed);
    try {
      compiler::import_network(written_.path(), {});
      FAIL() << stated;
    } catch (const compiler::CompileError& error) {
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
  }
}

TEST_F(ExplicitSuperposition, WhatQuantizeLinearCannotSayIsRefused) {
  OnnxBuilder b;
  b.constant("s", {}, {0.5});
  b.constant("z", {}, {0});
  b.constant("b", {}, {4});
  const std::string y = b.node("Quant", "floor", {b.input("x", {1, 2, 1, 2}), "s", "z", "b"},
                               {{"rounding_mode", std::string("FLOOR")}}, "qonnx.custom_op.general");
  b.output(b.node("Quant", "second", {b.node("MaxPool", "pool", {y}, {{"kernel_shape", Shape{1, 2}}}), "s", "z", "b"},
                  {}, "qonnx.custom_op.general"));
  file_.write(b.bytes());
  const ImportedNetwork first = compiler::import_with_source(compiler::read_model(file_.path()), {});
  try {
    compiler::explicit_superposition(first);
    FAIL();
  } catch (const compiler::CompileError& error) {
    EXPECT_NE(std::string(error.what()).find("node 'floor' (QuantizeLinear): rounding FLOOR cannot be stated"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace terse::testing
