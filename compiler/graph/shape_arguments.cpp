#include "compiler/graph/shape_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "compiler/compiler.hpp"

namespace terse::compiler::graph {

namespace {

const ConstantTensor* at(const Constants& inputs, std::size_t index) {
  return index < inputs.size() ? inputs[index] : nullptr;
}

/// An argument that the node gives as an input must be a constant.
void expect_constant(const Node& node, const Constants& inputs, std::size_t index, const char* name) {
  if (!node.input(index).empty() && at(inputs, index) == nullptr) {
    throw CompileError(fmt::format("its {} ('{}') are computed; accepted: constants", name, node.input(index)));
  }
}

Shape squeezed(const Node& node, const Constants& inputs, const Shape& from) {
  const Shape axes = integers_argument(node, "axes", inputs, 1, {});
  std::set<std::size_t> dropped;
  for (const std::int64_t axis : axes) dropped.insert(axis_of(axis, from.size()));
  Shape result;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const bool drop = axes.empty() ? from[i] == 1 : dropped.contains(i);
    if (drop && from[i] != 1) throw CompileError(fmt::format("it drops an axis of {} elements; accepted: 1", from[i]));
    if (!drop) result.push_back(from[i]);
  }
  return result;
}

Shape unsqueezed(const Node& node, const Constants& inputs, const Shape& from) {
  const Shape axes = integers_argument(node, "axes", inputs, 1, {});
  const std::size_t rank = from.size() + axes.size();
  std::set<std::size_t> added;
  for (const std::int64_t axis : axes) added.insert(axis_of(axis, rank));
  if (added.size() != axes.size()) throw CompileError("it adds an axis twice; accepted: distinct axes");
  Shape result;
  std::size_t next = 0;
  for (std::size_t i = 0; i < rank; ++i) result.push_back(added.contains(i) ? 1 : from[next++]);
  return result;
}

Shape flattened(const Node& node, const Shape& from) {
  std::int64_t axis = node.integer("axis", 1);
  if (axis < 0) axis += static_cast<std::int64_t>(from.size());
  if (axis < 0 || axis > static_cast<std::int64_t>(from.size())) throw CompileError("its axis is not one of its input");
  const auto middle = from.begin() + axis;
  return {std::accumulate(from.begin(), middle, std::int64_t{1}, std::multiplies<>()),
          std::accumulate(middle, from.end(), std::int64_t{1}, std::multiplies<>())};
}

}  // namespace

Shape to_integers(const ConstantTensor& tensor) {
  Shape result;
  for (const double value : tensor.values) {
    if (!(std::abs(value) < 9e18)) throw CompileError("an argument is no integer");
    result.push_back(static_cast<std::int64_t>(value));
  }
  return result;
}

Shape integers_argument(const Node& node, const char* name, const Constants& inputs, std::size_t index,
                        const Shape& otherwise) {
  if (node.attributes.contains(name)) return node.integers(name, otherwise);
  expect_constant(node, inputs, index, name);
  const ConstantTensor* tensor = at(inputs, index);
  return tensor == nullptr ? otherwise : to_integers(*tensor);
}

std::size_t axis_of(std::int64_t axis, std::size_t rank) {
  const auto axes = static_cast<std::int64_t>(rank);
  const std::int64_t counted = axis < 0 ? axis + axes : axis;
  if (counted < 0 || counted >= axes) {
    throw CompileError(fmt::format("its axis is {} of a value of {} axes", axis, rank));
  }
  return static_cast<std::size_t>(counted);
}

Shape reshape_target(const Node& node, const Constants& inputs, const Shape& from) {
  if (node.operation == "Flatten") return flattened(node, from);
  if (node.operation == "Squeeze") return squeezed(node, inputs, from);
  if (node.operation == "Unsqueeze") return unsqueezed(node, inputs, from);
  Shape target = integers_argument(node, "shape", inputs, 1, {});
  const bool zero_copies = node.integer("allowzero", 0) == 0;
  double known = 1;
  std::size_t free = target.size();
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] == 0 && zero_copies && i < from.size()) target[i] = from[i];
    if (target[i] == -1 && free == target.size()) {
      free = i;
    } else {
      known *= static_cast<double>(target[i]);
    }
  }
  if (free < target.size() && known > 0) target[free] = static_cast<std::int64_t>(element_count(from) / known);
  if (known < 1 || element_count(target) != element_count(from)) {
    throw CompileError(fmt::format("it reshapes [{}] to [{}]; accepted: as many elements", fmt::join(from, ", "),
                                   fmt::join(target, ", ")));
  }
  return target;
}

std::vector<std::size_t> permutation(const Node& node, std::size_t rank) {
  const Shape stated = node.integers("perm", {});
  std::vector<std::size_t> result(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    result[i] = stated.empty() ? rank - 1 - i : i < stated.size() ? axis_of(stated[i], rank) : rank;
  }
  const std::set<std::size_t> distinct(result.begin(), result.end());
  if (distinct.size() != rank || distinct.contains(rank) || (!stated.empty() && stated.size() != rank)) {
    throw CompileError(fmt::format("its perm [{}] is no order of {} axes", fmt::join(stated, ", "), rank));
  }
  return result;
}

