// Conv, Gemm, MatMul, BatchNormalization and Add of the ONNX importer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/layer_geometry.hpp"
#include "compiler/onnx/graph_importer.hpp"

namespace terse::compiler::onnx_import {

namespace {

constexpr std::int64_t greatest_window_field = 255;  // kernel, stride, dilation and padding registers have 8 bits

bool all_zero(const std::vector<std::int8_t>& values) {
  return std::all_of(values.begin(), values.end(), [](std::int8_t v) { return v == 0; });
}

bool all_zero(const std::vector<std::int16_t>& values) {
  return std::all_of(values.begin(), values.end(), [](std::int16_t v) { return v == 0; });
}

}  // namespace

void GraphImporter::apply_weights(const Node& node, const WeightSum& weights, const WeightOrder& order,
                                  PendingLayer& pending) {
  const std::size_t position = weighted_layers_seen_++;
  const bool is_edge = position == 0 || position + 1 == weighted_layers_;
  const DecompositionOptions& options = options_.decomposition;
  const bool decomposes = options.decompose && (options.first_and_last || !is_edge);
  SplitWeights split;
  try {
    split = split_weights(weights, order, decomposes ? &options : nullptr);
  } catch (const CompileError& error) {
    throw CompileError(fmt::format("{}: node '{}' ({}): {}", file_, node.name, node.operation, error.what()));
  }
  if (!split.ternary.empty() && all_zero(split.values)) {  // a pass over zeros only costs cycles
    split.values.clear();
    split.pattern = {};
  }
  if (!split.values.empty() && all_zero(split.ternary)) split.ternary.clear();

  const double input_scale = network_.tensors[pending.layer.input].scale;
  const auto in_real = [&](const std::vector<double>& scale, bool present) {
    std::vector<double> result;
    for (std::size_t o = 0; present && o < scale.size(); ++o) result.push_back(scale[o] * input_scale);
    return result;
  };
  pending.dense = in_real(split.ternary_scale, !split.ternary.empty());
  pending.sparse = in_real(split.value_scale, !split.values.empty());
  pending.layer.ternary = std::move(split.ternary);
  pending.layer.high_precision = std::move(split.values);
  pending.layer.value_bits = split.value_bits;
  pending.layer.pattern = split.pattern;
  pending.layer.weight_error = split.error;
}

void GraphImporter::apply_bias(const Node& node, double factor, PendingLayer& pending) const {
  pending.bias.assign(pending.shape.channels, 0.0);
  if (node.input(2).empty()) return;
  pending.bias = per_channel(node, 2, pending.shape.channels);
  for (double& bias : pending.bias) bias *= factor;
}

void GraphImporter::pad_automatically(const Node& node, const Tensor& input, Window& window) const {
  const std::string mode = node.text("auto_pad", "NOTSET");
  if (mode == "NOTSET" || mode == "VALID") return;
  if (mode != "SAME_UPPER" && mode != "SAME_LOWER") {
    refuse(node, fmt::format("its auto_pad is '{}'", mode), "NOTSET, VALID, SAME_UPPER and SAME_LOWER");
  }
  const auto distribute = [&](std::uint32_t size, std::uint32_t kernel, std::uint32_t dilation, std::uint32_t stride,
                              std::uint32_t& before, std::uint32_t& after) {
    const std::uint32_t needed = ((size + stride - 1) / stride - 1) * stride + (kernel - 1) * dilation + 1;
    const std::uint32_t total = needed > size ? needed - size : 0;
    before = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
    after = total - before;
  };
  distribute(input.height, window.kernel_height, window.dilation_y, window.stride_y, window.pad_top, window.pad_bottom);
  distribute(input.width, window.kernel_width, window.dilation_x, window.stride_x, window.pad_left, window.pad_right);
}

Window GraphImporter::window(const Node& node, std::vector<std::int64_t> kernel, const Tensor& input) const {
  const std::vector<std::int64_t> strides = node.integers("strides", {1, 1});
  const std::vector<std::int64_t> dilations = node.integers("dilations", {1, 1});
  const std::vector<std::int64_t> pads = node.integers("pads", {0, 0, 0, 0});
  if (kernel.size() != 2 || strides.size() != 2 || dilations.size() != 2 || pads.size() != 4) {
    refuse(node, fmt::format("its window has {} dimensions", kernel.size()), "two-dimensional windows");
  }
  const auto field = [&](const char* name, std::int64_t value, std::int64_t least) {
    if (value < least || value > greatest_window_field) {
      refuse(node, fmt::format("its {} is {}", name, value), fmt::format("{} to {}", least, greatest_window_field));
    }
    return static_cast<std::uint32_t>(value);
  };
  Window result;
  result.kernel_height = field("kernel height", kernel[0], 1);
  result.kernel_width = field("kernel width", kernel[1], 1);
  result.stride_y = field("stride", strides[0], 1);
  result.stride_x = field("stride", strides[1], 1);
  result.dilation_y = field("dilation", dilations[0], 1);
  result.dilation_x = field("dilation", dilations[1], 1);
  result.pad_top = field("padding", pads[0], 0);
  result.pad_left = field("padding", pads[1], 0);
  result.pad_bottom = field("padding", pads[2], 0);
  result.pad_right = field("padding", pads[3], 0);
  pad_automatically(node, input, result);
  return result;
}

Value GraphImporter::convolution(const Node& node) {
  const Activation operand = activation(node, 0);
  const Tensor input = network_.tensors[operand.tensor];
  const WeightSum& weights = constant(node, 1);
  const std::vector<std::int64_t>& dimensions = weights[0].tensor.dimensions;
  if (dimensions.size() != 4 || operand.flattened) {
    refuse(node, fmt::format("its weight has shape [{}]", fmt::join(dimensions, ", ")),
           "two-dimensional convolutions, weight [outputs, inputs, height, width]");
  }
  if (node.integer("group", 1) != 1) {
    refuse(node, fmt::format("it has {} groups", node.integer("group", 1)), "group 1");
  }
  if (dimensions[1] != input.channels) {
    refuse(node, fmt::format("its weight has {} input channels, its input {}", dimensions[1], input.channels),
           "equal numbers");
  }
  PendingLayer pending;
  Window& w = pending.layer.window;
  w = window(node, {dimensions[2], dimensions[3]}, input);
  pending.layer.name = node.name;
  pending.layer.kind = LayerKind::convolution;
  pending.layer.input = operand.tensor;
  pending.shape.channels = static_cast<std::uint32_t>(dimensions[0]);
  pending.shape.height =
      window_outputs(input.height, w.pad_top, w.pad_bottom, w.kernel_height, w.dilation_y, w.stride_y);
  pending.shape.width = window_outputs(input.width, w.pad_left, w.pad_right, w.kernel_width, w.dilation_x, w.stride_x);
  if (pending.shape.elements() == 0) {
    refuse(node, fmt::format("its window does not fit the {} x {} input", input.height, input.width),
           "windows within the padded input");
  }
  WeightOrder order;
  order.output_channels = pending.shape.channels;
  const std::size_t channels = input.channels;
  const std::size_t taps = std::size_t{w.kernel_height} * w.kernel_width;
  order.weights_per_channel = channels * taps;
  order.element = [channels, taps](std::size_t o, std::size_t k) {  // [o][c][tap] from k = tap * channels + c
    return (o * channels + k % channels) * taps + k / channels;
  };
  apply_weights(node, weights, order, pending);
  apply_bias(node, 1.0, pending);
  return pending;
}

Value GraphImporter::fully_connected(const Node& node) {
  const Activation operand = activation(node, 0);
  const Tensor input = network_.tensors[operand.tensor];
  const WeightSum& weights = constant(node, 1);
  const std::vector<std::int64_t>& dimensions = weights[0].tensor.dimensions;
  const bool is_gemm = node.operation == "Gemm";
  const bool transposed = is_gemm && node.integer("transB", 0) != 0;
  if (is_gemm && node.integer("transA", 0) != 0) refuse(node, "transA is set", "transA 0");
  if (dimensions.size() != 2) {
    refuse(node, fmt::format("its weight has shape [{}]", fmt::join(dimensions, ", ")), "a matrix");
  }
  const auto inputs = static_cast<std::size_t>(dimensions[transposed ? 1 : 0]);
  const auto outputs = static_cast<std::size_t>(dimensions[transposed ? 0 : 1]);
  if (!operand.flattened || inputs != input.elements()) {
    refuse(node,
           fmt::format("its weight takes {} inputs, its input is {}[{}, {}, {}]", inputs,
                       operand.flattened ? "flattened " : "", input.channels, input.height, input.width),
           "Flatten or Reshape to [N, inputs] before it");
  }
  PendingLayer pending;
  pending.layer.name = node.name;
  pending.layer.kind = LayerKind::fully_connected;
  pending.layer.input = operand.tensor;
  pending.shape.channels = static_cast<std::uint32_t>(outputs);
  pending.flattened = true;

  WeightOrder order;
  order.output_channels = outputs;
  order.weights_per_channel = inputs;
  order.output_axis = transposed ? 0 : 1;
  const std::size_t pixels = std::size_t{input.height} * input.width;
  const std::size_t channels = input.channels;
  order.element = [=](std::size_t o, std::size_t k) {  // the file flattens [c][pixel], k = pixel * channels + c
    const std::size_t flat = k % channels * pixels + k / channels;
    return transposed ? o * inputs + flat : flat * outputs + o;
  };
  apply_weights(node, weights, order, pending);
  const double alpha = is_gemm ? node.real("alpha", 1.0) : 1.0;
  for (double& factor : pending.dense) factor *= alpha;
  for (double& factor : pending.sparse) factor *= alpha;
  apply_bias(node, is_gemm ? node.real("beta", 1.0) : 1.0, pending);
  return pending;
}

Value GraphImporter::batch_normalization(const Node& node) {
  const auto* source = std::get_if<PendingLayer>(&value(node, 0));
  if (source == nullptr || !source->has_weights() || source->bounded || source->layer.residual != Layer::no_tensor) {
    refuse(node, fmt::format("its input '{}' is not directly a convolution or fully connected layer", node.input(0)),
           "BatchNormalization right after Conv, Gemm or MatMul");
  }
  if (node.integer("training_mode", 0) != 0) refuse(node, "training_mode is set", "inference (training_mode 0)");
  PendingLayer pending = *source;
  const std::uint32_t channels = pending.shape.channels;
  const std::vector<double> gamma = per_channel(node, 1, channels), beta = per_channel(node, 2, channels);
  const std::vector<double> mean = per_channel(node, 3, channels), variance = per_channel(node, 4, channels);
  const double epsilon = node.real("epsilon", 1e-5);
  for (std::uint32_t o = 0; o < channels; ++o) {
    const double factor = gamma[o] / std::sqrt(variance[o] + epsilon);
    if (!pending.dense.empty()) pending.dense[o] *= factor;
    if (!pending.sparse.empty()) pending.sparse[o] *= factor;
    pending.bias[o] = (pending.bias[o] - mean[o]) * factor + beta[o];
  }
  return pending;
}

// -- addition ------------------------------------------------------------------------------------------------------

Value GraphImporter::add(const Node& node) {
  const auto* first = std::get_if<WeightSum>(&value(node, 0));
  const auto* second = std::get_if<WeightSum>(&value(node, 1));
  if (first == nullptr && second == nullptr) return add_activations(node);
  if (first == nullptr) return add_constant(node, 0, 1);
  if (second == nullptr) return add_constant(node, 1, 0);
  if ((*first)[0].tensor.dimensions != (*second)[0].tensor.dimensions) {
    refuse(node, "it adds constants of different shapes", "equal shapes");
  }
  WeightSum sum = *first;
  sum.insert(sum.end(), second->begin(), second->end());
  return sum;
}

Value GraphImporter::add_constant(const Node& node, std::size_t variable, std::size_t constant_index) {
  const auto* source = std::get_if<PendingLayer>(&value(node, variable));
  PendingLayer pending = source != nullptr ? *source : copy_of(node, activation(node, variable));
  if (pending.bounded)
    refuse(node, "it adds to the output of Relu or Clip, which is not quantized", "a bias before it");
  const std::vector<std::int64_t>& dimensions = constant(node, constant_index)[0].tensor.dimensions;
  // Broadcast over everything but the channel, which is second of four or last of two dimensions.
  const std::size_t after_channel = pending.flattened ? 0 : 2;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    if (dimensions[i] != 1 && dimensions.size() - 1 - i != after_channel) {
      refuse(node, fmt::format("it adds a constant of shape [{}]", fmt::join(dimensions, ", ")),
             "one number, or one per channel ([C, 1, 1] after a convolution, [C] after a fully connected layer)");
    }
  }
  const std::vector<double> bias = per_channel(node, constant_index, pending.shape.channels);
  pending.bias.resize(pending.shape.channels, 0.0);
  for (std::size_t o = 0; o < bias.size(); ++o) pending.bias[o] += bias[o];
  pending.keeps_grid = false;
  return pending;
}

