#pragma once
// `mapping:` of a scenario: how the compiler cuts layers and lays weights out, where there is a choice.
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "compiler/compiler.hpp"
#include "platform/configuration/section.hpp"
#include "platform/netlist/platform_settings.hpp"

namespace terse::run {

/// What can be said of a single layer, too, under mapping.layers.
struct LayerMappingSettings {
  std::string index_format = "auto";
  std::uint32_t index_bits = 0;
  std::string lane_assignment = "interleaved";
  std::uint32_t tile_rows = 0, tile_columns = 0, tile_channels = 0;

  ParameterList layer_parameters();
  [[nodiscard]] compiler::LayerMapping layer_mapping() const;
};

struct MappingSettings : LayerMappingSettings {
  bool keep_activations = true;
  bool early_weights = true;
  std::uint64_t scratchpad_bytes = 0;
  std::uint32_t accumulators = 0;
  std::uint64_t weight_bytes = 0;
  /// Keys that a layer's entry leaves out are those of all layers.
  struct OfLayer {
    LayerMappingSettings settings;
    configuration::Place place;
  };
  std::map<std::string, OfLayer> layers;  ///< By layer name.

  ParameterList parameters();
  [[nodiscard]] compiler::Mapping mapping() const;
  [[nodiscard]] nlohmann::ordered_json effective();
  /// Throws ConfigurationError at the line of an entry whose layer the network does not have.
  void check_layers(const compiler::QuantizedNetwork& network) const;
};

/// Reads `section` whole. Throws ConfigurationError.
MappingSettings read_mapping(configuration::Section section, const netlist::PlatformSettings& platform);

}  // namespace terse::run
