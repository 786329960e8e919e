#include "compiler/import/explicit_superposition.hpp"

#include <algorithm>

#include "compiler/graph/quantization_attributes.hpp"
#include "compiler/graph/standard_form.hpp"
#include "compiler/pattern.hpp"

namespace terse::compiler {

namespace {

using graph::ConstantTensor;
using graph::ElementType;
using graph::Model;
using graph::Node;

/// The narrowest type of DequantizeLinear that holds the values; runtimes know no 16 bits there before opset 21.
ElementType integer_type(const std::vector<double>& values) {
  const bool bytes = std::all_of(values.begin(), values.end(), [](double v) { return v >= -128 && v <= 127; });
  return bytes ? ElementType::int8 : ElementType::int32;
}

/// DequantizeLinear of one part of the weights, in the order of the file's tensor.
template <typename Weight>
Node part(Model& model, const ImportedWeights& weights, const std::string& name, const std::vector<Weight>& values,
          const std::vector<double>& scale, const std::vector<double>& rounding) {
  const importer::WeightOrder& order = weights.order;
  ConstantTensor tensor{ElementType::int8, weights.dimensions, std::vector<double>(values.size())};
  for (std::size_t i = 0; i < values.size(); ++i) {
    tensor.values[order.element(i / order.weights_per_channel, i % order.weights_per_channel)] = values[i];
  }
  tensor.type = integer_type(tensor.values);
  Node node;
  node.name = name;
  node.operation = "DequantizeLinear";
  node.inputs = {graph::unused_name(model, name)};
  model.initializers[node.inputs[0]] = std::move(tensor);
  node.inputs.push_back(graph::unused_name(model, name + ".scale"));
  ConstantTensor& scales = model.initializers[node.inputs[1]];
  scales = {ElementType::float32, {static_cast<std::int64_t>(scale.size())}, scale};
  for (std::size_t o = 0; o < rounding.size(); ++o) scales.values[o] *= rounding[o];
  node.outputs = {graph::unused_name(model, name + ".real")};
  node.attributes["axis"] = order.output_axis;
  return node;
}

/// The nodes in place of `node`, which has the weights.
std::vector<Node> superposed(Model& model, const Node& node, const ImportedWeights& weights) {
  const SplitWeights& split = weights.split;
  const bool mixed = !split.ternary.empty() && !split.values.empty();
  std::vector<Node> result, operators;
  const auto add_part = [&](const std::string& name, const auto& values, const std::vector<double>& scale,
                            const std::vector<double>& rounding) {
    result.push_back(part(model, weights, name + ".weight", values, scale, rounding));
    Node reader = node;
    reader.inputs[weights.order.node_input] = result.back().outputs[0];
    if (mixed) reader.outputs[0] = graph::unused_name(model, name + ".part");
    operators.push_back(std::move(reader));
  };
  if (!split.ternary.empty()) {
    add_part(node.name + ".ternary", split.ternary, split.ternary_scale, weights.ternary_rounding);
    operators.back().attributes.erase(graph::pattern_attribute);
  }
  if (!split.values.empty()) {
    add_part(node.name + ".high_precision", split.values, split.value_scale, weights.value_rounding);
    operators.back().attributes[graph::pattern_attribute] = state({split.pattern, split.value_bits});
  }
  if (mixed) {
    operators[1].name += ".high_precision";
    operators[1].inputs.resize(2);  // the bias is the ternary part's
    Node sum{.name = node.name + ".sum", .operation = "Add"};
    sum.inputs = {operators[0].outputs[0], operators[1].outputs[0]};
    sum.outputs = {node.outputs[0]};
    operators.push_back(sum);
  }
  result.insert(result.end(), operators.begin(), operators.end());
  return result;
}

}  // namespace

Model explicit_superposition(const ImportedNetwork& imported) {
  Model model = imported.model;
  const std::vector<Node> nodes = std::move(model.nodes);
  model.nodes.clear();
  for (const Node& node : nodes) {
    const auto found = std::find_if(imported.weights.begin(), imported.weights.end(),
                                    [&](const ImportedWeights& weights) { return weights.output == node.outputs[0]; });
    std::vector<Node> next = found == imported.weights.end() ? std::vector{node} : superposed(model, node, *found);
    model.nodes.insert(model.nodes.end(), next.begin(), next.end());
  }
  graph::remove_unread(model);
  graph::to_standard_form(model);
  return model;
}

}  // namespace terse::compiler
