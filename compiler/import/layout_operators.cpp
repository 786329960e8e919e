// Operators that move elements: another view of the same tensor where that is possible, else copies on the core.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "compiler/graph/evaluate.hpp"
#include "compiler/import/graph_importer.hpp"

namespace terse::compiler::importer {

/// An empty rearrangement of `operands` to a tensor of this shape, stored in `order`; the caller fills in the blocks.
PendingLayer GraphImporter::rearrangement(const Node& node, const std::vector<Activation>& operands,
                                          const graph::Shape& shape, const std::vector<std::size_t>& order) {
  PendingLayer pending = core_layer(node, operands[0], RearrangeOperation{});
  for (std::size_t i = 1; i < operands.size(); ++i) pending.layer.more_inputs.push_back(operands[i].tensor);
  pending.shape = stored_shape(shape, order);
  pending.view = View(shape, order);
  const ActivationFormat first = ActivationFormat::of(network_.tensors[operands[0].tensor]);
  pending.keeps_grid = std::all_of(operands.begin(), operands.end(), [&](const Activation& operand) {
    const Tensor& tensor = network_.tensors[operand.tensor];
    return tensor.scale == first.scale && tensor.zero_point == first.zero_point && tensor.is_signed == first.is_signed;
  });
  return pending;
}

template <typename Change>
Value GraphImporter::with_view(const Node& node, Change change) {
  Value result = value(node, 0);
  if (auto* raw = std::get_if<RawInput>(&result)) raw->view = change(raw->view);
  if (auto* pending = std::get_if<PendingLayer>(&result)) pending->view = change(pending->view);
  if (auto* made = std::get_if<Activation>(&result)) made->view = change(made->view);
  return result;
}

Value GraphImporter::moved_constant(const Node& node, const WeightSum& sum) const {
  std::map<std::size_t, graph::ConstantTensor> storage;
  graph::Constants inputs = argument_inputs(node, storage);
  WeightSum result;
  for (const WeightPart& part : sum) {
    WeightPart moved = part;
    // The axis of the scales is found by moving a tensor that counts along it.
    WeightPart counted = part;
    for (std::size_t i = 0; i < counted.tensor.values.size(); ++i) {
      counted.tensor.values[i] = static_cast<double>(part.scale_index(i));
    }
    inputs[0] = &part.tensor;
    moved.tensor = graph::evaluate_node(node, inputs)[0];
    inputs[0] = &counted.tensor;
    counted.tensor = graph::evaluate_node(node, inputs)[0];
    const auto fits = [&](std::size_t axis) {
      moved.axis = static_cast<std::int64_t>(axis);
      for (std::size_t i = 0; i < counted.tensor.values.size(); ++i) {
        if (static_cast<double>(moved.scale_index(i)) != counted.tensor.values[i]) return false;
      }
      return true;
    };
    std::size_t axis = 0;
    while (axis < moved.tensor.dimensions.size() && !fits(axis)) ++axis;
    if (part.scale.size() > 1 && axis == moved.tensor.dimensions.size()) {
      refuse("it mixes values of different scales in every axis", "one axis that the scales follow");
    }
    result.push_back(moved);
  }
  return result;
}

Value GraphImporter::reshape(const Node& node) {
  if (is_constant(node, 0)) return moved_constant(node, constant(node, 0));
  std::map<std::size_t, graph::ConstantTensor> storage;
  const View view = view_of(node, 0);
  const graph::Shape target = graph::reshape_target(node, argument_inputs(node, storage), view.shape());
  if (view.reshaped(target)) {
    return with_view(node, [&](const View& old) { return *old.reshaped(target); });
  }
  std::vector<std::size_t> order(view.rank());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Activation packed = arranged(node, activation(node, 0), order);
  packed.view = *packed.view.reshaped(target);
  return packed;
}

Value GraphImporter::transpose(const Node& node) {
  if (is_constant(node, 0)) return moved_constant(node, constant(node, 0));
  const std::vector<std::size_t> order = graph::permutation(node, view_of(node, 0).rank());
  return with_view(node, [&](const View& view) { return view.transposed(order); });
}

Value GraphImporter::taken(const Node& node, const std::vector<graph::AxisRange>& ranges) {
  Activation operand = activation(node, 0);
  for (const graph::AxisRange& range : ranges) {
    auto part = operand.view.sliced(range.axis, range.start, range.count, range.step);
    if (!part) {
      std::vector<std::size_t> order(operand.view.rank());
      std::iota(order.begin(), order.end(), std::size_t{0});
      operand = arranged(node, operand, order);
      part = operand.view.sliced(range.axis, range.start, range.count, range.step);
    }
    operand.view = *part;
  }
  return operand;
}

Value GraphImporter::slice(const Node& node) {
  std::map<std::size_t, graph::ConstantTensor> storage;
  return taken(node, graph::slice_ranges(node, argument_inputs(node, storage), view_of(node, 0).shape()));
}

Value GraphImporter::split(const Node& node) {
  std::map<std::size_t, graph::ConstantTensor> storage;
  const auto ranges = graph::split_ranges(node, argument_inputs(node, storage), view_of(node, 0).shape());
  for (std::size_t i = 1; i < ranges.size(); ++i) values_.insert_or_assign(node.outputs[i], taken(node, {ranges[i]}));
  return taken(node, {ranges[0]});
}

Value GraphImporter::gather(const Node& node) {
  const graph::ConstantTensor indices = real_constant(node, 1);
  const graph::Shape shape = view_of(node, 0).shape();
  const std::size_t axis = graph::axis_of(node.integer("axis", 0), shape.size());
  if (indices.values.size() != 1 || indices.dimensions.size() > 1) {
    refuse(fmt::format("it gathers {} elements", indices.values.size()), "one index");
  }
  auto index = static_cast<std::int64_t>(indices.values[0]);
  if (index < 0) index += shape[axis];
  if (index < 0 || index >= shape[axis]) refuse("its index is beyond the axis", "an index of the axis");
  Activation result = std::get<Activation>(taken(node, {{axis, index, 1, 1}}));
  graph::Shape without = result.view.shape();
  if (indices.dimensions.empty()) without.erase(without.begin() + static_cast<std::ptrdiff_t>(axis));
  result.view = *result.view.reshaped(without);
  return result;
}

Value GraphImporter::concatenation(const Node& node) {
  std::vector<Activation> operands;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (is_constant(node, i)) refuse("it joins a constant to an activation", "activations");
    operands.push_back(activation(node, i));
  }
  graph::Shape shape = operands[0].view.shape();
  const std::size_t axis = graph::axis_of(node.integer("axis", 0), shape.size());
  for (std::size_t i = 1; i < operands.size(); ++i) {
    graph::Shape next = operands[i].view.shape(), expected = shape;
    if (next.size() == shape.size()) expected[axis] = next[axis];
    if (next != expected) {
      refuse(fmt::format("it joins [{}] and [{}]", fmt::join(shape, ", "), fmt::join(next, ", ")),
             "shapes that differ along its axis only");
    }
    shape[axis] += next[axis];
  }
  PendingLayer pending = rearrangement(node, operands, shape, operands[0].view.memory_order());
  auto& blocks = std::get<RearrangeOperation>(*pending.layer.operation).blocks;
  std::int64_t start = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::int64_t count = operands[i].view.extent(axis);
    const auto part =
        View::copy(operands[i].view, *pending.view.sliced(axis, start, count), static_cast<std::uint32_t>(i));
    blocks.insert(blocks.end(), part.begin(), part.end());
    start += count;
  }
  return pending;
}

