#include "compiler/graph/lowering.hpp"

#include <fmt/format.h>

#include "compiler/graph/quantization_attributes.hpp"

namespace terse::compiler::graph {

std::string NodeSequence::add(const std::string& operation, const std::vector<std::string>& inputs,
                              const std::map<std::string, Attribute>& attributes, const std::string& output) {
  Node node;
  node.name = replaced_.name;
  node.operation = operation;
  node.inputs = inputs;
  node.attributes = attributes;
  // No name of a file has this prefix, and the count makes it the only one.
  node.outputs = {output.empty() ? fmt::format("terse:{}:{}", replaced_.outputs[0], nodes_.size()) : output};
  nodes_.push_back(node);
  return node.outputs[0];
}

std::string NodeSequence::number(double value, ElementType type) {
  const std::string name = fmt::format("terse:{}:{}", to_string(type), value);
  model_.initializers[name] = {type, {}, {value}};
  return name;
}

std::map<std::string, ConstantTensor> constants_of(const Model& model) {
  std::map<std::string, ConstantTensor> constants = model.initializers;
  for (const Node& node : model.nodes) {
    if (node.operation != "Constant") continue;
    const auto value = node.attributes.find("value");
    if (value == node.attributes.end()) {
      if (node.attributes.contains("value_float")) {
        constants[node.outputs[0]] = {ElementType::float32, {}, {node.real("value_float", 0)}};
      }
    } else if (const auto* tensor = std::get_if<ConstantTensor>(&value->second)) {
      constants[node.outputs[0]] = *tensor;
    }
  }
  return constants;
}

void fold_integer_clips(Model& model) {
  const std::map<std::string, ConstantTensor> constants = constants_of(model);
  const std::map<std::string, std::size_t> reader_count = readers(model);
  std::map<std::string, Node*> makers;
  for (Node& node : model.nodes) makers[node.outputs[0]] = &node;
  for (Node& clip : model.nodes) {
    if (clip.operation != "Clip" || !clip.domain.empty()) continue;
    const auto maker = makers.find(clip.input(0));
    const auto low = constants.find(clip.input(1)), high = constants.find(clip.input(2));
    if (maker == makers.end() || maker->second->operation != "QuantizeLinear" || reader_count.at(clip.input(0)) != 1 ||
        low == constants.end() || high == constants.end() || low->second.values.size() != 1 ||
        high->second.values.size() != 1) {
      continue;
    }
    const auto state = [&](Node& node) {
      node.attributes[least_attribute] = static_cast<std::int64_t>(low->second.values[0]);
      node.attributes[greatest_attribute] = static_cast<std::int64_t>(high->second.values[0]);
    };
    state(*maker->second);
    for (Node& reader : model.nodes) {
      if (reader.operation == "DequantizeLinear" && reader.input(0) == clip.outputs[0]) state(reader);
    }
    clip.operation = "Identity";
    clip.inputs.resize(1);
    clip.attributes.clear();
  }
}

void lower(Model& model) {
  lower_integer_operators(model);
  lower_quant_operators(model);
  fold_integer_clips(model);
  recognize_layer_normalization(model);
}

}  // namespace terse::compiler::graph
