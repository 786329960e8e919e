#include "platform/run/network_shapes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace terse::run {
namespace {

using compiler::LayerKind;
using compiler::LayerShape;
using compiler::LayerStatistics;
using configuration::ConfigurationError;
using configuration::Node;
using configuration::Place;
using configuration::Section;

const std::vector<std::string> kinds = {
    "conv",  "fully_connected", "max_pool", "average_pool", "global_average_pool", "add",
    "table", "concat",          "multiply", "softmax",      "layer_norm",          "matrix_product"};
/// Keys whose value `true` may be left out with the colon.
const std::vector<std::string> words = {"global_average_pool", "softmax", "layer_norm"};
/// Keys that name a layer above.
const std::vector<std::string> references = {"input", "add", "concat", "multiply", "matrix_product"};
const std::map<std::string, compiler::CoreShape> core_kinds = {
    {"table", compiler::CoreShape::table},           {"concat", compiler::CoreShape::concat},
    {"multiply", compiler::CoreShape::multiply},     {"softmax", compiler::CoreShape::softmax},
    {"layer_norm", compiler::CoreShape::layer_norm}, {"matrix_product", compiler::CoreShape::matrix_product}};
const std::vector<std::string> window_keys = {"kernel",   "kernel_width", "padding_width", "stride", "padding",
                                              "dilation", "groups",       "depthwise",     "heads",  "transpose"};

/// Which window keys a kind has.
std::vector<std::string> window_keys_of(const std::string& kind) {
  if (kind == "conv")
    return {"kernel", "kernel_width", "padding_width", "stride", "padding", "dilation", "groups", "depthwise"};
  if (kind == "matrix_product") return {"heads", "transpose"};
  if (kind == "max_pool" || kind == "average_pool") return {"stride", "padding"};
  return {};
}

const char* json_kind(const LayerShape& layer) {
  switch (layer.kind) {
    case LayerKind::convolution:
      return "conv";
    case LayerKind::fully_connected:
      return "fully_connected";
    case LayerKind::max_pool:
      return "max_pool";
    case LayerKind::average_pool:
      return layer.whole_input ? "global_average_pool" : "average_pool";
    case LayerKind::add:
      return "add";
    case LayerKind::core:
      break;
  }
  const auto found =
      std::find_if(core_kinds.begin(), core_kinds.end(), [&](const auto& entry) { return entry.second == layer.core; });
  return found->first.c_str();
}

/// `- global_average_pool` alone is short for `- {global_average_pool: true}`.
Node as_map(const Node& item) {
  if (item.kind != Node::Kind::scalar || std::find(words.begin(), words.end(), item.scalar) == words.end()) return item;
  Node map;
  map.kind = Node::Kind::map;
  map.place = item.place;
  Node value = item;
  value.scalar = "true";
  map.map.push_back({item.scalar, item.place, value});
  return map;
}

/// The key that says what the layer is.
std::string kind_of(const Section& section) {
  std::vector<std::string> given;
  std::copy_if(kinds.begin(), kinds.end(), std::back_inserter(given),
               [&](const std::string& kind) { return section.has(kind); });
  const Place& place = section.raw().place;
  if (given.empty()) {
    for (const auto& entry : section.raw().map) {
      const std::string near = configuration::nearest(entry.key, kinds);
      if (!near.empty())
        throw ConfigurationError(
            entry.place, fmt::format("unknown key '{}' in '{}'; did you mean '{}'?", entry.key, section.name(), near));
    }
    throw ConfigurationError(place, fmt::format("{}: what is this layer? One of these keys is needed: {}",
                                                section.name(), fmt::join(kinds, ", ")));
  }
  const bool weighted = given.front() == "conv" || given.front() == "fully_connected";
  if (given.size() == 2 && weighted && given.back() == "add") given.pop_back();  // the addition is part of the layer
  if (given.size() > 1) {
    throw ConfigurationError(section.place(given[1]),
                             fmt::format("{}: '{}' and '{}' are two layers; write each on a line of its own ('add' may "
                                         "go with conv or fully_connected)",
                                         section.name(), given[0], given[1]));
  }
  return given.front();
}

class Reader {
 public:
  explicit Reader(const Node& node) : section_(node, "network") { network_.place = node.place; }

