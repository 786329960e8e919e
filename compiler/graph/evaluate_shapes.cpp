// Operators that move elements, and those that compute shapes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/compiler.hpp"
#include "compiler/graph/evaluate.hpp"

namespace terse::compiler::graph {

namespace {

/// out[index] = in[source(index)] for every index of `shape`; source gives an offset, negative for `fill`.
template <typename Source>
ConstantTensor gathered(const Shape& shape, const ConstantTensor& in, double fill, Source source) {
  ConstantTensor out = zeros(shape, in.type);
  Shape index(shape.size(), 0);
  for (double& value : out.values) {
    const std::int64_t from = source(index);
    value = from < 0 ? fill : in.values.at(static_cast<std::size_t>(from));
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d]) break;
      index[d] = 0;
    }
  }
  return out;
}

ConstantTensor transpose(const Node& node, const ConstantTensor& in) {
  const std::vector<std::size_t> order = permutation(node, in.dimensions.size());
  const Shape strides = strides_of(in.dimensions);
  Shape shape;
  for (const std::size_t axis : order) shape.push_back(in.dimensions[axis]);
  return gathered(shape, in, 0, [&](const Shape& index) {
    std::int64_t offset = 0;
    for (std::size_t d = 0; d < order.size(); ++d) offset += index[d] * strides[order[d]];
    return offset;
  });
}

ConstantTensor taken(const ConstantTensor& in, const std::vector<AxisRange>& ranges) {
  const Shape strides = strides_of(in.dimensions);
  Shape shape = in.dimensions, step(shape.size(), 1), start(shape.size(), 0);
  for (const AxisRange& range : ranges) {
    shape[range.axis] = range.count;
    step[range.axis] = range.step;
    start[range.axis] = range.start;
  }
  return gathered(shape, in, 0, [&](const Shape& index) {
    std::int64_t offset = 0;
    for (std::size_t d = 0; d < index.size(); ++d) offset += (start[d] + index[d] * step[d]) * strides[d];
    return offset;
  });
}

ConstantTensor gather(const Node& node, const Constants& inputs) {
  const ConstantTensor &in = input_of(node, inputs, 0), &indices = input_of(node, inputs, 1);
  const std::size_t axis = axis_of(node.integer("axis", 0), in.dimensions.size());
  const Shape strides = strides_of(in.dimensions);
  const std::size_t rank = indices.dimensions.size();
  const Shape index_strides = strides_of(indices.dimensions);
  Shape shape(in.dimensions.begin(), in.dimensions.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.end(), indices.dimensions.begin(), indices.dimensions.end());
  shape.insert(shape.end(), in.dimensions.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.dimensions.end());
  return gathered(shape, in, 0, [&](const Shape& index) {
    std::int64_t at = 0, offset = 0;
    for (std::size_t d = 0; d < index.size(); ++d) {
      if (d >= axis && d < axis + rank) {
        at += index[d] * index_strides[d - axis];
      } else {
        offset += index[d] * strides[d < axis ? d : d - rank + 1];
      }
    }
    auto chosen = static_cast<std::int64_t>(indices.values[static_cast<std::size_t>(at)]);
    if (chosen < 0) chosen += in.dimensions[axis];
    if (chosen < 0 || chosen >= in.dimensions[axis]) throw CompileError("it gathers beyond its input");
    return offset + chosen * strides[axis];
  });
}

ConstantTensor concatenation(const Node& node, const Constants& inputs) {
  const ConstantTensor& first = input_of(node, inputs, 0);
  const std::size_t axis = axis_of(node.integer("axis", 0), first.dimensions.size());
  Shape shape = first.dimensions;
  shape[axis] = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Shape& s = input_of(node, inputs, i).dimensions;
    Shape expected = shape, without = s;
    if (s.size() == shape.size()) expected[axis] = without[axis] = 0;
    if (expected != without) throw CompileError("it joins values of different shapes");
    shape[axis] += s[axis];
  }
  ConstantTensor out = zeros(shape, first.type);
  std::size_t inner = 1;
  for (std::size_t d = axis + 1; d < shape.size(); ++d) inner *= static_cast<std::size_t>(shape[d]);
  const std::size_t row = static_cast<std::size_t>(shape[axis]) * inner;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const ConstantTensor& part = *inputs[i];
    const std::size_t part_row = static_cast<std::size_t>(part.dimensions[axis]) * inner;
    for (std::size_t e = 0; e < part.values.size(); ++e) {
      out.values[e / part_row * row + begin + e % part_row] = part.values[e];
    }
    begin += part_row;
  }
  return out;
}