Value GraphImporter::add_activations(const Node& node) {
  const auto can_take_residual = [&](std::size_t index) {
    const auto* pending = std::get_if<PendingLayer>(&value(node, index));
    return pending != nullptr && !pending->keeps_grid;
  };
  const std::size_t receiver = can_take_residual(1) && !can_take_residual(0) ? 1 : 0;
  const Activation addend = activation(node, 1 - receiver);
  PendingLayer pending;
  if (can_take_residual(receiver)) {
    pending = std::get<PendingLayer>(value(node, receiver));
    if (pending.bounded || pending.layer.residual != Layer::no_tensor) {
      refuse(node,
             fmt::format("its operand '{}' is the result of a Relu, Clip or Add that is not quantized",
                         node.input(receiver)),
             "one Add after a convolution, fully connected or pooling layer, or the output of DequantizeLinear");
    }
  } else {
    pending = copy_of(node, activation(node, receiver));
    pending.layer.kind = LayerKind::add;
  }
  const Tensor& tensor = network_.tensors[addend.tensor];
  if (tensor.height != pending.shape.height || tensor.width != pending.shape.width ||
      tensor.channels != pending.shape.channels) {
    refuse(node,
           fmt::format("it adds [{}, {}, {}] and [{}, {}, {}]", pending.shape.channels, pending.shape.height,
                       pending.shape.width, tensor.channels, tensor.height, tensor.width),
           "equal shapes");
  }
  pending.layer.residual = addend.tensor;
  pending.residual = tensor.scale;
  return pending;
}

}  // namespace terse::compiler::onnx_import
