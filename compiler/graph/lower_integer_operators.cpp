// Operators on integers with the scales of all operands (QLinearConv, ..., QGemm, ConvInteger).
#include <fmt/format.h>

#include "compiler/graph/lowering.hpp"

namespace terse::compiler::graph {

namespace {

using Attributes = std::map<std::string, Attribute>;

std::string dequantized(NodeSequence& nodes, const Node& node, std::size_t first, std::int64_t axis = 0) {
  return nodes.add("DequantizeLinear", {node.input(first), node.input(first + 1), node.input(first + 2)},
                   {{"axis", axis}});
}

std::vector<Node> quantized(NodeSequence& nodes, const Node& node, const std::string& value, std::size_t scale) {
  nodes.add("QuantizeLinear", {value, node.input(scale), node.input(scale + 1)}, {}, node.outputs[0]);
  return nodes.take();
}

/// An int32 bias, whose scale is the product of the operands' scales.
std::string bias_of(NodeSequence& nodes, const Node& node, std::size_t bias, double alpha) {
  if (node.input(bias).empty()) return "";
  std::string scale = nodes.add("Mul", {node.input(1), node.input(4)});
  if (alpha != 1) scale = nodes.add("Mul", {scale, nodes.number(alpha)});
  return nodes.add("DequantizeLinear", {node.input(bias), scale}, {{"axis", std::int64_t{0}}});
}

std::vector<Node> convolution(Model& model, const Node& node) {
  NodeSequence nodes(model, node);
  const std::string x = dequantized(nodes, node, 0), w = dequantized(nodes, node, 3);
  return quantized(nodes, node, nodes.add("Conv", {x, w, bias_of(nodes, node, 8, 1)}, node.attributes), 6);
}

std::vector<Node> matrix_product(Model& model, const Node& node) {
  NodeSequence nodes(model, node);
  const std::string a = dequantized(nodes, node, 0), b = dequantized(nodes, node, 3, -1);
  return quantized(nodes, node, nodes.add("MatMul", {a, b}), 6);
}

std::vector<Node> gemm(Model& model, const Node& node) {
  NodeSequence nodes(model, node);
  const std::int64_t axis = node.integer("transB", 0) != 0 ? 0 : 1;
  const std::string a = dequantized(nodes, node, 0), b = dequantized(nodes, node, 3, axis);
  const std::string bias = bias_of(nodes, node, 6, node.real("alpha", 1));
  if (node.input(7).empty()) {  // a real result
    nodes.add("Gemm", {a, b, bias}, node.attributes, node.outputs[0]);
    return nodes.take();
  }
  return quantized(nodes, node, nodes.add("Gemm", {a, b, bias}, node.attributes), 7);
}

std::vector<Node> of_two(Model& model, const Node& node, const std::string& operation) {
  NodeSequence nodes(model, node);
  const std::string a = dequantized(nodes, node, 0), b = dequantized(nodes, node, 3);
  return quantized(nodes, node, nodes.add(operation, {a, b}), 6);
}

std::vector<Node> of_one(Model& model, const Node& node, const std::string& operation) {
  NodeSequence nodes(model, node);
  return quantized(nodes, node, nodes.add(operation, {dequantized(nodes, node, 0)}, node.attributes), 3);
}

std::vector<Node> concatenation(Model& model, const Node& node) {
  NodeSequence nodes(model, node);
  std::vector<std::string> parts;
  for (std::size_t i = 2; i + 2 < node.inputs.size(); i += 3) parts.push_back(dequantized(nodes, node, i));
  return quantized(nodes, node, nodes.add("Concat", parts, node.attributes), 0);
}

/// ConvInteger and MatMulInteger give the integer sum: the real product over the scale of the activation.
std::vector<Node> integer_sum(Model& model, const Node& node, const std::vector<Node>& before,
                              const std::string& operation) {
  NodeSequence nodes(model, node);
  const std::string one = nodes.number(1);
  std::string scale = one;
  for (const Node& other : before) {
    if (other.operation == "QuantizeLinear" && other.outputs[0] == node.input(0)) scale = other.input(1);
  }
  const std::string x = nodes.add("DequantizeLinear", {node.input(0), scale, node.input(2)});
  const std::string w = nodes.add("DequantizeLinear", {node.input(1), one, node.input(3)});
  nodes.add("Div", {nodes.add(operation, {x, w}, node.attributes), scale}, {}, node.outputs[0]);
  return nodes.take();
}

std::vector<Node> lowered(Model& model, const Node& node, const std::vector<Node>& before) {
  static const std::map<std::string, std::string> two{{"QLinearAdd", "Add"}, {"QLinearMul", "Mul"}};
  static const std::map<std::string, std::string> one{{"QLinearGlobalAveragePool", "GlobalAveragePool"},
                                                      {"QLinearAveragePool", "AveragePool"},
                                                      {"QLinearLeakyRelu", "LeakyRelu"},
                                                      {"QLinearSigmoid", "Sigmoid"},
                                                      {"QLinearSoftmax", "Softmax"}};
  const std::string& op = node.operation;
  if (op == "QLinearConv") return convolution(model, node);
  if (op == "QLinearMatMul") return matrix_product(model, node);
  if (op == "QGemm") return gemm(model, node);
  if (op == "QLinearConcat") return concatenation(model, node);
  if (op == "ConvInteger") return integer_sum(model, node, before, "Conv");
  if (op == "MatMulInteger") return integer_sum(model, node, before, "MatMul");
  if (const auto found = two.find(op); found != two.end()) return of_two(model, node, found->second);
  if (const auto found = one.find(op); found != one.end() && node.integer("channels_last", 0) == 0) {
    return of_one(model, node, found->second);
  }
  return {};
}

}  // namespace

void lower_integer_operators(Model& model) {
  for (Node& node : model.nodes) {
    const bool standard =
        node.operation == "QuantizeLinear" || node.operation == "DequantizeLinear" || node.operation == "Gelu";
    if (node.domain == "com.microsoft" && standard) node.domain.clear();
  }
  const std::vector<Node> before = model.nodes;
  replace_nodes(model, [&](const Node& node) {
    const bool known = node.domain.empty() || node.domain == "com.microsoft";
    return known ? lowered(model, node, before) : std::vector<Node>{};
  });
}

}  // namespace terse::compiler::graph
