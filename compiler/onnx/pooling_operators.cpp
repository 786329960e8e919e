// MaxPool, AveragePool and GlobalAveragePool of the ONNX importer.
#include <fmt/format.h>

#include "compiler/layer_geometry.hpp"
#include "compiler/onnx/graph_importer.hpp"

namespace terse::compiler::onnx_import {

namespace {

/// Extra padding after the input that makes the rounded-up number of outputs (ceil_mode).
std::uint32_t ceil_padding(std::uint32_t size, std::uint32_t before, std::uint32_t after, std::uint32_t kernel,
                           std::uint32_t stride) {
  const std::uint32_t rest = (size + before + after - kernel) % stride;
  // A last window that would begin in the padding is dropped.
  const std::uint32_t begin = size + before + after - kernel - rest + stride;
  return rest == 0 || begin >= size + before ? 0 : stride - rest;
}

}  // namespace

PendingLayer GraphImporter::pooling_layer(const Node& node, LayerKind kind) {
  const Activation operand = activation(node, 0);
  const Tensor& input = network_.tensors[operand.tensor];
  if (operand.flattened) refuse(node, "its input is flattened", "an image [N, C, H, W]");
  PendingLayer pending;
  pending.layer.name = node.name;
  pending.layer.kind = kind;
  pending.layer.input = operand.tensor;
  const bool global = node.operation == "GlobalAveragePool";
  Window& w = pending.layer.window;
  w = window(node, global ? std::vector<std::int64_t>{input.height, input.width} : node.integers("kernel_shape", {}),
             input);
  if (w.dilation_y != 1 || w.dilation_x != 1) refuse(node, "its window is dilated", "dilation 1");
  if (input.height + w.pad_top + w.pad_bottom < w.kernel_height ||
      input.width + w.pad_left + w.pad_right < w.kernel_width) {
    refuse(node, fmt::format("its window does not fit the {} x {} input", input.height, input.width),
           "windows within the padded input");
  }
  if (node.integer("ceil_mode", 0) != 0) {
    w.pad_bottom += ceil_padding(input.height, w.pad_top, w.pad_bottom, w.kernel_height, w.stride_y);
    w.pad_right += ceil_padding(input.width, w.pad_left, w.pad_right, w.kernel_width, w.stride_x);
  }
  pending.shape.channels = input.channels;
  pending.shape.height = window_outputs(input.height, w.pad_top, w.pad_bottom, w.kernel_height, 1, w.stride_y);
  pending.shape.width = window_outputs(input.width, w.pad_left, w.pad_right, w.kernel_width, 1, w.stride_x);
  return pending;
}

Value GraphImporter::max_pool(const Node& node) {
  if (node.outputs.size() > 1 && !node.outputs[1].empty()) {
    refuse(node, "it has a second output (indices)", "one output");
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
  if (is_padded && (node.integer("count_include_pad", 0) == 0 || node.integer("ceil_mode", 0) != 0)) {
    refuse(node, "windows at the border would have another divisor",
           "AveragePool without padding, or with count_include_pad 1 and ceil_mode 0");
  }
  const double scale = network_.tensors[pending.layer.input].scale;
  pending.dense.assign(pending.shape.channels, scale / (static_cast<double>(w.kernel_height) * w.kernel_width));
  return pending;
}

}  // namespace terse::compiler::onnx_import
