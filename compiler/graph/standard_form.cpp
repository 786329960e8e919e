#include "compiler/graph/standard_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "compiler/compiler.hpp"
#include "compiler/graph/evaluate.hpp"
#include "compiler/graph/lowering.hpp"
#include "compiler/graph/quantization_attributes.hpp"

namespace terse::compiler::graph {

namespace {

class StandardForm {
 public:
  explicit StandardForm(Model& model) : model_(model) {}

  void rewrite() {
    for (const auto& [name, tensor] : constants_of(model_)) model_.initializers[name] = tensor;
    std::vector<Node> nodes = std::move(model_.nodes);
    model_.nodes.clear();
    for (Node& node : nodes) {
      if (model_.initializers.contains(node.outputs[0])) continue;
      for (std::string& input : node.inputs) input = renamed(input);
      if (node.operation == "Identity" || node.operation == "Dropout") {
        skip(node);
      } else if (node.attributes.contains(least_attribute)) {
        state_integers(std::move(node));
      } else {
        to_newest_operator(model_, node, model_.opset);
        add(std::move(node));
      }
    }
    model_.opset = standard_opset;
  }

 private:
  [[noreturn]] void refuse(const Node& node, const std::string& problem) const {
    throw CompileError(fmt::format("{}: node '{}' ({}): {}", model_.file, node.name, node.operation, problem));
  }

  std::string renamed(const std::string& value) const {
    const auto found = renamed_.find(value);
    return found == renamed_.end() ? value : found->second;
  }

  void skip(Node& node) {
    const auto gives = [&](const Port& port) { return port.name == node.outputs[0]; };
    if (std::any_of(model_.outputs.begin(), model_.outputs.end(), gives)) {
      node.operation = "Identity";
      node.inputs.resize(1);
      node.attributes.clear();
      add(std::move(node));
    } else {
      renamed_[node.outputs[0]] = node.input(0);
    }
  }

  void add(Node node) {
    if (node.operation == "terse.BipolarSign") {
      refuse(node, "BipolarQuant of an activation cannot be stated in ONNX's QuantizeLinear; accepted: Quant");
    }
    model_.nodes.push_back(std::move(node));
  }

  const ConstantTensor* constant(const std::string& name) const {
    const auto found = model_.initializers.find(name);
    return found == model_.initializers.end() ? nullptr : &found->second;
  }

  std::string initializer(const Node& node, const char* argument, ConstantTensor tensor) {
    const std::string name = unused_name(model_, node.outputs[0] + argument);
    model_.initializers[name] = std::move(tensor);
    return name;
  }

  /// QuantizeLinear and DequantizeLinear of Quant, QCDQ and TFLite.
  void state_integers(Node node) {
    const IntegersInUse range = *integers_in_use(node);
    if (node.operation == "DequantizeLinear" && constant(node.input(0)) != nullptr) return dequantize_constant(node);
    if (node.operation == "QuantizeLinear" && constant(node.input(0)) != nullptr) return quantize_constant(node);
    if (range.rounding_offset != 0) {
      refuse(node, fmt::format("rounding {} cannot be stated in ONNX's QuantizeLinear; accepted: ROUND",
                               node.text(rounding_attribute, "")));
    }
    const bool is_signed = range.least < 0;
    const std::int64_t lowest = is_signed ? -128 : 0, highest = lowest + 255;
    if (range.least < lowest || range.greatest > highest) {
      refuse(node, fmt::format("integers {} to {} cannot be stated in ONNX's QuantizeLinear; accepted: 8 bits",
                               range.least, range.greatest));
    }
    for (const char* attribute : {least_attribute, greatest_attribute, rounding_attribute}) {
      node.attributes.erase(attribute);
    }
    const ElementType type = is_signed ? ElementType::int8 : ElementType::uint8;
    const ConstantTensor* scale = constant(node.input(1));
    const ConstantTensor* zero = node.input(2).empty() ? nullptr : constant(node.input(2));
    if (scale == nullptr || scale->values.size() != 1 || (!node.input(2).empty() && zero == nullptr)) {
      refuse(node, "its scale or zero point is computed; accepted: constants");
    }
    const std::string scale_name = initializer(node, ".scale", {ElementType::float32, {}, scale->values});
    const std::vector<double> zero_value = zero == nullptr ? std::vector{0.0} : zero->values;
    node.inputs = {node.inputs[0], scale_name, initializer(node, ".zero_point", {type, {}, zero_value})};
    const bool narrows = node.operation == "QuantizeLinear" && (range.least != lowest || range.greatest != highest);
    const std::string output = node.outputs[0];
    if (narrows) node.outputs[0] = unused_name(model_, output + ".wide");
    const std::string wide = node.outputs[0];
    const Node quantizer = node;
    add(std::move(node));
    if (!narrows) return;
    Node clip{.name = quantizer.name, .operation = "Clip"};
    clip.outputs = {output};
    const auto bound = [&](std::int64_t value) { return ConstantTensor{type, {}, {static_cast<double>(value)}}; };
    clip.inputs = {wide, initializer(clip, ".least", bound(range.least)),
                   initializer(clip, ".greatest", bound(range.greatest))};
    add(std::move(clip));
  }

