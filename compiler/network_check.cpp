#include "compiler/network_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/accumulator_bound.hpp"
#include "compiler/compiler.hpp"
#include "compiler/core_check.hpp"
#include "compiler/layer_geometry.hpp"
#include "compiler/pattern.hpp"

namespace terse::compiler {

namespace {

constexpr std::size_t greatest_layers = 65536;       // TAG has 16 bits for the layer
constexpr std::uint64_t greatest_dimension = 65535;  // fields HEIGHT and WIDTH, and INPUT_CHANNELS
constexpr std::uint32_t greatest_window_field = 255;

template <typename... Arguments>
[[noreturn]] void fail(const Layer& layer, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  throw CompileError(
      fmt::format("layer '{}': {}", layer.name, fmt::format(text, std::forward<Arguments>(arguments)...)));
}

void check_tensor(const Tensor& tensor) {
  if (tensor.elements() == 0 || tensor.height > greatest_dimension || tensor.width > greatest_dimension ||
      tensor.channels > greatest_dimension) {
    throw CompileError(fmt::format("tensor '{}' is {} x {} x {}; each dimension must be 1 to {}", tensor.name,
                                   tensor.height, tensor.width, tensor.channels, greatest_dimension));
  }
  const bool activation = tensor.bits == 2 || tensor.bits == 4 || tensor.bits == 8;
  if (!activation && !(tensor.bits == 32 && tensor.is_signed)) {
    throw CompileError(fmt::format("tensor '{}' has {} {} bits; it must have 2, 4 or 8, or 32 signed", tensor.name,
                                   tensor.bits, tensor.is_signed ? "signed" : "unsigned"));
  }
  const std::int64_t least = tensor.is_signed ? -(std::int64_t{1} << (tensor.bits - 1)) : 0;
  const std::int64_t greatest = least + (std::int64_t{1} << tensor.bits) - 1;
  if (tensor.zero_point < least || tensor.zero_point > greatest) {
    throw CompileError(fmt::format("tensor '{}' has zero point {}; it holds {} to {}", tensor.name, tensor.zero_point,
                                   least, greatest));
  }
}

/// One dimension of a layer's window.
void check_window(const Layer& layer, const char* dimension, std::uint32_t size, std::uint32_t outputs,
                  std::uint32_t before, std::uint32_t after, std::uint32_t kernel, std::uint32_t dilation,
                  std::uint32_t stride) {
  for (const std::uint32_t value : {kernel, dilation, stride}) {
    if (value < 1 || value > greatest_window_field) {
      fail(layer, "a kernel, stride or dilation is {}; the registers hold 1 to {}", value, greatest_window_field);
    }
  }
  const std::uint32_t extent = (kernel - 1) * dilation + 1;
  if (before >= extent || after >= extent || before > greatest_window_field) {
    fail(layer, "padding of {} and {} {} with a window of {}; padding must be smaller than the window, and at most {}",
         before, after, dimension, extent, greatest_window_field);
  }
  const std::uint32_t expected = window_outputs(size, before, after, kernel, dilation, stride);
  if (expected != outputs) {
    fail(layer, "its output has {} {}, its window makes {} of {}", outputs, dimension, expected, size);
  }
}

void check_shapes(const QuantizedNetwork& network, const Layer& layer) {
  const LayerGeometry g = geometry_of(layer, network.tensors);
  const Window& w = g.window;
  if (g.input_channels > greatest_dimension) {
    fail(layer, "{} inputs; a pass takes up to {}", g.input_channels, greatest_dimension);
  }
  check_window(layer, "rows", g.input_height, g.output_height, w.pad_top, w.pad_bottom, w.kernel_height, w.dilation_y,
               w.stride_y);
  check_window(layer, "columns", g.input_width, g.output_width, w.pad_left, w.pad_right, w.kernel_width, w.dilation_x,
               w.stride_x);
  if (!g.has_weights && (g.input_channels != g.output_channels || w.dilation_y != 1 || w.dilation_x != 1)) {
    fail(layer, "pooling and addition keep the number of channels ({} in, {} out) and have no dilation",
         g.input_channels, g.output_channels);
  }
  if (layer.kind == LayerKind::add && (!g.has_residual || w.kernel_height * w.kernel_width != 1)) {
    fail(layer, "addition needs a second operand and a window of 1 x 1");
  }
  if (!g.has_residual) return;
  const Tensor& residual = network.tensors[layer.residual];
  if (residual.height != g.output_height || residual.width != g.output_width ||
      residual.channels != g.output_channels) {
    fail(layer, "its residual '{}' does not have the shape of its output", residual.name);
  }
}

void check_groups(const QuantizedNetwork& network, const Layer& layer) {
  if (layer.groups == 1) return;
  if (layer.kind != LayerKind::convolution) fail(layer, "it has {} groups; only convolutions have", layer.groups);
  const std::uint32_t inputs = network.tensors[layer.input].channels, outputs = network.tensors[layer.output].channels;
  if (layer.groups == 0 || inputs % layer.groups != 0 || outputs % layer.groups != 0) {
    fail(layer, "{} groups of {} input and {} output channels; both must be multiples of the number of groups",
         layer.groups, inputs, outputs);
  }
}

void check_weights(const QuantizedNetwork& network, const Layer& layer) {
  const LayerGeometry g = geometry_of(layer, network.tensors);
  const std::uint64_t count = g.has_weights ? g.output_channels * g.weights_per_channel : 0;
  const auto sized = [&](std::size_t size) { return size == 0 || size == count; };
  if (!sized(layer.ternary.size()) || !sized(layer.high_precision.size()) ||
      (g.has_weights && layer.ternary.empty() && layer.high_precision.empty())) {
    fail(layer, "{} ternary and {} high-precision weights where {} are expected", layer.ternary.size(),
         layer.high_precision.size(), count);
  }
  if (!std::all_of(layer.ternary.begin(), layer.ternary.end(), [](int v) { return v >= -1 && v <= 1; })) {
    fail(layer, "a ternary weight is none of -1, 0 and 1");
  }
  if (layer.high_precision.empty()) return;
  if (std::find(std::begin(value_widths), std::end(value_widths), layer.value_bits) == std::end(value_widths) ||
      narrowest_value_bits(layer.high_precision) > layer.value_bits) {
    fail(layer, "its high-precision values do not fit {} bits, or the width is none of 4, 8 and 16", layer.value_bits);
  }
  const Pattern& pattern = layer.pattern;
  if (pattern.kind == Pattern::Kind::n_of_m && (pattern.n < 1 || pattern.n > pattern.m || pattern.m > 255)) {
    fail(layer, "pattern {}; N:M needs 1 <= N <= M <= 255", to_string(pattern));
  }
  if (!fits_pattern(layer.high_precision, g.weights_per_channel, pattern)) {
    fail(layer,
         "its high-precision weights do not keep its pattern ({}), or have more than 65536 weights per output channel "
         "and no regular pattern",
         to_string(pattern));
  }
}

void check_records(const QuantizedNetwork& network, const Layer& layer) {
  const Tensor& output = network.tensors[layer.output];
  if (layer.requantization.size() != output.channels) {
    fail(layer, "{} requantization records for {} output channels", layer.requantization.size(), output.channels);
  }
  for (const Requantization& q : layer.requantization) {
    if (q.shift > 62 || q.bias > std::int64_t{1} << 62 || q.bias < -(std::int64_t{1} << 62)) {
      fail(layer, "a requantization record has shift {} and bias {}; at most 62 and 2^62", q.shift, q.bias);
    }
  }
}

void check_clip(const QuantizedNetwork& network, const Layer& layer) {
  const Tensor& output = network.tensors[layer.output];
  const double half = std::ldexp(1.0, static_cast<int>(output.bits) - 1);
  const double least = output.is_signed ? -half : 0;
  const double greatest = output.is_signed ? half - 1 : 2 * half - 1;
  if (layer.clip_low > layer.clip_high || layer.clip_low < least || layer.clip_high > greatest) {
    fail(layer, "it clips to {} to {}, its output holds {} to {}", layer.clip_low, layer.clip_high, least, greatest);
  }
}

}  // namespace

void check_network(const QuantizedNetwork& network) {
  if (network.layers.empty()) throw CompileError(fmt::format("network '{}' has no layers", network.name));
  if (network.layers.size() > greatest_layers) {
    throw CompileError(
        fmt::format("network '{}' has {} layers; at most {}", network.name, network.layers.size(), greatest_layers));
  }
  for (const Tensor& tensor : network.tensors) check_tensor(tensor);
  std::vector<bool> made(network.tensors.size(), false);
  if (network.input >= made.size() || network.output >= made.size()) {
    throw CompileError(fmt::format("network '{}': its input or output is no tensor of it", network.name));
  }
  made[network.input] = true;
  for (const Layer& layer : network.layers) {
    const auto readable = [&](std::size_t tensor) {
      return tensor < made.size() && made[tensor] && network.tensors[tensor].bits <= 8;
    };
    if (!readable(layer.input) || (layer.residual != Layer::no_tensor && !readable(layer.residual)) ||
        !std::all_of(layer.more_inputs.begin(), layer.more_inputs.end(), readable)) {
      fail(layer, "it reads a tensor that no layer before it makes, or one of 32 bits");
    }
    if (layer.output >= made.size() || made[layer.output]) fail(layer, "its output is no tensor, or made already");
    made[layer.output] = true;
    if (layer.kind == LayerKind::core) {
      check_core_layer(network, layer);
      check_clip(network, layer);
      continue;
    }
    if (!layer.more_inputs.empty()) fail(layer, "only operations of the core have further inputs");
    check_groups(network, layer);
    check_shapes(network, layer);
    check_weights(network, layer);
    check_records(network, layer);
    check_clip(network, layer);
    check_accumulators(network, layer);
  }
  if (!made[network.output] || network.output == network.input) {
    throw CompileError(fmt::format("network '{}': no layer makes its output", network.name));
  }
}

}  // namespace terse::compiler
