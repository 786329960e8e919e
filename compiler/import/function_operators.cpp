// Relu, Clip and other functions of one element.
#include <fmt/format.h>

#include <cmath>

#include "compiler/import/graph_importer.hpp"

namespace terse::compiler::importer {

Value GraphImporter::function_of(const Node& node, std::size_t data, const graph::ElementFunction& function) {
  PendingLayer pending = open_layer(node, data);
  if (pending.is_copy) {
    pending.make_table();
    pending.layer.name = node.name;
    pending.is_copy = false;
  }
  if (!pending.function) {
    pending.function = function;
  } else {
    pending.function = [inner = pending.function, function](double x) { return function(inner(x)); };
  }
  pending.keeps_grid = false;
  return pending;
}

Value GraphImporter::element_function(const Node& node) {
  if (node.operation == "Neg") return affine(node, 0, 0, {-1.0}, {0.0});
  return function_of(node, 0, *graph::element_function(node));
}

Value GraphImporter::prelu(const Node& node) {
  const graph::ConstantTensor slope = real_constant(node, 1);
  if (slope.values.empty()) refuse("its slope has no values", "one slope");
  for (const double value : slope.values) {
    if (value != slope.values[0]) refuse("its slope varies by channel", "one slope");
  }
  return function_of(node, 0, [s = slope.values[0]](double x) { return x < 0 ? s * x : x; });
}

Value GraphImporter::clip(const Node& node) {
  double low = 0, high = std::numeric_limits<double>::infinity();
  if (node.operation == "Clip") {
    low = node.real("min", -high);
    high = node.real("max", high);
    const auto bound = [&](std::size_t operand, double otherwise) {
      if (node.input(operand).empty()) return otherwise;
      const graph::ConstantTensor constant = real_constant(node, operand);
      if (constant.values.size() != 1) {
        refuse(fmt::format("its bound '{}' has {} values", node.input(operand), constant.values.size()), "one number");
      }
      return constant.values[0];
    };
    low = bound(1, low);
    high = bound(2, high);
  }
  return clip_between(node, low, high);
}

Value GraphImporter::clip_between(const Node& node, double low, double high) {
  const bool is_relu = low == 0 && std::isinf(high);
  if (const auto* pending = std::get_if<PendingLayer>(&value(node, 0))) {
    PendingLayer result = *pending;
    result.clip(low, high);
    result.keeps_grid = result.keeps_grid && is_relu;
    return result;
  }
  const Activation operand = activation(node, 0);
  const Tensor& tensor = network_.tensors[operand.tensor];
  const ActivationFormat format = ActivationFormat::of(tensor);
  const bool bounds_nothing = low <= tensor.scale * (format.least - tensor.zero_point) &&
                              high >= tensor.scale * (format.greatest - tensor.zero_point);
  if (bounds_nothing) return operand;
  PendingLayer result = copy_of(node, operand);
  result.clip(low, high);
  result.keeps_grid = is_relu;
  return result;
}

}  // namespace terse::compiler::importer