  ShapedNetwork run() {
    auto& shape = network_.shape;
    shape.name = "shapes";
    section_.read({{{.name = "name", .sentence = "Name of the network."}, &shape.name},
                   {{.name = "seed", .maximum = 0x1p53, .sentence = "Seed of weights."}, &shape.seed}});
    Section input = section_.section("input");
    if (!section_.has("input")) {
      throw ConfigurationError(network_.place,
                               "network: the key 'input' is missing, for example input: {height: 32, width: 32, "
                               "channels: 3}");
    }
    input.read(shape.input.parameters());
    input.finish();
    Section defaults = section_.section("defaults");
    read_statistics(defaults, defaults_);
    defaults.finish();
    relu_is_given_ = defaults.has("relu");
    const Node* layers = section_.node("layers");
    if (layers == nullptr || layers->kind != Node::Kind::sequence || layers->sequence.empty()) {
      throw ConfigurationError(layers == nullptr ? network_.place : layers->place,
                               "network.layers: a list of layers is needed, for example '- {conv: 64, kernel: 3}'");
    }
    for (const Node& item : layers->sequence) read_layer(as_map(item), &item == &layers->sequence.back());
    section_.finish();
    return std::move(network_);
  }

 private:
  static void read_statistics(Section& section, LayerStatistics& statistics) {
    section.read(statistics.parameters());
    section.require(statistics.problems());
  }

  void read_layer(const Node& item, bool last) {
    Section section(item, fmt::format("layers[{}]", network_.shape.layers.size() + 1));
    const std::string kind = kind_of(section);
    LayerSettings settings;
    section.read(settings.parameters());
    LayerShape layer;
    layer.statistics = defaults_;
    if (last && !relu_is_given_) layer.statistics.relu = false;
    read_statistics(section, layer.statistics);
    refuse_keys_of_other_kinds(section, kind);
    if (section.has("groups") && settings.depthwise) {
      throw ConfigurationError(section.place("groups"),
                               "groups: depthwise has as many groups as the input has channels; drop one of the two");
    }
    if (section.has("zero_outputs") && !layer.statistics.relu) {
      throw ConfigurationError(section.place("zero_outputs"),
                               "zero_outputs: only a layer with relu makes zeros; set "
                               "relu: true, or drop it");
    }
    fill(layer, settings, kind, section);
    for (const std::string& key : references) check_reference(section, key);
    name(layer, settings, kind, section);
    section.finish();
    network_.shape.layers.push_back(layer);
    network_.layer_places.push_back(item.place);
  }

  /// A key that does nothing misleads.
  static void refuse_keys_of_other_kinds(const Section& section, const std::string& kind) {
    const auto refuse = [&](const std::string& key) {
      throw ConfigurationError(section.place(key),
                               fmt::format("{}: '{}' means nothing for {}; drop it", section.name(), key, kind));
    };
    const std::vector<std::string> own = window_keys_of(kind);
    for (const std::string& key : window_keys) {
      if (section.has(key) && std::find(own.begin(), own.end(), key) == own.end()) refuse(key);
    }
    if (kind == "conv" || kind == "fully_connected") return;
    LayerStatistics statistics;
    for (const auto& parameter : statistics.parameters()) {
      const std::string& key = parameter.description.name;
      const bool of_output = key == "relu" || key == "zero_outputs" || key == "bits";
      if (section.has(key) && !(kind == "add" && of_output)) refuse(key);
    }
  }

