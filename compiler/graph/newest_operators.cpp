#include <map>
#include <set>

#include "compiler/graph/standard_form.hpp"

namespace terse::compiler::graph {

namespace {

/// The attributes become input `index`, where they are given; missing inputs before it are left out.
void set_input(Model& model, Node& node, std::size_t index, ConstantTensor value, const std::string& argument) {
  if (node.inputs.size() <= index) node.inputs.resize(index + 1);
  node.inputs[index] = unused_name(model, node.outputs[0] + "." + argument);
  model.initializers[node.inputs[index]] = std::move(value);
}

void integers_to_input(Model& model, Node& node, const std::string& attribute, std::size_t index) {
  if (!node.attributes.contains(attribute)) return;
  const Shape values = node.integers(attribute, {});
  node.attributes.erase(attribute);
  const auto count = static_cast<std::int64_t>(values.size());
  set_input(model, node, index, {ElementType::int64, {count}, {values.begin(), values.end()}}, attribute);
}

void number_to_input(Model& model, Node& node, const std::string& attribute, std::size_t index) {
  if (!node.attributes.contains(attribute)) return;
  const double value = node.real(attribute, 0);
  node.attributes.erase(attribute);
  set_input(model, node, index, {ElementType::float32, {}, {value}}, attribute);
}

/// Factors are the third input since opset 11.
void resize(Node& node) {
  if (node.operation == "Upsample") {
    node.operation = "Resize";
    node.attributes["coordinate_transformation_mode"] = std::string("asymmetric");
    node.attributes["nearest_mode"] = std::string("floor");
  }
  if (node.inputs.size() == 2) node.inputs = {node.inputs[0], "", node.inputs[1]};
}

}  // namespace

void to_newest_operator(Model& model, Node& node, std::int64_t from) {
  static const std::map<std::string, std::vector<std::string>> lists{{"Squeeze", {"axes"}},
                                                                     {"Unsqueeze", {"axes"}},
                                                                     {"ReduceMean", {"axes"}},
                                                                     {"Split", {"split"}},
                                                                     {"Slice", {"starts", "ends", "axes", "steps"}},
                                                                     {"Pad", {"pads"}}};
  if (const auto found = lists.find(node.operation); found != lists.end()) {
    for (std::size_t i = 0; i < found->second.size(); ++i) integers_to_input(model, node, found->second[i], i + 1);
  }
  const std::string& op = node.operation;
  if (op == "Clip") {
    number_to_input(model, node, "min", 1);
    number_to_input(model, node, "max", 2);
  } else if (op == "Pad") {
    number_to_input(model, node, "value", 2);
  } else if (op == "Split" && node.input(1).empty()) {
    node.attributes["num_outputs"] = static_cast<std::int64_t>(node.outputs.size());
  } else if (op == "Softmax" && from < 13) {
    node.attributes["axis"] = node.integer("axis", 1);  // the importer takes none that flattening would change
  } else if (op == "Upsample" || op == "Resize") {
    resize(node);
  } else if (op == "BatchNormalization") {
    node.attributes.erase("spatial");
  }
  // Of com.microsoft's operators, which were lowered.
  node.attributes.erase("channels_last");
  if (op == "Softmax") node.attributes.erase("opset");
}

}  // namespace terse::compiler::graph
