#include "platform/run/mapping_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace terse::run {

using configuration::ConfigurationError;
using configuration::Section;

ParameterList LayerMappingSettings::layer_parameters() {
  return {
      {{.name = "index_format",
        .choices = {"auto", "absolute", "relative", "bitmap", "n_of_m"},
        .sentence =
            "How the positions of high-precision values are stored; auto: n_of_m for layers of that pattern, else "
            "absolute. Pattern dense needs none; dataflow activation_broadcast takes relative, by column."},
       &index_format},
      {{.name = "index_bits",
        .unit = "bits",
        .maximum = 8,
        .sentence = "Width of a relative gap; 0 for the one of fewest bits, layer by layer (by column: 4)."},
       &index_bits},
      {{.name = "lane_assignment",
        .choices = {"interleaved", "balanced"},
        .sentence = "Which lane gets which output channel: by number, or sorted so that lanes have nearly equal work."},
       &lane_assignment},
      {{.name = "tile_rows",
        .unit = "rows",
        .sentence = "Output rows of a tile, of every layer; 0 for the compiler's choice."},
       &tile_rows},
      {{.name = "tile_columns",
        .unit = "columns",
        .sentence = "Output columns of a tile; 0 for the compiler's choice."},
       &tile_columns},
      {{.name = "tile_channels",
        .unit = "channels",
        .sentence = "Output channels of a tile; 0 for the compiler's choice."},
       &tile_channels},
  };
}

ParameterList MappingSettings::parameters() {
  ParameterList list = layer_parameters();
  const ParameterList of_network = {
      {{.name = "keep_activations",
        .sentence = "Activations stay in the scratchpad between layers where the prediction says that it pays."},
       &keep_activations},
      {{.name = "early_weights",
        .sentence = "A layer's first weights are loaded while the layer before computes, where there is room."},
       &early_weights},
      {{.name = "scratchpad_bytes",
        .unit = "bytes",
        .maximum = 64.0 * 1024 * 1024,
        .sentence = "Scratchpad the compiler may use; 0 for all of it."},
       &scratchpad_bytes},
      {{.name = "accumulators",
        .unit = "words",
        .maximum = 16777216,
        .sentence = "Accumulators per plane the compiler may use; 0 for all of them."},
       &accumulators},
      {{.name = "weight_bytes",
        .unit = "bytes",
        .maximum = 64.0 * 1024 * 1024,
        .sentence = "Largest block of weights, with its requantization records, that a tile may load; 0 for any."},
       &weight_bytes},
  };
  list.insert(list.end(), of_network.begin(), of_network.end());
  return list;
}

compiler::LayerMapping LayerMappingSettings::layer_mapping() const {
  using Format = compiler::LayerMapping::IndexFormat;
  using Lanes = compiler::LayerMapping::LaneAssignment;
  compiler::LayerMapping mapping;
  mapping.index_format = index_format == "absolute"   ? Format::absolute
                         : index_format == "relative" ? Format::relative
                         : index_format == "bitmap"   ? Format::bitmap
                         : index_format == "n_of_m"   ? Format::n_of_m
                                                      : Format::automatic;
  mapping.index_bits = index_bits;
  mapping.tile_rows = tile_rows;
  mapping.tile_columns = tile_columns;
  mapping.tile_channels = tile_channels;
  mapping.lane_assignment = lane_assignment == "balanced" ? Lanes::balanced : Lanes::interleaved;
  return mapping;
}

compiler::Mapping MappingSettings::mapping() const {
  compiler::Mapping mapping;
  static_cast<compiler::LayerMapping&>(mapping) = layer_mapping();
  mapping.keep_activations = keep_activations;
  mapping.early_weights = early_weights;
  mapping.scratchpad_bytes = scratchpad_bytes;
  mapping.accumulators = accumulators;
  mapping.weight_bytes = weight_bytes;
  for (const auto& [name, layer] : layers) mapping.layers[name] = layer.settings.layer_mapping();
  return mapping;
}

nlohmann::ordered_json MappingSettings::effective() {
  nlohmann::ordered_json json = configuration::values_of(parameters());
  for (auto& [name, layer] : layers) {
    json["layers"][name] = configuration::values_of(layer.settings.layer_parameters());
  }
  return json;
}

void MappingSettings::check_layers(const compiler::QuantizedNetwork& network) const {
  std::vector<std::string> names;
  for (const compiler::Layer& layer : network.layers) names.push_back(layer.name);
  for (const auto& [name, layer] : layers) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::string near = configuration::nearest(name, names);
    throw ConfigurationError(layer.place,
                             fmt::format("mapping.layers: network '{}' has no layer '{}'; {}", network.name, name,
                                         near.empty() ? fmt::format("it has {}", fmt::join(names, ", "))
                                                      : fmt::format("did you mean '{}'?", near)));
  }
}

namespace {

void check_index_bits(const LayerMappingSettings& mapping, const Section& section, bool columns) {
  if (mapping.index_bits == 0 || mapping.index_format == "relative" || columns) return;
  throw ConfigurationError(section.place("index_bits"),
                           fmt::format("{}.index_bits is the width of relative gaps, but {}.index_format is "
                                       "{}; set index_format: relative, or index_bits: 0",
                                       section.name(), section.name(), mapping.index_format));
}

}  // namespace

MappingSettings read_mapping(Section section, const netlist::PlatformSettings& platform) {
  const bool columns = netlist::limits_of(platform).activation_broadcast;
  MappingSettings mapping;
  section.read(mapping.parameters());
  check_index_bits(mapping, section, columns);
  const configuration::Node* layers = section.node("layers");
  section.finish();
  if (layers == nullptr || layers->kind == configuration::Node::Kind::null) return mapping;
  if (layers->kind != configuration::Node::Kind::map) {
    throw ConfigurationError(layers->place, fmt::format("mapping.layers is {}; expected a map of layer names: "
                                                        "layers: {{conv1: {{tile_rows: 8}}}}",
                                                        layers->kind_name()));
  }
  for (const auto& entry : layers->map) {
    Section of_layer(entry.value, "mapping.layers." + entry.key);
    MappingSettings::OfLayer layer{mapping, entry.place};
    of_layer.read(layer.settings.layer_parameters());
    check_index_bits(layer.settings, of_layer, columns);
    of_layer.finish();
    mapping.layers.emplace(entry.key, std::move(layer));
  }
  return mapping;
}

}  // namespace terse::run