  static void fill(LayerShape& layer, const LayerSettings& settings, const std::string& kind, const Section& section) {
    layer.input = settings.input;
    layer.add = settings.add;
    layer.kernel = settings.kernel;
    layer.stride = settings.stride;
    layer.padding = settings.padding;
    layer.kernel_width = section.has("kernel_width") ? settings.kernel_width : settings.kernel;
    layer.padding_width = section.has("padding_width") ? settings.padding_width : settings.padding;
    layer.dilation = settings.dilation;
    layer.groups = settings.groups;
    layer.depthwise = settings.depthwise;
    layer.heads = settings.heads;
    layer.transpose = settings.transpose;
    const auto require_true = [&](bool given) {
      if (!given) throw ConfigurationError(section.place(kind), kind + ": drop the layer, or write true");
    };
    if (const auto core = core_kinds.find(kind); core != core_kinds.end()) {
      layer.kind = LayerKind::core;
      layer.core = core->second;
      if (kind == "table") layer.function = settings.table;
      if (kind == "concat") layer.second = settings.concat;
      if (kind == "multiply") layer.second = settings.multiply;
      if (kind == "matrix_product") layer.second = settings.matrix_product;
      if (kind == "softmax") require_true(settings.softmax);
      if (kind == "layer_norm") require_true(settings.layer_norm);
      return;
    }
    const auto pool = [&](LayerKind pooling, std::uint32_t window) {
      layer.kind = pooling;
      layer.kernel = layer.kernel_width = window;
      if (!section.has("stride")) layer.stride = window;
    };
    if (kind == "conv") {
      layer.channels = settings.conv;
    } else if (kind == "fully_connected") {
      layer.kind = LayerKind::fully_connected;
      layer.channels = settings.fully_connected;
    } else if (kind == "max_pool") {
      pool(LayerKind::max_pool, settings.max_pool);
    } else if (kind == "average_pool") {
      pool(LayerKind::average_pool, settings.average_pool);
    } else if (kind == "global_average_pool") {
      layer.kind = LayerKind::average_pool;
      layer.whole_input = true;
      require_true(settings.global_average_pool);
    } else {
      layer.kind = LayerKind::add;
    }
  }

  /// Layers without a name are numbered per kind: conv1, conv2, add1, ...
  void name(LayerShape& layer, const LayerSettings& settings, const std::string& kind, const Section& section) {
    layer.name = settings.name.empty() ? fmt::format("{}{}", kind, ++count_[kind]) : settings.name;
    if (std::find(names_.begin(), names_.end(), layer.name) != names_.end()) {
      throw ConfigurationError(section.place("name"), fmt::format("{}: the name '{}' is taken; give this layer another",
                                                                  section.name(), layer.name));
    }
    names_.push_back(layer.name);  // the layers below may name it
  }

  /// `input:` and `add:` name a layer above, or the network's input.
  void check_reference(const Section& section, const std::string& key) const {
    const Node* node = section.raw().find(key);
    if (node == nullptr || std::find(names_.begin(), names_.end(), node->scalar) != names_.end()) return;
    const std::string near = configuration::nearest(node->scalar, names_);
    throw ConfigurationError(
        node->place, near.empty() ? fmt::format("{}.{}: there is no layer '{}' above this one; known: {}",
                                                section.name(), key, node->scalar, fmt::join(names_, ", "))
                                  : fmt::format("{}.{}: there is no layer '{}' above this one; did you mean '{}'?",
                                                section.name(), key, node->scalar, near));
  }

  Section section_;
  ShapedNetwork network_;
  LayerStatistics defaults_;
  bool relu_is_given_ = false;
  std::map<std::string, unsigned> count_;
  std::vector<std::string> names_ = {"input"};
};

}  // namespace

