#include "platform/run/network_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "compiler/import/import.hpp"
#include "compiler/quantization/post_training.hpp"
#include "compiler/shapes/seeded_network.hpp"
#include "platform/run/input_files.hpp"
#include "platform/run/scenario_tree.hpp"

namespace terse::run {
namespace {

/// Errors of a layer that YAML states are shown at its line.
template <class Action>
auto at_shapes(const Scenario& scenario, Action action) {
  try {
    return action();
  } catch (const compiler::CompileError& error) {
    if (!scenario.shapes) throw;
    throw scenario.shapes->at_its_layer(error);
  }
}

Dataset random_inputs(const DatasetSettings& settings, const compiler::Tensor& input) {
  Dataset dataset;
  dataset.height = input.height;
  dataset.width = input.width;
  dataset.pixels = compiler::seeded_inputs(input, settings.images, settings.seed, settings.density);
  return dataset;
}

/// Elements of one input by their place in the tensor, [row][column][channel].
std::vector<std::size_t> places(std::size_t elements, std::size_t channels, bool channels_first) {
  std::vector<std::size_t> result(elements);
  const std::size_t pixels = elements / channels;
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = channels_first ? i % channels * pixels + i / channels : i;
  }
  return result;
}

/// Where the real inputs that calibrate a float network come from; nothing when the scenario has none.
std::optional<CalibrationSettings> calibration_source(const Scenario& scenario) {
  CalibrationSettings settings = scenario.calibration;
  const DatasetSettings& dataset = scenario.dataset;
  if (!settings.inputs.empty()) return settings;
  if (dataset.type == "fashion-mnist") return settings;
  if (dataset.type != "files" || dataset.values != "real") return std::nullopt;
  settings.inputs = dataset.inputs;
  settings.element = dataset.element;
  settings.factor = dataset.factor;
  settings.layout = dataset.layout;
  settings.count = std::min(settings.count, dataset.images);
  return settings;
}

std::vector<float> calibration_values(const Scenario& scenario, const CalibrationSettings& settings,
                                      std::size_t elements) {
  const DatasetSettings& dataset = scenario.dataset;
  std::vector<float> values;
  if (settings.inputs.empty()) {
    const Dataset images = load_fashion_mnist_test(dataset.folder, dataset.first, settings.count);
    for (const std::uint8_t pixel : images.pixels) values.push_back(static_cast<float>(pixel) / 255);
    return values;
  }
  const std::string labels = settings.inputs == dataset.inputs ? dataset.labels : "";  // they name a folder's files
  values = read_input_files({settings.inputs, labels, settings.element, 0, settings.count}, elements).values;
  for (float& value : values) value *= static_cast<float>(settings.factor);
  return values;
}

Dataset file_inputs(const Scenario& scenario, const compiler::Tensor& input) {
  const DatasetSettings& settings = scenario.dataset;
  FileInputs files = read_input_files(
      {settings.inputs, settings.labels, settings.element, settings.first, settings.images}, input.elements());
  const int levels = 1 << input.bits, least = input.is_signed ? -levels / 2 : 0, greatest = least + levels - 1;
  const bool real = settings.values == "real";
  const std::vector<std::size_t> order = places(input.elements(), input.channels, settings.layout == "chw");
  Dataset dataset;
  dataset.height = input.height;
  dataset.width = input.width;
  dataset.labels = std::move(files.labels);
  dataset.pixels.reserve(files.values.size());
  for (std::size_t first = 0; first < files.values.size(); first += order.size()) {
    for (const std::size_t place : order) {
      const double value = static_cast<double>(files.values[first + place]);
      const double integer =
          real ? std::clamp<double>(std::nearbyint(value * settings.factor / input.scale) + input.zero_point, least,
                                    greatest)
               : value;
      if (!(integer >= least && integer <= greatest) || integer != std::floor(integer)) {
        throw DatasetError(
            fmt::format("{}: an element is {}, the network's input holds the integers {} to {}; set "
                        "dataset.values: real where the elements are to be quantized",
                        settings.inputs, value, least, greatest));
      }
      dataset.pixels.push_back(static_cast<std::uint8_t>(static_cast<int>(integer)));
    }
  }
  return dataset;
}

}  // namespace

