#include "platform/configuration/section.hpp"
#include "platform/documentation/documentation.hpp"
#include "platform/netlist/module_type.hpp"
#include "platform/run/scenario.hpp"

namespace terse::documentation {
namespace {

using Json = nlohmann::ordered_json;

/// Numbers may also be text, because sizes are written as "64 KiB" and addresses as 0x...
Json number_schema(const char* type, const Parameter& description) {
  return {{"anyOf", Json::array({{{"type", type}, {"minimum", description.minimum}, {"maximum", description.maximum}},
                                 {{"type", "string"}, {"pattern", "^(0x[0-9a-fA-F_]+|[0-9_]+ ?(KiB|MiB|GiB))$"}}})}};
}

Json parameter_schema(const BoundParameter& parameter) {
  const auto& description = parameter.description;
  Json schema;
  if (std::holds_alternative<bool*>(parameter.value)) {
    schema["type"] = "boolean";
  } else if (std::holds_alternative<std::string*>(parameter.value)) {
    schema["type"] = "string";
    if (!description.choices.empty()) schema["enum"] = description.choices;
  } else {
    schema = number_schema(std::holds_alternative<double*>(parameter.value) ? "number" : "integer", description);
  }
  schema["description"] =
      description.unit.empty() ? description.sentence : description.sentence + " Unit: " + description.unit + ".";
  std::visit([&](const auto* value) { schema["default"] = *value; }, parameter.value);
  return schema;
}

Json object_schema(const ParameterList& parameters) {
  Json properties = Json::object();
  for (const auto& parameter : parameters) properties[parameter.description.name] = parameter_schema(parameter);
  return {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
}

template <class Settings>
Json section_schema() {
  Settings settings;
  return object_schema(settings.parameters());
}

Json module_schema(const netlist::ModuleType& type) {
  const auto settings = type.make();
  Json schema = object_schema(settings->parameters());
  auto& properties = schema["properties"];
  properties["type"] = {{"const", type.name}, {"description", type.sentence}};
  if (!type.bus_port.empty()) {
    properties["base"] = number_schema("integer", {.name = "base", .sentence = ""});
    properties["base"]["description"] = "Bus address.";
  }
  if (settings->interrupt_lines() > 0) {
    properties["interrupt"] = {
        {"type", "integer"}, {"minimum", 1}, {"maximum", 127}, {"description", "PLIC source of its first line."}};
  }
  for (const auto& port : type.ports) {
    if (!port.peer.empty())
      properties[port.name] = {{"type", "string"}, {"default", port.peer}, {"description", port.sentence}};
  }
  return schema;
}

Json platform_schema() {
  netlist::PlatformSettings platform;
  Json map = object_schema(platform.parameters());
  map["properties"]["libraries"] = {
      {"type", "array"},
      {"items", {{"type", "string"}}},
      {"description", "Shared libraries that add variants and module types (docs/variants.md)."}};
  map["properties"]["include"] = {{"type", "string"}, {"description", "Platform file that this map overrides."}};
  Json any_module = Json::array();
  for (const auto& type : netlist::TypeRegistry::instance().types()) {
    Json schema = module_schema(type);
    map["properties"][type.name] = schema;  // an instance named as its type needs no `type`
    schema["required"] = Json::array({"type"});
    any_module.push_back(schema);
  }
  map["additionalProperties"] = {{"anyOf", any_module}};
  return {{"anyOf", Json::array({{{"type", "string"}, {"description", "Platform file."}}, map})}};
}

/// An ONNX or TFLite file, or shapes; a part of them where an included scenario has the rest.
Json network_schema() {
  compiler::LayerStatistics statistics;
  run::LayerSettings settings;
  Json layer = object_schema(settings.parameters());
  const Json defaults = object_schema(statistics.parameters());
  layer["properties"].update(defaults["properties"]);
  compiler::InputShape input;
  Json map;
  map["type"] = "object";
  auto& properties = map["properties"];
  properties["name"] = {{"type", "string"}, {"description", "Name of the network."}};
  properties["seed"] = {{"type", "integer"}, {"minimum", 0}, {"default", 1}, {"description", "Seed of the weights."}};
  properties["input"] = object_schema(input.parameters());
  properties["defaults"] = defaults;
  properties["layers"] = {{"type", "array"},
                          {"minItems", 1},
                          {"items", {{"anyOf", Json::array({layer, {{"const", "global_average_pool"}}})}}}};
  map["additionalProperties"] = false;
  Json file;
  file["type"] = "object";
  file["properties"]["file"] = {{"type", "string"}, {"description", "ONNX or TFLite file."}};
  file["properties"]["calibration"] = section_schema<run::CalibrationSettings>();
  file["required"] = Json::array({"file"});
  file["additionalProperties"] = false;
  return {{"anyOf", Json::array({{{"type", "string"}, {"description", "ONNX or TFLite file."}}, file, map})}};
}

/// Values of a swept parameter: a list, or a range.
Json values_schema(bool random) {
  Json range = {{"type", "object"},
                {"properties",
                 {{"from", {{"type", "number"}}},
                  {"to", {{"type", "number"}}},
                  {"step", {{"type", "number"}}},
                  {"factor", {{"type", "number"}, {"exclusiveMinimum", 1}}}}},
                {"required", {"from", "to"}},
                {"additionalProperties", false}};
  if (random) range["properties"]["scale"] = {{"enum", {"linear", "log"}}};
  return {{"anyOf", Json::array({{{"type", "array"}, {"minItems", 1}}, range})}};
}

Json sweep_schema() {
  const Json values = {{"type", "object"}, {"additionalProperties", values_schema(false)}};
  Json schema = {{"type", "object"}, {"description", "Points to run with 'terse sweep' (docs/sweeps.md)."}};
  auto& properties = schema["properties"];
  properties["grid"] = values;
  properties["zip"] = {{"anyOf", Json::array({values, {{"type", "array"}, {"items", values}}})}};
  properties["list"] = {{"type", "array"}, {"items", {{"type", "object"}}}};
  properties["random"] = {{"type", "object"},
                          {"properties",
                           {{"points", {{"type", "integer"}, {"minimum", 1}}},
                            {"seed", {{"type", "integer"}, {"minimum", 0}, {"default", 1}}}}},
                          {"required", Json::array({"points"})},
                          {"additionalProperties", values_schema(true)}};
  properties["derived"] = {{"type", "object"}, {"additionalProperties", {{"type", {"string", "number"}}}}};
  properties["constraints"] = {{"type", "array"}, {"items", {{"type", "string"}}}};
  schema["additionalProperties"] = false;
  return schema;
}

Json mapping_schema() {
  run::MappingSettings mapping;
  Json schema = object_schema(mapping.parameters());
  schema["properties"]["layers"] = {{"type", "object"},
                                    {"description", "Settings of single layers, by name; others are those of all."},
                                    {"additionalProperties", object_schema(mapping.layer_parameters())}};
  return schema;
}

Json decomposition_schema() {
  run::DecompositionSettings decomposition;
  Json schema = object_schema(decomposition.parameters());
  run::LayerDecompositionSettings layer;
  ParameterList parameters = layer.own_parameters();
  for (const auto& parameter : layer.settings.parameters()) parameters.push_back(parameter);
  schema["properties"]["layers"] = {{"type", "array"},
                                    {"description", "Layers that differ; where several match, the last one counts."},
                                    {"items", object_schema(parameters)}};
  return schema;
}

}  // namespace

Json scenario_schema() {
  Json schema;
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "Terse scenario";
  schema["type"] = "object";
  auto& properties = schema["properties"];
  properties["name"] = {{"type", "string"}, {"description", "Name of the scenario; by default the file's."}};
  properties["description"] = {{"type", "string"}};
  properties["include"] = {
      {"description", "Scenario file, or a list of them, that this one is laid over."},
      {"anyOf", Json::array({{{"type", "string"}}, {{"type", "array"}, {"items", {{"type", "string"}}}}})}};
  properties["baseline"] = {
      {"type", "string"},
      {"description", "result.json, RESULTS.sqlite:POINT or scenario that a run is compared with."}};
  properties["sweep"] = sweep_schema();
  properties["network"] = network_schema();
  properties["platform"] = platform_schema();
  properties["run"] = section_schema<run::RunSettings>();
  properties["dataset"] = section_schema<run::DatasetSettings>();
  properties["decomposition"] = decomposition_schema();
  properties["mapping"] = mapping_schema();
  properties["faults"] = {{"type", "array"}, {"items", section_schema<run::FaultSettings>()}};
  properties["validation"] = {{"type", "array"}, {"items", section_schema<run::ValidationSettings>()}};
  properties["expect"] = {{"type", "array"},
                          {"items",
                           {{"type", "object"},
                            {"properties",
                             {{"metric", {{"type", "string"}}},
                              {"at_least", {{"type", "number"}}},
                              {"at_most", {{"type", "number"}}},
                              {"value", {{"type", "number"}}},
                              {"tolerance", {{"type", "number"}, {"minimum", 0}}},
                              {"reason", {{"type", "string"}}}}},
                            {"required", Json::array({"metric"})},
                            {"additionalProperties", false}}}};
  schema["anyOf"] = Json::array({{{"required", {"network", "platform"}}}, {{"required", Json::array({"include"})}}});
  schema["additionalProperties"] = false;
  return schema;
}

}  // namespace terse::documentation