ConstantTensor pad(const Node& node, const Constants& inputs) {
  const ConstantTensor& in = input_of(node, inputs, 0);
  const Padding padding = padding_of(node, inputs, in.dimensions.size());
  const Shape strides = strides_of(in.dimensions);
  Shape shape = in.dimensions;
  for (std::size_t d = 0; d < shape.size(); ++d) shape[d] += padding.before[d] + padding.after[d];
  double fill = node.real("value", 0);
  if (inputs.size() > 2 && inputs[2] != nullptr && !inputs[2]->values.empty()) fill = inputs[2]->values[0];
  return gathered(shape, in, fill, [&](const Shape& index) {
    std::int64_t offset = 0;
    for (std::size_t d = 0; d < index.size(); ++d) {
      const std::int64_t at = index[d] - padding.before[d];
      if (at < 0 || at >= in.dimensions[d]) return std::int64_t{-1};
      offset += at * strides[d];
    }
    return offset;
  });
}

ConstantTensor resize(const Node& node, const Constants& inputs) {
  const ConstantTensor& in = input_of(node, inputs, 0);
  const Shape factors = resize_factors(node, inputs, in.dimensions);
  const Shape strides = strides_of(in.dimensions);
  Shape shape = in.dimensions;
  for (std::size_t d = 0; d < shape.size(); ++d) shape[d] *= factors[d];
  return gathered(shape, in, 0, [&](const Shape& index) {
    std::int64_t offset = 0;
    for (std::size_t d = 0; d < index.size(); ++d) offset += index[d] / factors[d] * strides[d];
    return offset;
  });
}

ConstantTensor cast(const Node& node, ConstantTensor tensor) {
  constexpr std::int64_t to_float = 1, to_int32 = 6, to_int64 = 7, to_double = 11;  // TensorProto::DataType
  const std::int64_t to = node.integer("to", to_float);
  if (to != to_float && to != to_int32 && to != to_int64 && to != to_double) {
    throw CompileError(fmt::format("it casts to type {}; accepted: float, double, int32, int64", to));
  }
  const bool integer = to == to_int32 || to == to_int64;
  tensor.type = to == to_int64 ? ElementType::int64 : to == to_int32 ? ElementType::int32 : ElementType::float32;
  for (double& value : tensor.values) value = integer ? std::trunc(value) : value;
  return tensor;
}

ConstantTensor shape_of(const ConstantTensor& tensor) {
  return {ElementType::int64,
          {static_cast<std::int64_t>(tensor.dimensions.size())},
          {tensor.dimensions.begin(), tensor.dimensions.end()}};
}

}  // namespace

std::vector<ConstantTensor> evaluate_shape_operator(const Node& node, const Constants& inputs) {
  const std::string& op = node.operation;
  if (op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze") {
    ConstantTensor result = input_of(node, inputs, 0);
    result.dimensions = reshape_target(node, inputs, result.dimensions);
    return {result};
  }
  if (op == "Transpose") return {transpose(node, input_of(node, inputs, 0))};
  if (op == "Concat") return {concatenation(node, inputs)};
  if (op == "Gather") return {gather(node, inputs)};
  if (op == "Pad") return {pad(node, inputs)};
  if (op == "Resize" || op == "Upsample") return {resize(node, inputs)};
  if (op == "Cast") return {cast(node, input_of(node, inputs, 0))};
  if (op == "Shape") return {shape_of(input_of(node, inputs, 0))};
  if (op == "Slice") {
    const ConstantTensor& in = input_of(node, inputs, 0);
    return {taken(in, slice_ranges(node, inputs, in.dimensions))};
  }
  if (op == "Split") {
    const ConstantTensor& in = input_of(node, inputs, 0);
    std::vector<ConstantTensor> parts;
    for (const AxisRange& range : split_ranges(node, inputs, in.dimensions)) parts.push_back(taken(in, {range}));
    return parts;
  }
  return {};
}

}  // namespace terse::compiler::graph