compiler::Calibration calibration_of(const Scenario& scenario, const compiler::graph::Model& model) {
  compiler::Calibration calibration;
  calibration.percentile = scenario.calibration.percentile;
  const auto source = calibration_source(scenario);
  if (!source || model.inputs.size() != 1) return calibration;
  compiler::graph::Shape shape = model.inputs[0].dimensions;
  if (!shape.empty()) shape[0] = 1;
  const double count = compiler::graph::element_count(shape);
  if (shape.size() < 2 || !(count >= 1 && count < 1e9)) return calibration;  // the importer says what is wrong with it
  const auto elements = static_cast<std::size_t>(count);
  const bool channels_first = shape.size() == 4 && !model.channels_last;
  const auto channels = static_cast<std::size_t>(channels_first ? shape[1] : shape.back());
  const std::vector<float> values = calibration_values(scenario, *source, elements);
  const std::vector<std::size_t> order = places(elements, channels, source->layout == "chw");
  for (std::size_t first = 0; first + elements <= values.size(); first += elements) {
    std::vector<float>& input = calibration.inputs.emplace_back();
    for (const std::size_t place : order) input.push_back(values[first + place]);
  }
  return calibration;
}

Scenario scenario_of_network(const std::filesystem::path& network, const std::filesystem::path& platform,
                             const std::vector<std::string>& settings) {
  const configuration::Node file = read_scenario_tree(platform);
  const configuration::Node* inside = file.find("platform");
  configuration::Node tree;
  tree.kind = configuration::Node::Kind::map;
  tree.place = file.place;
  tree.map.push_back({"platform", file.place, inside != nullptr ? *inside : file});
  std::vector<std::string> all{"network.file=" + std::filesystem::absolute(network).string(), "dataset.type=random"};
  all.insert(all.end(), settings.begin(), settings.end());
  assign_all(tree, parse_settings(all));
  return interpret_scenario(tree, platform);
}

compiler::QuantizedNetwork network_of(const Scenario& scenario) {
  if (scenario.shapes) {
    compiler::NetworkShape shape = scenario.shapes->shape;
    if (scenario.dataset.type == "random") shape.input_density = scenario.dataset.density;
    return at_shapes(scenario, [&] { return compiler::seeded_network(shape); });
  }
  return imported_network_of(scenario).network;
}

compiler::ImportedNetwork imported_network_of(const Scenario& scenario) {
  if (scenario.shapes) {
    throw configuration::ConfigurationError(
        scenario.network_place,
        "network: layers in YAML have no file to write another one from; give an ONNX or TFLite file");
  }
  compiler::CompileOptions options;
  if (scenario.decompose) options.decomposition = scenario.decomposition.options();
  for (const LayerDecompositionSettings& layer : scenario.layer_decompositions) {
    options.layer_decompositions.push_back({layer.match, layer.settings.options()});
    options.layer_decompositions.back().options.decompose = layer.split;
  }
  const compiler::graph::Model model = compiler::read_model(scenario.network);
  const bool needed = compiler::is_float_graph(model) || scenario.weighs_activations();
  return compiler::import_with_source(model, options,
                                      needed ? calibration_of(scenario, model) : compiler::Calibration{});
}

compiler::CompiledNetwork compile_for(const Scenario& scenario, compiler::QuantizedNetwork network) {
  scenario.mapping.check_layers(network);
  return at_shapes(
      scenario, [&] { return compiler::compile(std::move(network), scenario.limits(), scenario.mapping.mapping()); });
}

Dataset inputs_of(const Scenario& scenario, const compiler::QuantizedNetwork& network) {
  const auto& input = network.tensors[network.input];
  if (scenario.dataset.type == "random") return random_inputs(scenario.dataset, input);
  if (scenario.dataset.type == "files") return file_inputs(scenario, input);
  Dataset dataset = load_fashion_mnist_test(scenario.dataset.folder, scenario.dataset.first, scenario.dataset.images);
  const bool pixels = input.bits == 8 && !input.is_signed && std::abs(input.scale * 255 - 1) < 1e-4;
  if (input.height != dataset.height || input.width != dataset.width || input.channels != 1 || !pixels) {
    throw configuration::ConfigurationError(scenario.network_place,
                                            fmt::format("network: the input is {}x{}x{} with scale {:.6g}, but images "
                                                        "of {} are {}x{}x1 unsigned bytes with scale 1/255",
                                                        input.height, input.width, input.channels, input.scale,
                                                        scenario.dataset.type, dataset.height, dataset.width));
  }
  return dataset;
}

}  // namespace terse::run