std::vector<AxisRange> slice_ranges(const Node& node, const Constants& inputs, const Shape& shape) {
  const Shape starts = integers_argument(node, "starts", inputs, 1, {});
  const Shape ends = integers_argument(node, "ends", inputs, 2, {});
  Shape all(starts.size());
  std::iota(all.begin(), all.end(), 0);
  const Shape axes = integers_argument(node, "axes", inputs, 3, all);
  const Shape steps = integers_argument(node, "steps", inputs, 4, Shape(starts.size(), 1));
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()) {
    throw CompileError("its starts, ends, axes and steps differ in number");
  }
  std::vector<AxisRange> result;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    AxisRange range{axis_of(axes[i], shape.size()), 0, 0, steps[i]};
    const std::int64_t size = shape[range.axis];
    if (range.step < 1) throw CompileError(fmt::format("its step is {}; accepted: 1 and more", range.step));
    const auto bound = [&](std::int64_t value) {
      return std::clamp<std::int64_t>(value < 0 ? value + size : value, 0, size);
    };
    range.start = bound(starts[i]);
    range.count = (bound(ends[i]) - range.start + range.step - 1) / range.step;
    if (range.count < 1) throw CompileError("it takes no element of an axis; accepted: at least one");
    result.push_back(range);
  }
  return result;
}

std::vector<AxisRange> split_ranges(const Node& node, const Constants& inputs, const Shape& shape) {
  const std::size_t axis = axis_of(node.integer("axis", 0), shape.size());
  const auto parts = static_cast<std::int64_t>(node.outputs.size());
  const std::int64_t size = shape[axis];
  Shape sizes(node.outputs.size(), (size + parts - 1) / parts);
  sizes.back() = size - (parts - 1) * sizes.front();
  sizes = integers_argument(node, "split", inputs, 1, sizes);
  std::vector<AxisRange> result;
  std::int64_t start = 0;
  for (const std::int64_t count : sizes) {
    if (count < 1 || count > size - start) break;
    result.push_back({axis, start, count, 1});
    start += count;
  }
  if (result.size() != node.outputs.size() || start != size) {
    throw CompileError(fmt::format("it splits {} elements into [{}]", size, fmt::join(sizes, ", ")));
  }
  return result;
}

Padding padding_of(const Node& node, const Constants& inputs, std::size_t rank) {
  const Shape pads = integers_argument(node, "pads", inputs, 1, {});
  const Shape axes = integers_argument(node, "axes", inputs, 3, {});
  const std::size_t count = axes.empty() ? rank : axes.size();
  if (pads.size() != 2 * count) throw CompileError(fmt::format("it has {} pads for {} axes", pads.size(), count));
  if (const std::string mode = node.text("mode", "constant"); mode != "constant") {
    throw CompileError(fmt::format("its mode is '{}'; accepted: constant", mode));
  }
  Padding result{Shape(rank, 0), Shape(rank, 0)};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t axis = axes.empty() ? i : axis_of(axes[i], rank);
    for (const std::int64_t pad : {pads[i], pads[count + i]}) {
      if (pad < 0 || pad > 65535) throw CompileError(fmt::format("it pads by {}; accepted: 0 to 65535", pad));
    }
    result.before[axis] = pads[i];
    result.after[axis] = pads[count + i];
  }
  return result;
}

Shape resize_factors(const Node& node, const Constants& inputs, const Shape& shape) {
  if (const std::string mode = node.text("mode", "nearest"); mode != "nearest") {
    throw CompileError(fmt::format("its mode is '{}'; accepted: nearest", mode));
  }
  const std::size_t scales_at = node.operation == "Resize" && node.inputs.size() > 2 ? 2 : 1;
  std::vector<double> factors;
  if (const ConstantTensor* sizes = at(inputs, 3); sizes != nullptr && !sizes->values.empty()) {
    for (std::size_t i = 0; i < shape.size() && i < sizes->values.size(); ++i) {
      factors.push_back(sizes->values[i] / static_cast<double>(shape[i]));
    }
  } else if (const ConstantTensor* scales = at(inputs, scales_at); scales != nullptr) {
    factors = scales->values;
  }
  const bool whole =
      std::all_of(factors.begin(), factors.end(), [](double f) { return f >= 1 && f <= 4096 && f == std::floor(f); });
  if (factors.size() != shape.size() || !whole) {
    throw CompileError(fmt::format("it resizes by [{}]; accepted: a whole factor per axis", fmt::join(factors, ", ")));
  }
  // With a whole factor every nearest mode but these two takes element i / factor.
  if (node.text("coordinate_transformation_mode", "half_pixel") == "align_corners") {
    throw CompileError("it aligns corners; accepted: half_pixel, pytorch_half_pixel and asymmetric");
  }
  Shape result;
  for (const double factor : factors) result.push_back(static_cast<std::int64_t>(factor));
  return result;
}

std::vector<std::size_t> reduced_axes(const Node& node, const Constants& inputs, std::size_t rank) {
  std::set<std::size_t> axes;
  for (const std::int64_t axis : integers_argument(node, "axes", inputs, 1, {})) axes.insert(axis_of(axis, rank));
  for (std::size_t i = 0; axes.empty() && i < rank; ++i) axes.insert(axes.end(), i);
  return {axes.begin(), axes.end()};
}

}  // namespace terse::compiler::graph