  /// The integers themselves; DequantizeLinear's zero point is taken off them, which int32 has room for.
  void quantize_constant(const Node& node) {
    Constants inputs;
    for (const std::string& input : node.inputs) inputs.push_back(input.empty() ? nullptr : &given(node, input));
    ConstantTensor integers = evaluate_node(node, inputs).at(0);
    integers.type = ElementType::int32;
    model_.initializers[node.outputs[0]] = std::move(integers);
  }

  const ConstantTensor& given(const Node& node, const std::string& name) const {
    const ConstantTensor* tensor = constant(name);
    if (tensor == nullptr) refuse(node, fmt::format("its input '{}' is computed; accepted: constants", name));
    return *tensor;
  }

  void dequantize_constant(Node node) {
    ConstantTensor integers = given(node, node.input(0)), scale = given(node, node.input(1));
    if (!node.input(2).empty()) {
      Node difference{.name = node.name, .operation = "Sub"};
      integers = evaluate_node(difference, {&integers, &given(node, node.input(2))}).at(0);
    }
    integers.type = ElementType::int32;
    std::int64_t axis = node.integer("axis", 0);
    for (std::size_t i = 0; scale.values.size() > 1 && i < scale.dimensions.size(); ++i) {
      if (scale.dimensions[i] != 1)
        axis = static_cast<std::int64_t>(i + integers.dimensions.size()) -
               static_cast<std::int64_t>(scale.dimensions.size());
    }
    scale.dimensions = scale.values.size() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(scale.values.size())};
    node.attributes = {{"axis", axis}};
    node.inputs = {initializer(node, ".integers", std::move(integers)), initializer(node, ".scale", std::move(scale))};
    add(std::move(node));
  }

  Model& model_;
  std::map<std::string, std::string> renamed_;
};

/// [N, H, W, C] at the input becomes [N, C, H, W], which the graph moves back: no byte moves in the accelerator.
void put_channels_first(Model& model) {
  if (!model.channels_last) return;
  model.channels_last = false;
  for (Port& port : model.inputs) {
    if (port.dimensions.size() != 4) continue;
    const Shape d = port.dimensions;
    port.dimensions = {d[0], d[3], d[1], d[2]};
    Node to_last{.name = port.name + ".channels_last", .operation = "Transpose"};
    to_last.inputs = {port.name};
    to_last.outputs = {unused_name(model, port.name + ".channels_last")};
    to_last.attributes["perm"] = Shape{0, 2, 3, 1};
    for (Node& node : model.nodes) std::replace(node.inputs.begin(), node.inputs.end(), port.name, to_last.outputs[0]);
    model.nodes.insert(model.nodes.begin(), to_last);
  }
}

/// 0: names that layers have first; 2: nodes that make none.
int naming_rank(const Node& node) {
  static const std::set<std::string> first{
      "Conv", "Gemm", "MatMul", "MaxPool", "AveragePool", "Softmax", "GlobalAveragePool", "ReduceMean"};
  static const std::set<std::string> last{"QuantizeLinear", "DequantizeLinear", "Transpose", "Reshape", "Cast"};
  return first.contains(node.operation) ? 0 : last.contains(node.operation) ? 2 : 1;
}

void name_uniquely(Model& model) {
  std::set<std::string> taken;
  for (const int rank : {0, 1, 2}) {
    for (Node& node : model.nodes) {
      if (naming_rank(node) != rank) continue;
      const std::string wanted = node.name;
      for (int i = 2; !taken.insert(node.name).second; ++i) node.name = fmt::format("{}.{}", wanted, i);
    }
  }
}

/// Operators that only move elements keep their type, quantizers state it; all others make reals.
void state_output_types(Model& model) {
  static const std::set<std::string> moving{"Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Slice",
                                            "Split",     "Gather",  "Clip",    "MaxPool", "Identity",  "Concat"};
  std::map<std::string, ElementType> types;
  for (const Port& port : model.inputs) types[port.name] = port.type;
  for (const Node& node : model.nodes) {
    ElementType type = ElementType::float32;
    if (node.operation == "QuantizeLinear") {
      const auto zero = model.initializers.find(node.input(2));
      type = zero == model.initializers.end() ? ElementType::uint8 : zero->second.type;
    } else if (const auto source = types.find(node.input(0));
               moving.contains(node.operation) && source != types.end()) {
      type = source->second;
    }
    for (const std::string& output : node.outputs) types[output] = type;
  }
  for (Port& port : model.outputs) {
    if (const auto found = types.find(port.name); found != types.end()) port.type = found->second;
  }
}

}  // namespace

void to_standard_form(Model& model) {
  StandardForm(model).rewrite();
  put_channels_first(model);
  remove_unread(model);
  name_uniquely(model);
  state_output_types(model);
}

}  // namespace terse::compiler::graph
