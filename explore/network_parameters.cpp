#include "explore/network_parameters.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace terse::explore {

namespace {

constexpr const char* format_name = "terse-network-parameters";
constexpr int format_version = 1;

nlohmann::json to_json(const LayerParameters& layer) {
  nlohmann::json json;
  json["weights"] = layer.weights;
  json["quantized"] = {{"output_channels", layer.quantized.output_channels},
                       {"ternary", layer.quantized.ternary},
                       {"ternary_scale", layer.quantized.ternary_scale},
                       {"values", layer.quantized.values},
                       {"value_scale", layer.quantized.value_scale}};
  json["normalization"] = {{"gamma", layer.normalization.gamma},
                           {"beta", layer.normalization.beta},
                           {"mean", layer.normalization.mean},
                           {"variance", layer.normalization.variance}};
  json["bias"] = layer.bias;
  return json;
}

LayerParameters layer_from(const nlohmann::json& json) {
  LayerParameters layer;
  json.at("weights").get_to(layer.weights);
  const nlohmann::json& quantized = json.at("quantized");
  quantized.at("output_channels").get_to(layer.quantized.output_channels);
  quantized.at("ternary").get_to(layer.quantized.ternary);
  quantized.at("ternary_scale").get_to(layer.quantized.ternary_scale);
  quantized.at("values").get_to(layer.quantized.values);
  quantized.at("value_scale").get_to(layer.quantized.value_scale);
  const nlohmann::json& normalization = json.at("normalization");
  normalization.at("gamma").get_to(layer.normalization.gamma);
  normalization.at("beta").get_to(layer.normalization.beta);
  normalization.at("mean").get_to(layer.normalization.mean);
  normalization.at("variance").get_to(layer.normalization.variance);
  json.at("bias").get_to(layer.bias);
  return layer;
}

}  // namespace

void save(const NetworkParameters& parameters, const std::filesystem::path& path) {
  nlohmann::json json;
  json["format"] = format_name;
  json["version"] = format_version;
  json["variant"] = name_of(parameters.variant);
  json["width"] = parameters.width;
  for (const auto& [name, layer] : parameters.layers) json["layers"][name] = to_json(layer);
  json["scales"] = parameters.scales;
  json["metadata"] = parameters.metadata;
  std::ofstream file(path);
  file << json.dump() << '\n';
  if (!file.flush()) throw ParameterFileError(fmt::format("{}: cannot write the file", path.string()));
}

NetworkParameters load(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw ParameterFileError(fmt::format("{}: cannot open the file", path.string()));
  try {
    const nlohmann::json json = nlohmann::json::parse(file);
    if (json.at("format") != format_name || json.at("version") != format_version) {
      throw ParameterFileError(
          fmt::format("{}: not a {} file of version {}", path.string(), format_name, format_version));
    }
    NetworkParameters parameters;
    const auto variant_name = json.at("variant").get<std::string>();
    const auto variant = variant_named(variant_name);
    if (!variant) throw ParameterFileError(fmt::format("{}: unknown variant '{}'", path.string(), variant_name));
    parameters.variant = *variant;
    json.at("width").get_to(parameters.width);
    for (const auto& [name, layer] : json.at("layers").items()) parameters.layers[name] = layer_from(layer);
    json.at("scales").get_to(parameters.scales);
    json.at("metadata").get_to(parameters.metadata);
    return parameters;
  } catch (const nlohmann::json::exception& error) {
    throw ParameterFileError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

}  // namespace terse::explore
