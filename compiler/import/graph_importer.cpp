#include "compiler/import/graph_importer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "compiler/graph/evaluate.hpp"
#include "compiler/import/import.hpp"

namespace terse::compiler::importer {

const std::map<std::string, GraphImporter::Operator>& GraphImporter::operators() {
  using Self = GraphImporter;
  static const std::map<std::string, Operator> table = [] {
    std::map<std::string, Operator> known{{"QuantizeLinear", &Self::quantize_linear},
                                          {"DequantizeLinear", &Self::dequantize_linear},
                                          {"Conv", &Self::convolution},
                                          {"Gemm", &Self::gemm},
                                          {"MatMul", &Self::matrix_product},
                                          {"BatchNormalization", &Self::batch_normalization},
                                          {"Add", &Self::add},
                                          {"Sub", &Self::subtract},
                                          {"Mul", &Self::multiply},
                                          {"Div", &Self::divide},
                                          {"Pow", &Self::power},
                                          {"Min", &Self::bound_by_constant},
                                          {"Max", &Self::bound_by_constant},
                                          {"Relu", &Self::clip},
                                          {"Clip", &Self::clip},
                                          {"PRelu", &Self::prelu},
                                          {"MaxPool", &Self::max_pool},
                                          {"AveragePool", &Self::average_pool},
                                          {"GlobalAveragePool", &Self::average_pool},
                                          {"ReduceMean", &Self::reduce_mean},
                                          {"Softmax", &Self::softmax},
                                          {"LayerNormalization", &Self::layer_normalization},
                                          {"Flatten", &Self::reshape},
                                          {"Reshape", &Self::reshape},
                                          {"Squeeze", &Self::reshape},
                                          {"Unsqueeze", &Self::reshape},
                                          {"Transpose", &Self::transpose},
                                          {"Slice", &Self::slice},
                                          {"Split", &Self::split},
                                          {"Gather", &Self::gather},
                                          {"Concat", &Self::concatenation},
                                          {"Pad", &Self::pad},
                                          {"Resize", &Self::resize},
                                          {"Upsample", &Self::resize},
                                          {"Shape", &Self::shape},
                                          {"Identity", &Self::identity},
                                          {"Dropout", &Self::identity},
                                          {"Cast", &Self::identity}};
    for (const char* function :
         {"LeakyRelu", "Elu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Erf", "Gelu", "Mish", "Softplus",
          "Softsign", "Exp", "Log", "Sqrt", "Reciprocal", "Abs", "Neg", "terse.BipolarSign"}) {
      known[function] = &Self::element_function;
    }
    return known;
  }();
  return table;
}

namespace {

bool is_weighted(const Node& node) {
  return node.operation == "Conv" || node.operation == "Gemm" || node.operation == "MatMul";
}

}  // namespace

GraphImporter::GraphImporter(graph::Model model, const CompileOptions& options,
                             std::map<std::string, graph::ConstantTensor> mean_squares)
    : model_(std::move(model)), options_(options), mean_squares_(std::move(mean_squares)) {
  network_.name = model_.name;
  weighted_layers_ = static_cast<std::size_t>(std::count_if(model_.nodes.begin(), model_.nodes.end(), &is_weighted));
}

void GraphImporter::refuse(std::string_view problem, std::string_view accepted) const {
  throw CompileError(fmt::format("{}; accepted: {}", problem, accepted));
}

void GraphImporter::refuse_unquantized(const Node& node, std::size_t index) const {
  refuse(fmt::format("its operand '{}' is not quantized", node.input(index)),
         "the output of DequantizeLinear after QuantizeLinear (export the network with quantized activations, QDQ "
         "style, or give calibration inputs)");
}

void refuse_unknown_operators(const graph::Model& model) {
  const auto& operators = GraphImporter::operators();
  std::vector<std::string> problems;
  for (const Node& node : model.nodes) {
    if (node.domain.empty() &&
        (operators.contains(node.operation) || node.operation == "Constant" || node.operation == "ConstantOfShape")) {
      continue;
    }
    const std::string domain = node.domain.empty() ? "" : fmt::format(" of domain '{}'", node.domain);
    problems.push_back(fmt::format("node '{}' ({}): this operator{} is not known", node.name, node.operation, domain));
  }
  if (problems.empty()) return;
  std::vector<std::string> known;
  for (const auto& [name, handler] : operators) {
    if (!name.starts_with("terse.")) known.push_back(name);
  }
  throw CompileError(
      fmt::format("{}: {}; accepted: {} and Constant of the standard domain, and the quantized operators "
                  "in docs/compiler.md",
                  model.file, fmt::join(problems, "; "), fmt::join(known, ", ")));
}

QuantizedNetwork GraphImporter::import() {
  for (const auto& [name, tensor] : model_.initializers) values_[name] = WeightSum{WeightPart{tensor, {1.0}, 0, true}};
  read_input();
  for (const Node& node : model_.nodes) {
    try {
      if (fold_constant(node)) continue;
      Value result = (this->*operators().at(node.operation))(node);
      values_.insert_or_assign(node.outputs[0], std::move(result));
    } catch (const CompileError& error) {
      throw CompileError(fmt::format("{}: node '{}' ({}): {}", model_.file, node.name, node.operation, error.what()));
    }
  }
  read_output();
  return std::move(network_);
}

void GraphImporter::read_input() {
  if (model_.inputs.size() != 1) {
    throw CompileError(fmt::format("{}: the graph has {} inputs; accepted: one", model_.file, model_.inputs.size()));
  }
  const graph::Port& port = model_.inputs[0];
  graph::Shape d = port.dimensions;
  const bool known = d.size() >= 2 && d.size() <= 4 && (d[0] == 1 || d[0] == -1) &&
                     std::all_of(d.begin() + 1, d.end(), [](std::int64_t size) { return size >= 1 && size <= 65535; });
  if (!known) {
    throw CompileError(
        fmt::format("{}: input '{}' has shape [{}]; accepted: [N, C, H, W], [N, T, C] or [N, C] with N free or 1 and "
                    "the others fixed, up to 65535",
                    model_.file, port.name, fmt::join(d, ", ")));
  }
  d[0] = 1;
  std::vector<std::size_t> order(d.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (d.size() == 4 && !model_.channels_last) order = {0, 2, 3, 1};
  Tensor input = stored_shape(d, order);
  input.name = port.name;
  input.scale = 0;  // until the file quantizes it
  network_.input = 0;
  network_.tensors.push_back(input);
  if (port.type == graph::ElementType::int8 || port.type == graph::ElementType::uint8) {
    network_.tensors[0].is_signed = port.type == graph::ElementType::int8;
    values_[port.name] = Activation{0, View(d, order), false};
  } else {
    values_[port.name] = RawInput{View(d, order)};
  }
}

Activation GraphImporter::output_activation(const std::string& name) {
  const auto found = values_.find(name);
  if (found == values_.end()) throw CompileError(fmt::format("{}: no node makes the output '{}'", model_.file, name));
  if (const auto* pending = std::get_if<PendingLayer>(&found->second)) {
    return finish_layer(*pending, format_of_real_output(*pending));
  }
  if (const auto* made = std::get_if<Activation>(&found->second)) return *made;
  return {network_.input, {}, true};
}

void GraphImporter::read_output() {
  if (model_.outputs.size() != 1) {
    throw CompileError(fmt::format("{}: the graph has {} outputs; accepted: one", model_.file, model_.outputs.size()));
  }
  const std::string& name = model_.outputs[0].name;
  Activation output = output_activation(name);
  if (network_.layers.empty() || output.tensor == network_.input) {
    throw CompileError(
        fmt::format("{}: output '{}' does not depend on a layer; there is nothing to run", model_.file, name));
  }
  std::vector<std::size_t> order(output.view.rank());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Images and signals stay as the accelerator stores them, channels innermost.
  const bool image_order = (order.size() == 4 && output.view.is_packed({0, 2, 3, 1})) ||
                           (order.size() == 3 && output.view.is_packed({0, 2, 1}));
  const auto all = static_cast<std::int64_t>(network_.tensors[output.tensor].elements());
  if (output.view.elements() != all || !(output.view.is_packed(order) || image_order)) {
    if (network_.tensors[output.tensor].bits > 8) {
      throw CompileError(
          fmt::format("{}: output '{}' is moved in memory and not quantized; accepted: quantize it, or "
                      "leave it as the last layer makes it",
                      model_.file, name));
    }
    output = arranged({.name = name, .operation = "output"}, output, order);
  }
  network_.output = output.tensor;
}

bool GraphImporter::fold_constant(const Node& node) {
  static const std::set<std::string> symbolic{"DequantizeLinear", "Transpose", "Reshape", "Squeeze", "Unsqueeze",
                                              "Identity",         "Dropout",   "Add",     "Mul",     "Div"};
  std::map<std::size_t, graph::ConstantTensor> storage;
  graph::Constants inputs;
  bool integers = false;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i].empty()) continue;
    if (!is_constant(node, i)) return false;
    for (const WeightPart& part : constant(node, i)) integers = integers || !part.is_real;
  }
  if (node.operation == "DequantizeLinear" || (integers && symbolic.contains(node.operation))) return false;
  inputs = argument_inputs(node, storage);
  const std::vector<graph::ConstantTensor> results = graph::evaluate_node(node, inputs);
  for (std::size_t i = 0; i < std::min(results.size(), node.outputs.size()); ++i) {
    values_[node.outputs[i]] = WeightSum{WeightPart{results[i], {1.0}, 0, true}};
  }
  return true;
}

const Value& GraphImporter::value(const Node& node, std::size_t index) const {
  const auto found = values_.find(node.input(index));
  if (found == values_.end()) {
    throw CompileError(
        fmt::format("its input {} ('{}') is made by no node before it; accepted: a graph whose nodes are "
                    "in order of execution",
                    index, node.input(index)));
  }
  return found->second;
}

}  // namespace terse::compiler::importer
