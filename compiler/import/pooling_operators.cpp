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
  if (w.pad_top + w.pad_left + w.pad_bottom + w.pad_right != 0) return padded_average(node, pending);
  pending.dense.assign(pending.shape.channels, network_.tensors[pending.layer.input].scale /
                                                   (static_cast<double>(w.kernel_height) * w.kernel_width));
  return pending;
}

/// Padding counts, or it does not, which makes the divisor differ at the border.
Value GraphImporter::padded_average(const Node& node, const PendingLayer& pool) {
  if (node.integer("count_include_pad", 0) == 0) return average_by_region(node, pool);
  if (node.integer("ceil_mode", 0) != 0) {
    refuse("windows at the border would have another divisor", "count_include_pad 1 with ceil_mode 0");
  }
  PendingLayer pending = pool;
  const Window& w = pending.layer.window;
  const Tensor& input = network_.tensors[pending.layer.input];
  const std::size_t taps = std::size_t{w.kernel_height} * w.kernel_width;
  pending.dense.assign(pending.shape.channels, input.scale / static_cast<double>(taps));
  if (input.zero_point == 0) return pending;
  // A pool pads with 0, a convolution with the zero point: a sum over the window is one with weights of 1.
  pending.layer.kind = LayerKind::convolution;
  pending.layer.groups = input.channels;
  pending.layer.ternary.assign(input.channels * taps, 1);
  return pending;
}

namespace {

/// Outputs in a row along one axis whose windows have as many elements inside the input.
struct OutputRange {
  std::uint32_t first = 0, count = 0;
  std::uint32_t input = 0, kernel = 0;  ///< First element of the first window, and elements of each.
};

std::vector<OutputRange> ranges_of(std::uint32_t outputs, std::uint32_t size, std::uint32_t kernel,
                                   std::uint32_t stride, std::uint32_t pad) {
  std::vector<OutputRange> result;
  for (std::uint32_t o = 0; o < outputs; ++o) {
    const std::int64_t start = std::int64_t{o} * stride - pad;
    const auto first = static_cast<std::uint32_t>(std::max<std::int64_t>(start, 0));
    const auto end = static_cast<std::uint32_t>(std::min<std::int64_t>(start + kernel, size));
    const bool continues = !result.empty() && result.back().kernel == end - first &&
                           result.back().input + result.back().count * stride == first;
    if (continues) {
      ++result.back().count;
    } else {
      result.push_back({o, 1, first, end - first});
    }
  }
  return result;
}

}  // namespace

/// Windows with the same divisor are a pool of their own, over a part of the input and without padding.
Value GraphImporter::average_by_region(const Node& node, const PendingLayer& pool) {
  const auto reader = std::find_if(model_.nodes.begin(), model_.nodes.end(), [&](const Node& other) {
    return other.input(0) == node.outputs[0] && other.operation == "QuantizeLinear";
  });
  if (reader == model_.nodes.end() || graph::readers(model_).at(node.outputs[0]) != 1) {
    refuse("windows at the border have another divisor, and its output is not quantized right after it",
           "QuantizeLinear after an average that excludes padding");
  }
  const ActivationFormat format = activation_format(*reader);
  const Window& w = pool.layer.window;
  const Tensor input = network_.tensors[pool.layer.input];
  const View whole({1, input.channels, input.height, input.width}, {0, 2, 3, 1});
  std::vector<Activation> parts;
  std::vector<View> places;
  const View output({1, input.channels, pool.shape.height, pool.shape.width}, {0, 2, 3, 1});
  for (const OutputRange& rows : ranges_of(pool.shape.height, input.height, w.kernel_height, w.stride_y, w.pad_top)) {
    for (const OutputRange& columns :
         ranges_of(pool.shape.width, input.width, w.kernel_width, w.stride_x, w.pad_left)) {
      Node part{.name = fmt::format("{}.{}.{}", node.name, rows.first, columns.first)};
      const View view = *whole.sliced(2, rows.input, (rows.count - 1) * w.stride_y + rows.kernel)
                             ->sliced(3, columns.input, (columns.count - 1) * w.stride_x + columns.kernel);
      PendingLayer region = pool;
      region.layer.name = part.name;
      region.layer.input = image(part, {pool.layer.input, view, true}).tensor;
      Window& window = region.layer.window;
      window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = 0;
      window.kernel_height = rows.kernel;
      window.kernel_width = columns.kernel;
      region.shape.height = rows.count;
      region.shape.width = columns.count;
      region.view = View({1, input.channels, rows.count, columns.count}, {0, 2, 3, 1});
      region.dense.assign(input.channels, input.scale / (static_cast<double>(rows.kernel) * columns.kernel));
      parts.push_back(finish_layer(region, format));
      places.push_back(*output.sliced(2, rows.first, rows.count)->sliced(3, columns.first, columns.count));
    }
  }
  PendingLayer joined = rearrangement(node, parts, output.shape(), {0, 2, 3, 1});
  auto& blocks = std::get<RearrangeOperation>(*joined.layer.operation).blocks;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto copied = View::copy(parts[i].view, places[i], static_cast<std::uint32_t>(i));
    blocks.insert(blocks.end(), copied.begin(), copied.end());
  }
  joined.view = pool.view;
  return joined;
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
