// MatMul, Gemm, normalizations, Softmax, ReduceMean.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/compiler.hpp"
#include "compiler/graph/evaluate.hpp"

namespace terse::compiler::graph {

namespace {

ConstantTensor matrix_product(ConstantTensor a, ConstantTensor b) {
  const bool row = a.dimensions.size() == 1, column = b.dimensions.size() == 1;
  if (row) a.dimensions.insert(a.dimensions.begin(), 1);
  if (column) b.dimensions.push_back(1);
  const Shape &as = a.dimensions, &bs = b.dimensions;
  if (as.size() < 2 || bs.size() < 2 || as.back() != bs[bs.size() - 2]) {
    throw CompileError(fmt::format("it multiplies [{}] by [{}]", fmt::join(as, ", "), fmt::join(bs, ", ")));
  }
  const std::int64_t rows = as[as.size() - 2], depth = as.back(), columns = bs.back();
  const bool wider = as.size() >= bs.size();
  Shape shape(wider ? as.begin() : bs.begin(), (wider ? as.end() : bs.end()) - 2);
  const auto batches = static_cast<std::int64_t>(element_count(shape));
  const auto batches_a = static_cast<std::int64_t>(element_count(as)) / std::max<std::int64_t>(rows * depth, 1);
  const auto batches_b = static_cast<std::int64_t>(element_count(bs)) / std::max<std::int64_t>(depth * columns, 1);
  if ((batches_a != batches && batches_a != 1) || (batches_b != batches && batches_b != 1)) {
    throw CompileError(fmt::format("it multiplies [{}] by [{}]", fmt::join(as, ", "), fmt::join(bs, ", ")));
  }
  shape.insert(shape.end(), {rows, columns});
  ConstantTensor result = zeros(shape);
  const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  for (std::int64_t n = 0; n < batches; ++n) {
    const double* x = a.values.data() + at(batches_a == 1 ? 0 : n * rows * depth);
    const double* w = b.values.data() + at(batches_b == 1 ? 0 : n * depth * columns);
    for (std::int64_t i = 0; i < rows; ++i) {
      double* y = result.values.data() + at((n * rows + i) * columns);
      for (std::int64_t k = 0; k < depth; ++k) {
        for (std::int64_t j = 0; j < columns; ++j) y[j] += x[i * depth + k] * w[k * columns + j];
      }
    }
  }
  if (row) result.dimensions.erase(result.dimensions.end() - 2);
  if (column) result.dimensions.pop_back();
  return result;
}

ConstantTensor transposed(const ConstantTensor& matrix) {
  if (matrix.dimensions.size() != 2) throw CompileError("it transposes what is no matrix");
  const auto rows = static_cast<std::size_t>(matrix.dimensions[0]),
             columns = static_cast<std::size_t>(matrix.dimensions[1]);
  ConstantTensor result{matrix.type, {matrix.dimensions[1], matrix.dimensions[0]}, matrix.values};
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) result.values[j * rows + i] = matrix.values[i * columns + j];
  }
  return result;
}

ConstantTensor gemm(const Node& node, const Constants& inputs) {
  const auto operand = [&](std::size_t index, const char* transpose) {
    const ConstantTensor& matrix = input_of(node, inputs, index);
    return node.integer(transpose, 0) != 0 ? transposed(matrix) : matrix;
  };
  ConstantTensor result = matrix_product(operand(0, "transA"), operand(1, "transB"));
  for (double& value : result.values) value *= node.real("alpha", 1);
  if (inputs.size() < 3 || inputs[2] == nullptr) return result;
  const ConstantTensor scaled_bias = evaluate_node(
      {.operation = "Mul"},
      {inputs[2], std::vector<ConstantTensor>{{ElementType::float32, {}, {node.real("beta", 1)}}}.data()})[0];
  return evaluate_node({.operation = "Add"}, {&result, &scaled_bias})[0];
}

ConstantTensor batch_normalization(const Node& node, const Constants& inputs) {
  ConstantTensor result = input_of(node, inputs, 0);
  const auto parameter = [&](std::size_t i, std::size_t c) { return input_of(node, inputs, i).values.at(c); };
  const std::size_t channels = result.dimensions.size() < 2 ? 1 : static_cast<std::size_t>(result.dimensions[1]);
  std::size_t inner = 1;
  for (std::size_t i = 2; i < result.dimensions.size(); ++i) inner *= static_cast<std::size_t>(result.dimensions[i]);
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    const std::size_t c = i / inner % channels;
    result.values[i] = (result.values[i] - parameter(3, c)) / std::sqrt(parameter(4, c) + node.real("epsilon", 1e-5)) *
                           parameter(1, c) +
                       parameter(2, c);
  }
  return result;
}

