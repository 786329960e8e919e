#pragma once
// `network:` of a scenario as a map: shapes of layers instead of an ONNX file.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "compiler/compiler.hpp"
#include "compiler/shapes/network_shape.hpp"
#include "platform/configuration/section.hpp"

namespace terse::run {

/// One entry of `layers:` as written. Exactly one key of `kinds` says what the layer is; `add` may go with a weighted one.
struct LayerSettings {
  std::string name;
  std::string input;
  std::uint32_t conv = 0, fully_connected = 0, max_pool = 0, average_pool = 0;
  bool global_average_pool = false;
  std::string add;
  std::uint32_t kernel = 1, kernel_width = 1, stride = 1, padding = 0, padding_width = 0, dilation = 1, groups = 1;
  bool depthwise = false;
  std::string table = "gelu", concat, multiply, matrix_product;
  bool softmax = false, layer_norm = false, transpose = false;
  std::uint32_t heads = 1;

  ParameterList parameters();
};

/// The shapes, and where they were written.
struct ShapedNetwork {
  compiler::NetworkShape shape;
  configuration::Place place;
  std::vector<configuration::Place> layer_places;  ///< Parallel to shape.layers.

  /// Every value in force.
  [[nodiscard]] nlohmann::ordered_json effective() const;
  /// The error at the line of the layer that it names, if it names one.
  [[nodiscard]] configuration::ConfigurationError at_its_layer(const compiler::CompileError& error) const;
};

/// Throws ConfigurationError.
ShapedNetwork read_network_shapes(const configuration::Node& node);

}  // namespace terse::run
