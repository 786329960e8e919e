// MaxPool, AveragePool, GlobalAveragePool and ReduceMean.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/import/graph_importer.hpp"

namespace terse::compiler::importer {

PendingLayer GraphImporter::pooling_layer(const Node& node, LayerKind kind) {
  const Activation source = activation(node, 0);
  const bool one_dimensional = source.view.rank() == 3;
  const Activation operand = image(node, source);
  const Tensor& input = network_.tensors[operand.tensor];
  const bool global = node.operation == "GlobalAveragePool";
  const graph::WindowArguments w = graph::window_arguments(
      node, global ? graph::Shape{input.height, input.width} : node.integers("kernel_shape", {}),
      {input.height, input.width});
  if (w.dilations != graph::Shape{1, 1}) refuse("its window is dilated", "dilation 1");
  PendingLayer pending;
  pending.layer.name = node.name;
  pending.layer.kind = kind;
  pending.layer.input = operand.tensor;
  pending.layer.window = window_of(w);
  const graph::Shape shape{1, input.channels, w.outputs[0], w.outputs[1]};
  pending.shape = stored_shape(shape, {0, 2, 3, 1});
  pending.view = View(shape, {0, 2, 3, 1});
  if (one_dimensional) pending.view = *pending.view.reshaped({1, shape[1], shape[3]});
  pending.root = "layer " + node.outputs[0];
  return pending;
}

Value GraphImporter::max_pool(const Node& node) {
  if (node.outputs.size() > 1 && !node.outputs[1].empty()) {
    refuse("it has a second output (indices)", "one output");
  }
  PendingLayer pending = pooling_layer(node, LayerKind::max_pool);
  pending.dense.assign(pending.shape.channels, network_.tensors[pending.layer.input].scale);
  pending.keeps_grid = true;
  return pending;
}

Value GraphImporter::average_pool(const Node& node) {
  PendingLayer pending = pooling_layer(node, LayerKind::average_pool);
  const Window& w = pending.layer.window;
  const bool is_padded = w.pad_top + w.pad_left + w.pad_bottom + w.pad_right != 0;
  const Tensor& input = network_.tensors[pending.layer.input];
  if (is_padded && (node.integer("count_include_pad", 0) == 0 || node.integer("ceil_mode", 0) != 0)) {
    refuse("windows at the border would have another divisor",
           "AveragePool without padding, or with count_include_pad 1 and ceil_mode 0");
  }
  if (is_padded && input.zero_point != 0) {
    refuse(fmt::format("it pads an input with zero point {}", input.zero_point),
           "AveragePool without padding where the zero point is not 0");
  }
  pending.dense.assign(pending.shape.channels, input.scale / (static_cast<double>(w.kernel_height) * w.kernel_width));
  return pending;
}

/// The mean of all pixels of the stored tensor, whose channel the view's remaining elements are.
PendingLayer GraphImporter::pooling_over_all(const Node& node, const Activation& source, View view) {
  const Tensor& input = network_.tensors[source.tensor];
  constexpr std::uint32_t greatest_window = 255;
  if (input.height > greatest_window || input.width > greatest_window) {
    refuse(fmt::format("it averages {} x {} elements", input.height, input.width), "windows up to 255 x 255");
  }
  PendingLayer pending;
  pending.layer.name = node.name;
  pending.layer.kind = LayerKind::average_pool;
  pending.layer.input = source.tensor;
  pending.layer.window.kernel_height = input.height;
  pending.layer.window.kernel_width = input.width;
  pending.shape.channels = input.channels;
  pending.view = std::move(view);
  pending.dense.assign(input.channels, input.scale / (static_cast<double>(input.height) * input.width));
  pending.root = "layer " + node.outputs[0];
  return pending;
}

Value GraphImporter::reduce_mean(const Node& node) {
  std::map<std::size_t, graph::ConstantTensor> storage;
  const Activation operand = activation(node, 0);
  const graph::Shape shape = operand.view.shape();
  const std::vector<std::size_t> axes = graph::reduced_axes(node, argument_inputs(node, storage), shape.size());
  std::vector<std::size_t> kept, order;
  graph::Shape result = shape, without;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool reduced = std::find(axes.begin(), axes.end(), i) != axes.end();
    if (reduced) result[i] = 1;
    if (!reduced) without.push_back(shape[i]);
    (reduced ? order : kept).push_back(i);
  }
  order.insert(order.end(), kept.begin(), kept.end());
  std::int64_t channels = 1;
  for (const std::size_t axis : kept) channels *= shape[axis];
  // [averaged elements, kept elements], the kept ones as channels.
  const auto flat = operand.view.transposed(order).reshaped({operand.view.elements() / channels, channels});
  Activation source = flat ? Activation{operand.tensor, *flat, true} : arranged(node, operand, order);
  if (!flat) source.view = *source.view.transposed(order).reshaped({operand.view.elements() / channels, channels});
  source = channelwise(node, source, 1);
  if (node.integer("keepdims", 1) == 0) result = without;
  std::vector<std::size_t> packed(result.size());
  for (std::size_t i = 0; i < packed.size(); ++i) packed[i] = i;
  return pooling_over_all(node, source, View(result, packed));
}

}  // namespace terse::compiler::importer
