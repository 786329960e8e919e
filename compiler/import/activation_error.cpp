#include "compiler/import/activation_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "compiler/graph/evaluate.hpp"
#include "compiler/pattern.hpp"

namespace terse::compiler {

namespace {

using graph::ConstantTensor;
using graph::Node;

/// The real weights that the parts stand for, in the order of the file's tensor.
ConstantTensor weights_of(const ImportedWeights& weights) {
  const SplitWeights& split = weights.split;
  const std::size_t row = weights.order.weights_per_channel;
  ConstantTensor tensor = graph::zeros(weights.dimensions);
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    const std::size_t channel = i / row;
    double& value = tensor.values[weights.order.element(channel, i % row)];
    if (!split.ternary.empty()) value += split.ternary[i] * split.ternary_scale[channel];
    if (!split.values.empty()) value += split.values[i] * split.value_scale[channel];
  }
  return tensor;
}

struct SquaredError {
  double error = 0, energy = 0;
};

/// Adds what one calibration input shows of one layer.
void add(const Node& node, const graph::TensorValues& values, const ImportedWeights& weights,
         const ConstantTensor& approximate, SquaredError& sum) {
  Node without_bias = node;
  without_bias.inputs.resize(2);
  graph::Constants inputs{&values.at(node.inputs[0]), &values.at(node.inputs[1])};
  const ConstantTensor expected = graph::evaluate_node(without_bias, inputs).at(0);
  inputs[weights.order.node_input] = &approximate;
  const ConstantTensor made = graph::evaluate_node(without_bias, inputs).at(0);
  for (std::size_t i = 0; i < made.values.size(); ++i) {
    const double difference = made.values[i] - expected.values[i];
    sum.error += difference * difference;
    sum.energy += expected.values[i] * expected.values[i];
  }
}

const Node& node_of(const ImportedNetwork& imported, const ImportedWeights& weights) {
  return *std::find_if(imported.model.nodes.begin(), imported.model.nodes.end(),
                       [&](const Node& node) { return node.outputs[0] == weights.output; });
}

}  // namespace

std::vector<double> activation_errors(const ImportedNetwork& imported, const Calibration& calibration) {
  std::vector<SquaredError> sums(imported.weights.size());
  std::vector<ConstantTensor> approximate;
  for (const ImportedWeights& weights : imported.weights) approximate.push_back(weights_of(weights));
  for (const std::vector<float>& input : calibration.inputs) {
    const graph::TensorValues values = graph::evaluate_graph(imported.model, calibration_input(imported.model, input));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      add(node_of(imported, imported.weights[i]), values, imported.weights[i], approximate[i], sums[i]);
    }
  }
  std::vector<double> result;
  for (const SquaredError& sum : sums) result.push_back(sum.energy > 0 ? std::sqrt(sum.error / sum.energy) : 0);
  return result;
}

std::string explain_errors(const ImportedNetwork& imported, const CompiledNetwork& compiled,
                           const Calibration& calibration) {
  constexpr const char* format = "{:<{}}  {:>9}  {:>12}  {:>4}  {:>6}  {:>7}  {:>12}  {}\n";
  const std::vector<double> errors =
      calibration.inputs.empty() ? std::vector<double>{} : activation_errors(imported, calibration);
  std::size_t width = 5;
  for (const ImportedWeights& weights : imported.weights)
    width = std::max(width, node_of(imported, weights).name.size());
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, format, "layer", width, "density", "pattern", "bits", "bits/w", "w error", "output error", "");
  for (std::size_t i = 0; i < imported.weights.size(); ++i) {
    const ImportedWeights& weights = imported.weights[i];
    const LayerPlan& plan = compiled.plans.at(weights.layer);
    const SplitWeights& split = weights.split;
    fmt::format_to(out, format, node_of(imported, weights).name, width, fmt::format("{:.2f} %", plan.density * 100),
                   to_string(split.pattern), split.values.empty() ? "-" : std::to_string(split.value_bits),
                   fmt::format("{:.2f}", plan.bits_per_weight), fmt::format("{:.2f} %", split.error * 100),
                   errors.empty() ? "-" : fmt::format("{:.2f} %", errors[i] * 100), weights.not_split);
  }
  fmt::format_to(out, "{}\n",
                 errors.empty()
                     ? "no calibration inputs, so no error of outputs"
                     : fmt::format("output error: of {} calibration inputs, each layer alone, before its bias",
                                   calibration.inputs.size()));
  return text;
}

}  // namespace terse::compiler
