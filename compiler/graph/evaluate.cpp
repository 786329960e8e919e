#include "compiler/graph/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/compiler.hpp"
#include "compiler/graph/element_functions.hpp"
#include "compiler/graph/quantization_attributes.hpp"

namespace terse::compiler::graph {

namespace {

constexpr double greatest_elements = 1 << 27;  // 1 GiB: the largest weights that networks have

Shape broadcast_shape(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) {
      throw CompileError(fmt::format("shapes [{}] and [{}] do not fit", fmt::join(a, ", "), fmt::join(b, ", ")));
    }
    result[result.size() - 1 - i] = x == 1 ? y : x;
  }
  return result;
}

/// Calls visit(index of the result, of a, of b) for each element.
template <typename Visit>
void for_each_pair(const Shape& result, const Shape& a, const Shape& b, Visit visit) {
  const auto broadcast_strides = [&](const Shape& shape) {
    const Shape own = strides_of(shape);
    Shape strides(result.size(), 0);
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] != 1) strides[result.size() - shape.size() + i] = own[i];
    }
    return strides;
  };
  const Shape sa = broadcast_strides(a), sb = broadcast_strides(b);
  Shape index(result.size(), 0);
  std::int64_t ia = 0, ib = 0;
  const auto count = static_cast<std::size_t>(element_count(result));
  for (std::size_t i = 0; i < count; ++i) {
    visit(i, static_cast<std::size_t>(ia), static_cast<std::size_t>(ib));
    for (std::size_t d = result.size(); d-- > 0;) {
      ia += sa[d];
      ib += sb[d];
      if (++index[d] < result[d]) break;
      ia -= sa[d] * result[d];
      ib -= sb[d] * result[d];
      index[d] = 0;
    }
  }
}

ConstantTensor combine(const ConstantTensor& a, const ConstantTensor& b,
                       const std::function<double(double, double)>& function) {
  ConstantTensor result = zeros(broadcast_shape(a.dimensions, b.dimensions), a.type);
  const bool divides_integers = is_integer(a.type);
  for_each_pair(result.dimensions, a.dimensions, b.dimensions, [&](std::size_t i, std::size_t ia, std::size_t ib) {
    const double value = function(a.values[ia], b.values[ib]);
    result.values[i] = divides_integers ? std::trunc(value) : value;
  });
  return result;
}

ConstantTensor clip(const Node& node, const Constants& inputs) {
  const auto bound = [&](const char* name, std::size_t index, double otherwise) {
    if (index >= inputs.size() || inputs[index] == nullptr) return node.real(name, otherwise);
    return inputs[index]->values.empty() ? otherwise : inputs[index]->values[0];
  };
  const double infinity = std::numeric_limits<double>::infinity();
  const double low = bound("min", 1, -infinity), high = bound("max", 2, infinity);
  ConstantTensor result = input_of(node, inputs, 0);
  for (double& value : result.values) value = std::min(std::max(value, low), high);
  return result;
}

/// A scale or zero point in the shape that broadcasts against the values: one per index of `axis`.
ConstantTensor along_axis(ConstantTensor tensor, const Node& node, std::size_t rank) {
  if (tensor.values.size() == 1) {
    tensor.dimensions = {};
  } else if (tensor.dimensions.size() == 1 && rank > 0) {
    Shape shape(rank, 1);
    shape[axis_of(node.integer("axis", 1), rank)] = tensor.dimensions[0];
    tensor.dimensions = shape;
  }
  return tensor;
}

ConstantTensor quantize(const Node& node, const Constants& inputs) {
  ConstantTensor result = input_of(node, inputs, 0);
  const std::size_t rank = result.dimensions.size();
  result = combine(result, along_axis(input_of(node, inputs, 1), node, rank), std::divides<>());
  ConstantTensor zero = zeros({}, ElementType::uint8);
  if (inputs.size() > 2 && inputs[2] != nullptr) zero = along_axis(*inputs[2], node, rank);
  const double lowest = zero.type == ElementType::int8 ? -128 : zero.type == ElementType::int16 ? -32768 : 0;
  const double range = zero.type == ElementType::int16 || zero.type == ElementType::uint16 ? 65535 : 255;
  const auto low = static_cast<double>(node.integer(least_attribute, static_cast<std::int64_t>(lowest)));
  const auto high = static_cast<double>(node.integer(greatest_attribute, static_cast<std::int64_t>(lowest + range)));
  const std::string rounding = node.text(rounding_attribute, "ROUND");
  for (double& value : result.values) {
    value = rounding == "FLOOR" ? std::floor(value) : rounding == "CEIL" ? std::ceil(value) : round_half_even(value);
  }
  result = combine(result, zero, [&](double q, double z) { return std::clamp(q + z, low, high); });
  result.type = is_integer(zero.type) ? zero.type : ElementType::int32;  // Quant states its zero point as a real
  return result;
}

