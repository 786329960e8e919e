// Quant, IntQuant, BipolarQuant and Trunc, as QONNX, FINN and Brevitas write them.
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "compiler/compiler.hpp"
#include "compiler/graph/lowering.hpp"
#include "compiler/graph/quantization_attributes.hpp"

namespace terse::compiler::graph {

namespace {

using Attributes = std::map<std::string, Attribute>;

class QuantLowering {
 public:
  explicit QuantLowering(Model& model) : model_(model), constants_(constants_of(model)) {
    for (const Node& node : model.nodes) makers_[node.outputs[0]] = node;
  }

  std::vector<Node> lowered(const Node& node) {
    static const std::set<std::string> domains{"qonnx.custom_op.general", "finn.custom_op.general", "onnx.brevitas"};
    if (!domains.contains(node.domain)) return {};
    if (node.operation == "Quant" || node.operation == "IntQuant") return quant(node);
    if (node.operation == "BipolarQuant") return bipolar(node);
    if (node.operation == "Trunc") return trunc(node);
    return {};
  }

 private:
  [[noreturn]] void refuse(const Node& node, const std::string& problem) const {
    throw CompileError(fmt::format("{}: node '{}' ({}): {}", model_.file, node.name, node.operation, problem));
  }

  double number(const Node& node, std::size_t index, const char* what) const {
    const auto found = constants_.find(node.input(index));
    if (found == constants_.end() || found->second.values.size() != 1) {
      refuse(node, fmt::format("its {} ('{}') is no single constant; accepted: one number", what, node.input(index)));
    }
    return found->second.values[0];
  }

  static std::string rounding(const Node& node, const char* otherwise) {
    const std::string mode = node.text("rounding_mode", otherwise);
    return mode == "CEIL" || mode == "FLOOR" ? mode : mode == "ROUND" || mode == "HALF_EVEN" ? "ROUND" : "";
  }

  Attributes integers(const Node& node, double bits, bool is_signed, const char* default_rounding) const {
    if (!(bits >= 1 && bits <= 32 && bits == std::floor(bits))) {
      refuse(node, fmt::format("its bit width is {}; accepted: 1 to 32", bits));
    }
    const std::string mode = rounding(node, default_rounding);
    if (mode.empty()) {
      refuse(node, fmt::format("its rounding_mode is '{}'; accepted: ROUND, HALF_EVEN, CEIL and FLOOR",
                               node.text("rounding_mode", "")));
    }
    const std::int64_t levels = std::int64_t{1} << static_cast<int>(bits);
    const std::int64_t narrow = node.integer("narrow", 0) != 0 ? 1 : 0;
    return {{least_attribute, is_signed ? -levels / 2 + narrow : std::int64_t{0}},
            {greatest_attribute, is_signed ? levels / 2 - 1 : levels - 1 - narrow},
            {rounding_attribute, mode}};
  }

  static std::vector<Node> both(NodeSequence& nodes, const Node& node, const std::string& value,
                                const std::string& scale, const std::string& zero, const Attributes& attributes) {
    const std::string integers = nodes.add("QuantizeLinear", {value, scale, zero}, attributes);
    nodes.add("DequantizeLinear", {integers, scale, zero}, attributes, node.outputs[0]);
    return nodes.take();
  }

  std::vector<Node> quant(const Node& node) {
    NodeSequence nodes(model_, node);
    const Attributes attributes = integers(node, number(node, 3, "bit width"), node.integer("signed", 1) != 0, "ROUND");
    return both(nodes, node, node.input(0), node.input(1), node.input(2), attributes);
  }

  std::vector<Node> bipolar(const Node& node) {
    NodeSequence nodes(model_, node);
    const std::string signs = nodes.add("terse.BipolarSign", {node.input(0)});
    const std::string value = nodes.add("Mul", {signs, node.input(1)});
    return both(nodes, node, value, node.input(1), nodes.number(0),
                {{least_attribute, std::int64_t{-1}}, {greatest_attribute, std::int64_t{1}}});
  }

  /// Of the Quant before: through averages and factors nothing changes its sign.
  bool is_signed_before(const Node& node) const {
    static const std::set<std::string> transparent{"AveragePool", "GlobalAveragePool", "Mul", "Div", "Identity"};
    for (auto maker = makers_.find(node.input(0)); maker != makers_.end();
         maker = makers_.find(maker->second.input(0))) {
      if (maker->second.operation == "Quant" || maker->second.operation == "IntQuant") {
        return maker->second.integer("signed", 1) != 0;
      }
      if (!transparent.contains(maker->second.operation)) break;
    }
    return true;
  }

  /// floor(x / (scale * 2^(input bits - output bits))) * scale, or * the output's scale where the file states one.
  std::vector<Node> trunc(const Node& node) {
    NodeSequence nodes(model_, node);
    const bool states_scale = node.inputs.size() > 5;
    const double bits = number(node, states_scale ? 5 : 4, "output bit width");
    const double scale = number(node, 1, "scale");
    if (number(node, 2, "zero point") != 0) refuse(node, "its zero point is not 0; accepted: 0");
    const double out_scale = states_scale ? number(node, 4, "output scale") : scale;
    const double step = states_scale ? out_scale : scale * std::exp2(number(node, 3, "input bit width") - bits);
    const bool is_signed = node.attributes.contains("signed") ? node.integer("signed", 1) != 0 : is_signed_before(node);
    const std::string scaled = nodes.add("Mul", {node.input(0), nodes.number(out_scale / step)});
    return both(nodes, node, scaled, nodes.number(out_scale), nodes.number(0),
                integers(node, bits, is_signed, "FLOOR"));
  }

  Model& model_;
  std::map<std::string, ConstantTensor> constants_;
  std::map<std::string, Node> makers_;
};

}  // namespace

void lower_quant_operators(Model& model) {
  QuantLowering lowering(model);
  replace_nodes(model, [&](const Node& node) { return lowering.lowered(node); });
}

}  // namespace terse::compiler::graph