ParameterList LayerSettings::parameters() {
  constexpr std::uint32_t most = 65535, window = 255;
  return {
      {{.name = "conv", .unit = "channels", .minimum = 1, .maximum = most, .sentence = "Convolution: output channels."},
       &conv},
      {{.name = "fully_connected", .minimum = 1, .maximum = most, .sentence = "Fully connected layer: outputs."},
       &fully_connected},
      {{.name = "max_pool", .unit = "pixels", .minimum = 1, .maximum = window, .sentence = "Side of the window."},
       &max_pool},
      {{.name = "average_pool", .unit = "pixels", .minimum = 1, .maximum = window, .sentence = "Side of the window."},
       &average_pool},
      {{.name = "global_average_pool", .sentence = "Mean of each channel; may stand alone as '- global_average_pool'."},
       &global_average_pool},
      {{.name = "add",
        .sentence = "Name of a layer above whose output is added: a layer of its own, or, beside conv and "
                    "fully_connected, before their relu."},
       &add},
      {{.name = "table",
        .choices = {"gelu", "hard_swish", "leaky_relu", "sigmoid"},
        .sentence = "On the core: a function of each value, the greatest of which stands for 4."},
       &table},
      {{.name = "concat", .sentence = "On the core: name of a layer above whose channels follow the input's."},
       &concat},
      {{.name = "multiply",
        .sentence =
            "On the core: name of a layer above by which values are multiplied; where it has one row, column or "
            "channel, that is for all."},
       &multiply},
      {{.name = "softmax", .sentence = "On the core: softmax over the channels of each pixel; may stand alone."},
       &softmax},
      {{.name = "layer_norm",
        .sentence = "On the core: layer normalization over the channels of each pixel; may stand alone."},
       &layer_norm},
      {{.name = "matrix_product",
        .sentence = "On the core: name of a layer above by which the input is multiplied, pixels as rows."},
       &matrix_product},
      {{.name = "heads",
        .minimum = 1,
        .maximum = most,
        .sentence = "matrix_product: parts of the channels, each multiplied by itself; with transpose each gives a row "
                    "of the output, without each takes a row of the input."},
       &heads},
      {{.name = "transpose", .sentence = "matrix_product: by the transposed of the other layer's output."}, &transpose},
      {{.name = "name", .sentence = "By default the kind and a number: conv1."}, &name},
      {{.name = "input", .sentence = "Name of the layer above that it reads, or 'input'; by default the line before."},
       &input},
      {{.name = "kernel", .unit = "pixels", .minimum = 1, .maximum = window, .sentence = "conv: side of the window."},
       &kernel},
      {{.name = "kernel_width",
        .unit = "pixels",
        .minimum = 1,
        .maximum = window,
        .sentence = "conv: columns of a window that is no square; by default kernel."},
       &kernel_width},
      {{.name = "padding_width",
        .unit = "pixels",
        .maximum = window,
        .sentence = "conv: zeros on the left and the right; by default padding."},
       &padding_width},
      {{.name = "stride",
        .unit = "pixels",
        .minimum = 1,
        .maximum = window,
        .sentence = "conv; pooling, where the default is the window."},
       &stride},
      {{.name = "padding", .unit = "pixels", .maximum = window, .sentence = "conv and pooling: zeros on each side."},
       &padding},
      {{.name = "dilation", .minimum = 1, .maximum = window, .sentence = "conv: distance of the window's positions."},
       &dilation},
      {{.name = "groups",
        .minimum = 1,
        .maximum = most,
        .sentence = "conv: output channels read the inputs of their own group only."},
       &groups},
      {{.name = "depthwise", .sentence = "conv: as many groups as the input has channels."}, &depthwise},
  };
}

nlohmann::ordered_json ShapedNetwork::effective() const {
  nlohmann::ordered_json json;
  json["name"] = shape.name;
  json["seed"] = shape.seed;
  json["input"] = configuration::values_of(compiler::InputShape(shape.input).parameters());
  json["layers"] = nlohmann::ordered_json::array();
  for (const LayerShape& layer : shape.layers) {
    nlohmann::ordered_json entry;
    entry["name"] = layer.name;
    entry["kind"] = json_kind(layer);
    entry["channels"] = layer.channels;
    entry["input"] = layer.input;
    entry["add"] = layer.add;
    entry["kernel"] = layer.kernel;
    entry["kernel_width"] = layer.kernel_width;
    entry["padding_width"] = layer.padding_width.value_or(layer.padding);
    entry["stride"] = layer.stride;
    entry["padding"] = layer.padding;
    entry["dilation"] = layer.dilation;
    entry["groups"] = layer.groups;
    entry["depthwise"] = layer.depthwise;
    if (layer.kind == LayerKind::core) {
      entry["function"] = layer.function;
      entry["second"] = layer.second;
      entry["heads"] = layer.heads;
      entry["transpose"] = layer.transpose;
    }
    entry.update(configuration::values_of(LayerStatistics(layer.statistics).parameters()));
    json["layers"].push_back(entry);
  }
  return json;
}

ConfigurationError ShapedNetwork::at_its_layer(const compiler::CompileError& error) const {
  const std::string_view text = error.what();
  for (std::size_t index = 0; index < shape.layers.size(); ++index) {
    if (text.starts_with(fmt::format("layer '{}'", shape.layers[index].name)))
      return ConfigurationError(layer_places[index], text);
  }
  return ConfigurationError(place, text);
}

ShapedNetwork read_network_shapes(const Node& node) {
  return Reader(node).run();
}

}  // namespace terse::run
