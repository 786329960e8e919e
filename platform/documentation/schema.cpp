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

/// A file, or shapes.
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
  map["required"] = Json::array({"input", "layers"});
  map["additionalProperties"] = false;
  Json file;
  file["type"] = "object";
  file["properties"]["file"] = {{"type", "string"}, {"description", "ONNX or TFLite file."}};
  file["properties"]["calibration"] = section_schema<run::CalibrationSettings>();
  file["required"] = Json::array({"file"});
  file["additionalProperties"] = false;
  return {{"anyOf", Json::array({{{"type", "string"}, {"description", "ONNX or TFLite file."}}, file, map})}};
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
  properties["network"] = network_schema();
  properties["platform"] = platform_schema();
  properties["run"] = section_schema<run::RunSettings>();
  properties["dataset"] = section_schema<run::DatasetSettings>();
  properties["decomposition"] = section_schema<run::DecompositionSettings>();
  properties["mapping"] = section_schema<run::MappingSettings>();
  properties["faults"] = {{"type", "array"}, {"items", section_schema<run::FaultSettings>()}};
  properties["validation"] = {{"type", "array"}, {"items", section_schema<run::ValidationSettings>()}};
  properties["expect"] = {{"type", "array"},
                          {"items",
                           {{"type", "object"},
                            {"properties",
                             {{"metric", {{"type", "string"}}},
                              {"at_least", {{"type", "number"}}},
                              {"at_most", {{"type", "number"}}},
                              {"reason", {{"type", "string"}}}}},
                            {"required", Json::array({"metric"})},
                            {"additionalProperties", false}}}};
  schema["required"] = Json::array({"network", "platform"});
  schema["additionalProperties"] = false;
  return schema;
}

}  // namespace terse::documentation