Value GraphImporter::pad(const Node& node) {
  std::map<std::size_t, graph::ConstantTensor> storage;
  const graph::Constants inputs = argument_inputs(node, storage);
  const Activation operand = activation(node, 0);
  graph::Shape shape = operand.view.shape();
  const graph::Padding padding = graph::padding_of(node, inputs, shape.size());
  double fill = node.real("value", 0);
  if (inputs.size() > 2 && inputs[2] != nullptr && !inputs[2]->values.empty()) fill = inputs[2]->values[0];
  if (fill != 0) refuse(fmt::format("it pads with {}", fill), "padding with 0");
  for (std::size_t i = 0; i < shape.size(); ++i) shape[i] += padding.before[i] + padding.after[i];
  PendingLayer pending = rearrangement(node, {operand}, shape, operand.view.memory_order());
  View inside = pending.view;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    inside = *inside.sliced(i, padding.before[i], operand.view.extent(i));
  }
  std::get<RearrangeOperation>(*pending.layer.operation).blocks = View::copy(operand.view, inside, 0);
  return pending;
}

Value GraphImporter::resize(const Node& node) {
  std::map<std::size_t, graph::ConstantTensor> storage;
  const Activation operand = activation(node, 0);
  graph::Shape shape = operand.view.shape();
  const graph::Shape factors = graph::resize_factors(node, argument_inputs(node, storage), shape);
  View repeated = operand.view;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    repeated = repeated.repeated(i, factors[i]);
    shape[i] *= factors[i];
  }
  PendingLayer pending = rearrangement(node, {operand}, shape, operand.view.memory_order());
  std::get<RearrangeOperation>(*pending.layer.operation).blocks = View::copy(repeated, pending.view, 0);
  return pending;
}

Value GraphImporter::shape(const Node& node) {
  const graph::Shape shape = view_of(node, 0).shape();
  const graph::ConstantTensor tensor{
      graph::ElementType::int64, {static_cast<std::int64_t>(shape.size())}, {shape.begin(), shape.end()}};
  return WeightSum{WeightPart{tensor, {1.0}, 0, true}};
}

}  // namespace terse::compiler::importer