ConstantTensor dequantize(const Node& node, const Constants& inputs) {
  ConstantTensor result = input_of(node, inputs, 0);
  result.type = ElementType::float32;
  const std::size_t rank = result.dimensions.size();
  if (inputs.size() > 2 && inputs[2] != nullptr) {
    result = combine(result, along_axis(*inputs[2], node, rank), std::minus<>());
  }
  return combine(result, along_axis(input_of(node, inputs, 1), node, rank), std::multiplies<>());
}

ConstantTensor constant_of(const Node& node) {
  if (const auto tensor = node.attributes.find("value"); tensor != node.attributes.end()) {
    if (const auto* value = std::get_if<ConstantTensor>(&tensor->second)) return *value;
  }
  if (node.attributes.contains("value_float")) return {ElementType::float32, {}, {node.real("value_float", 0)}};
  if (node.attributes.contains("value_int")) {
    return {ElementType::int64, {}, {static_cast<double>(node.integer("value_int", 0))}};
  }
  if (const auto list = node.attributes.find("value_ints"); list != node.attributes.end()) {
    const Shape values = node.integers("value_ints", {});
    return {ElementType::int64, {static_cast<std::int64_t>(values.size())}, {values.begin(), values.end()}};
  }
  if (const auto list = node.attributes.find("value_floats"); list != node.attributes.end()) {
    if (const auto* values = std::get_if<std::vector<double>>(&list->second)) {
      return {ElementType::float32, {static_cast<std::int64_t>(values->size())}, *values};
    }
  }
  throw CompileError("it has no attribute value; accepted: a tensor (value) or numbers (value_float, value_int, ...)");
}

std::vector<ConstantTensor> evaluate_element_operator(const Node& node, const Constants& inputs) {
  const std::string& op = node.operation;
  if (op == "Constant") return {constant_of(node)};
  if (op == "Clip") return {clip(node, inputs)};
  if (op == "QuantizeLinear") return {quantize(node, inputs)};
  if (op == "DequantizeLinear") return {dequantize(node, inputs)};
  if (op == "Identity" || op == "Dropout") return {input_of(node, inputs, 0)};
  if (op == "PRelu") {
    return {combine(input_of(node, inputs, 0), input_of(node, inputs, 1),
                    [](double x, double slope) { return x < 0 ? slope * x : x; })};
  }
  if (const auto function = element_function(node)) {
    ConstantTensor result = input_of(node, inputs, 0);
    for (double& value : result.values) value = (*function)(value);
    return {result};
  }
  if (const auto function = element_function_of_two(node)) {
    return {combine(input_of(node, inputs, 0), input_of(node, inputs, 1), *function)};
  }
  return {};
}

}  // namespace

ConstantTensor zeros(const Shape& shape, ElementType type) {
  const double count = element_count(shape);
  const bool sound = std::all_of(shape.begin(), shape.end(), [](std::int64_t d) { return d >= 0; });
  if (!sound || !(count <= greatest_elements)) {
    throw CompileError(fmt::format("it makes a value of shape [{}]; accepted: up to {:.0f} elements",
                                   fmt::join(shape, ", "), greatest_elements));
  }
  return {type, shape, std::vector<double>(static_cast<std::size_t>(count), 0.0)};
}

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

const ConstantTensor& input_of(const Node& node, const Constants& inputs, std::size_t index) {
  if (index >= inputs.size() || inputs[index] == nullptr) {
    throw CompileError(fmt::format("its input {} ('{}') is not known", index, node.input(index)));
  }
  return *inputs[index];
}

std::vector<ConstantTensor> evaluate_node(const Node& node, const Constants& inputs) {
  if (!node.domain.empty()) throw CompileError(fmt::format("its domain is '{}'", node.domain));
  for (const auto kind :
       {&evaluate_element_operator, &evaluate_window_operator, &evaluate_matrix_operator, &evaluate_shape_operator}) {
    if (std::vector<ConstantTensor> result = kind(node, inputs); !result.empty()) return result;
  }
  throw CompileError("this operator cannot be evaluated");
}

TensorValues evaluate_graph(const Model& model, const ConstantTensor& input) {
  TensorValues values = model.initializers;
  values[model.inputs.at(0).name] = input;
  for (const Node& node : model.nodes) {
    Constants inputs;
    for (const std::string& name : node.inputs) {
      const auto found = values.find(name);
      inputs.push_back(found == values.end() ? nullptr : &found->second);
    }
    try {
      const std::vector<ConstantTensor> outputs = evaluate_node(node, inputs);
      for (std::size_t i = 0; i < std::min(outputs.size(), node.outputs.size()); ++i) {
        values[node.outputs[i]] = outputs[i];
      }
    } catch (const CompileError& error) {
      throw CompileError(fmt::format("{}: node '{}' ({}): {}", model.file, node.name, node.operation, error.what()));
    }
  }
  return values;
}

}  // namespace terse::compiler::graph