/// Calls visit(values of one run along the last axes from `axis` on).
template <typename Visit>
void for_each_row(ConstantTensor& tensor, std::size_t axis, Visit visit) {
  std::size_t row = 1;
  for (std::size_t i = axis; i < tensor.dimensions.size(); ++i) row *= static_cast<std::size_t>(tensor.dimensions[i]);
  for (std::size_t first = 0; row > 0 && first < tensor.values.size(); first += row) visit(&tensor.values[first], row);
}

ConstantTensor layer_normalization(const Node& node, const Constants& inputs) {
  ConstantTensor result = input_of(node, inputs, 0);
  const std::size_t axis = axis_of(node.integer("axis", -1), result.dimensions.size());
  const ConstantTensor& gamma = input_of(node, inputs, 1);
  const ConstantTensor* beta = inputs.size() > 2 ? inputs[2] : nullptr;
  for_each_row(result, axis, [&](double* x, std::size_t count) {
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < count; ++i) mean += x[i] / static_cast<double>(count);
    for (std::size_t i = 0; i < count; ++i) variance += (x[i] - mean) * (x[i] - mean) / static_cast<double>(count);
    const double deviation = std::sqrt(variance + node.real("epsilon", 1e-5));
    for (std::size_t i = 0; i < count; ++i) {
      x[i] = (x[i] - mean) / deviation * gamma.values.at(i) + (beta == nullptr ? 0 : beta->values.at(i));
    }
  });
  return result;
}

/// The axis becomes the last one, `visit` sees each of its rows, and the axes return to their places.
template <typename Visit>
ConstantTensor along(const ConstantTensor& tensor, std::size_t axis, Visit visit) {
  Node node{.operation = "Transpose"};
  Shape order;
  for (std::size_t i = 0; i < tensor.dimensions.size(); ++i) {
    if (i != axis) order.push_back(static_cast<std::int64_t>(i));
  }
  order.push_back(static_cast<std::int64_t>(axis));
  node.attributes["perm"] = order;
  ConstantTensor moved = evaluate_node(node, {&tensor})[0];
  for_each_row(moved, moved.dimensions.size() - 1, visit);
  Shape back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  node.attributes["perm"] = back;
  return evaluate_node(node, {&moved})[0];
}

ConstantTensor softmax(const Node& node, const Constants& inputs) {
  const ConstantTensor& input = input_of(node, inputs, 0);
  return along(input, axis_of(node.integer("axis", -1), input.dimensions.size()), [](double* x, std::size_t count) {
    const double greatest = *std::max_element(x, x + count);
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += x[i] = std::exp(x[i] - greatest);
    for (std::size_t i = 0; i < count; ++i) x[i] /= sum;
  });
}

ConstantTensor reduce_mean(const Node& node, const Constants& inputs) {
  ConstantTensor result = input_of(node, inputs, 0);
  const std::vector<std::size_t> axes = reduced_axes(node, inputs, result.dimensions.size());
  for (const std::size_t axis : axes) {
    const auto size = static_cast<std::size_t>(result.dimensions[axis]);
    std::size_t inner = 1;
    for (std::size_t i = axis + 1; i < result.dimensions.size(); ++i)
      inner *= static_cast<std::size_t>(result.dimensions[i]);
    Shape shape = result.dimensions;
    shape[axis] = 1;
    ConstantTensor mean = zeros(shape);
    for (std::size_t i = 0; i < result.values.size(); ++i) {
      mean.values[i / (inner * size) * inner + i % inner] += result.values[i] / static_cast<double>(size);
    }
    result = mean;
  }
  if (node.integer("keepdims", 1) != 0) return result;
  for (std::size_t i = axes.size(); i-- > 0;)
    result.dimensions.erase(result.dimensions.begin() + static_cast<std::ptrdiff_t>(axes[i]));
  return result;
}

}  // namespace

std::vector<ConstantTensor> evaluate_matrix_operator(const Node& node, const Constants& inputs) {
  const std::string& op = node.operation;
  if (op == "MatMul") return {matrix_product(input_of(node, inputs, 0), input_of(node, inputs, 1))};
  if (op == "Gemm") return {gemm(node, inputs)};
  if (op == "BatchNormalization") return {batch_normalization(node, inputs)};
  if (op == "LayerNormalization") return {layer_normalization(node, inputs)};
  if (op == "Softmax") return {softmax(node, inputs)};
  if (op == "ReduceMean") return {reduce_mean(node, inputs)};
  return {};
}

}  // namespace terse::compiler::graph
