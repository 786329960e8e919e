// LayerNormalization as exporters spell it out for operator sets that do not have it.
#include <algorithm>
#include <optional>
#include <set>

#include "compiler/graph/lowering.hpp"

namespace terse::compiler::graph {

namespace {

class PatternFinder {
 public:
  explicit PatternFinder(Model& model) : model_(model), constants_(constants_of(model)), readers_(readers(model)) {
    for (Node& node : model.nodes) makers_[node.outputs[0]] = &node;
  }

  /// The normalization whose division `divide` is; nothing when the nodes before it are another calculation.
  std::optional<Node> match(const Node& divide) {
    const Node* centred = maker(divide.input(0), "Sub");
    const Node* root = maker(divide.input(1), "Sqrt");
    if (centred == nullptr || root == nullptr) return std::nullopt;
    const Node* variance = maker(root->input(0), "Add");
    const Node* mean = maker(centred->input(1), "ReduceMean");
    if (variance == nullptr || mean == nullptr || mean->input(0) != centred->input(0)) return std::nullopt;
    const auto epsilon = constants_.find(variance->input(1));
    const Node* mean_of_squares = maker(variance->input(0), "ReduceMean");
    if (epsilon == constants_.end() || epsilon->second.values.size() != 1 || mean_of_squares == nullptr) {
      return std::nullopt;
    }
    if (!is_square(mean_of_squares->input(0), centred->outputs[0])) return std::nullopt;
    if (!over_last_axis(*mean) || !over_last_axis(*mean_of_squares)) return std::nullopt;
    Node result;
    result.name = divide.name;
    result.operation = "LayerNormalization";
    result.inputs = {mean->input(0)};
    result.outputs = divide.outputs;
    result.attributes["epsilon"] = epsilon->second.values[0];
    return add_parameters(result);
  }

 private:
  const Node* maker(const std::string& value, const std::string& operation) const {
    const auto found = makers_.find(value);
    return found != makers_.end() && found->second->operation == operation ? found->second : nullptr;
  }

  bool is_square(const std::string& value, const std::string& of) const {
    if (const Node* power = maker(value, "Pow"); power != nullptr) {
      const auto exponent = constants_.find(power->input(1));
      return power->input(0) == of && exponent != constants_.end() && exponent->second.values == std::vector{2.0};
    }
    const Node* product = maker(value, "Mul");
    return product != nullptr && product->input(0) == of && product->input(1) == of;
  }

  bool over_last_axis(const Node& mean) const {
    Shape axes = mean.integers("axes", {});
    if (const auto input = constants_.find(mean.input(1)); input != constants_.end()) {
      axes.assign(input->second.values.begin(), input->second.values.end());
    }
    return axes == Shape{-1} && mean.integer("keepdims", 1) != 0;
  }

  /// gamma and beta by the Mul and Add that follow; without them there is no LayerNormalization to speak of.
  std::optional<Node> add_parameters(Node result) {
    for (const char* operation : {"Mul", "Add"}) {
      Node* next = only_reader(result.outputs[0], operation);
      if (next == nullptr) return std::nullopt;
      const std::size_t parameter = next->input(0) == result.outputs[0] ? 1 : 0;
      if (!constants_.contains(next->input(parameter))) return std::nullopt;
      result.inputs.push_back(next->input(parameter));
      result.outputs = next->outputs;
    }
    return result;
  }

  Node* only_reader(const std::string& value, const std::string& operation) {
    if (readers_[value] != 1) return nullptr;
    for (Node& node : model_.nodes) {
      if (node.operation == operation &&
          std::find(node.inputs.begin(), node.inputs.end(), value) != node.inputs.end()) {
        return &node;
      }
    }
    return nullptr;
  }

  Model& model_;
  std::map<std::string, ConstantTensor> constants_;
  std::map<std::string, std::size_t> readers_;
  std::map<std::string, Node*> makers_;
};

}  // namespace

void recognize_layer_normalization(Model& model) {
  std::map<std::string, Node> found;  // by the output of the node that it replaces
  {
    PatternFinder finder(model);
    for (const Node& node : model.nodes) {
      if (node.operation != "Div") continue;
      if (auto normalization = finder.match(node)) found[normalization->outputs[0]] = *normalization;
    }
  }
  if (found.empty()) return;
  for (Node& node : model.nodes) {
    if (const auto replacement = found.find(node.outputs[0]); replacement != found.end()) node = replacement->second;
  }
  remove_unread(model);
}

}  // namespace terse::compiler::graph
