#include "tests/compiler/random_network.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "tests/compiler/random_core_layer.hpp"

namespace terse::testing {

using compiler::Layer;
using compiler::LayerKind;
using compiler::Pattern;
using compiler::QuantizedNetwork;
using compiler::Requantization;
using compiler::Tensor;
using compiler::Window;

std::int64_t RandomNetwork::number(std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
}

QuantizedNetwork RandomNetwork::network() {
  QuantizedNetwork network;
  network.name = "random";
  Tensor input;
  input.name = "input";
  input.height = static_cast<std::uint32_t>(number(1, 9));
  input.width = static_cast<std::uint32_t>(number(1, 9));
  input.channels = static_cast<std::uint32_t>(number(1, 12));
  input.is_signed = chance(0.3);
  choose_zero_point(input);
  network.tensors.push_back(input);
  const std::int64_t layers = number(1, 4);
  for (std::int64_t i = 0; i < layers; ++i) {
    if (with_core_ && chance(0.6)) {
      add_core(network);
      continue;
    }
    const std::int64_t kind = number(0, 9);
    if (kind < 6) {
      add_convolution(network);
    } else if (kind < 8) {
      add_pool(network);
    } else {
      add_addition(network);
    }
  }
  if (chance(0.5)) add_fully_connected(network);
  network.output = network.tensors.size() - 1;
  return network;
}

std::vector<std::uint8_t> RandomNetwork::input(const QuantizedNetwork& network) {
  std::vector<std::uint8_t> bytes(network.tensors[network.input].elements());
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(number(0, 255));
  return bytes;
}

Pattern RandomNetwork::pattern() {
  using Kind = Pattern::Kind;
  switch (number(0, 2)) {
    case 0:
      return {Kind::unstructured, 0, 0};
    case 1:
      return {Kind::dense, 0, 0};
    default:
      break;
  }
  const std::uint32_t m = static_cast<std::uint32_t>(number(1, 40));
  return {Kind::n_of_m, static_cast<std::uint32_t>(number(1, std::min<std::uint32_t>(m, 3))), m};
}

std::vector<std::int16_t> RandomNetwork::values(std::size_t channels, std::size_t per_channel, const Pattern& pattern,
                                                std::uint32_t bits, double density) {
  std::vector<std::int16_t> result(channels * per_channel, 0);
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  const auto value = [&] { return static_cast<std::int16_t>(number(-limit, limit - 1)); };
  if (pattern.kind != Pattern::Kind::n_of_m) {
    for (std::int16_t& v : result) {
      if (pattern.kind == Pattern::Kind::dense || chance(density)) v = value();
    }
    return result;
  }
  for (std::size_t row = 0; row < result.size(); row += per_channel) {
    for (std::size_t group = 0; group < per_channel; group += pattern.m) {
      const std::size_t size = std::min<std::size_t>(pattern.m, per_channel - group);
      for (std::uint32_t i = 0; i < pattern.n; ++i) {  // two may hit one place: fewer than N is legal
        result[row + group + static_cast<std::size_t>(number(0, static_cast<std::int64_t>(size) - 1))] = value();
      }
    }
  }
  return result;
}

void RandomNetwork::set_weights(Layer& layer, std::size_t channels, std::size_t per_channel) {
  const bool dense = chance(0.8);
  if (dense) {
    for (std::size_t i = 0; i < channels * per_channel; ++i) {
      layer.ternary.push_back(static_cast<std::int8_t>(number(-1, 1)));
    }
  }
  if (dense && chance(0.2)) return;
  layer.pattern = pattern();
  // 16 bits only where the sum of all products stays within 32.
  layer.value_bits = 4u << number(0, per_channel < 400 ? 2 : 1);
  const double density = chance(0.2) ? 0.0 : 0.05;
  layer.high_precision = values(channels, per_channel, layer.pattern, layer.value_bits, density);
}

void RandomNetwork::choose_window(QuantizedNetwork& network, Layer& layer, Tensor& output,
                                  std::uint32_t greatest_kernel, bool dilated) {
  const Tensor& input = network.tensors[layer.input];
  Window& w = layer.window;
  const auto choose = [&](std::uint32_t size, std::uint32_t& kernel, std::uint32_t& stride, std::uint32_t& dilation,
                          std::uint32_t& before, std::uint32_t& after) {
    std::uint32_t extent = 0;
    do {
      kernel = static_cast<std::uint32_t>(number(1, greatest_kernel));
      dilation = dilated && chance(0.3) ? 2 : 1;
      extent = (kernel - 1) * dilation + 1;
      before = static_cast<std::uint32_t>(number(0, extent - 1));
      after = static_cast<std::uint32_t>(number(0, extent - 1));
    } while (size + before + after < extent);
    stride = static_cast<std::uint32_t>(number(1, 3));
    return (size + before + after - extent) / stride + 1;
  };
  output.height = choose(input.height, w.kernel_height, w.stride_y, w.dilation_y, w.pad_top, w.pad_bottom);
  output.width = choose(input.width, w.kernel_width, w.stride_x, w.dilation_x, w.pad_left, w.pad_right);
}

void RandomNetwork::add_convolution(QuantizedNetwork& network) {
  Layer layer;
  layer.kind = LayerKind::convolution;
  layer.input = network.tensors.size() - 1;
  Tensor output;
  choose_window(network, layer, output, 5, true);
  output.channels = static_cast<std::uint32_t>(number(1, 20));
  const std::uint32_t inputs = network.tensors[layer.input].channels;
  if (chance(0.4)) {
    do {
      layer.groups = static_cast<std::uint32_t>(number(1, inputs));
    } while (inputs % layer.groups != 0);
    output.channels = layer.groups * static_cast<std::uint32_t>(number(1, layer.groups < 8 ? 4 : 2));
  }
  const std::size_t per_channel =
      std::size_t{layer.window.kernel_height} * layer.window.kernel_width * (inputs / layer.groups);
  set_weights(layer, output.channels, per_channel);
  finish(network, layer, output, static_cast<double>(per_channel), false);
}

void RandomNetwork::add_fully_connected(QuantizedNetwork& network) {
  Layer layer;
  layer.kind = LayerKind::fully_connected;
  layer.input = network.tensors.size() - 1;
  Tensor output;
  output.channels = static_cast<std::uint32_t>(number(1, 20));
  const std::size_t per_channel = network.tensors[layer.input].elements();
  set_weights(layer, output.channels, per_channel);
  finish(network, layer, output, static_cast<double>(per_channel), chance(0.5));
}

void RandomNetwork::add_pool(QuantizedNetwork& network) {
  Layer layer;
  layer.kind = chance(0.5) ? LayerKind::max_pool : LayerKind::average_pool;
  layer.input = network.tensors.size() - 1;
  Tensor output;
  choose_window(network, layer, output, 4, false);
  output.channels = network.tensors[layer.input].channels;
  const double terms = layer.kind == LayerKind::max_pool ? 1.0 : layer.window.kernel_height * layer.window.kernel_width;
  finish(network, layer, output, terms, false);
}

void RandomNetwork::add_addition(QuantizedNetwork& network) {
  Layer layer;
  layer.kind = LayerKind::add;
  layer.input = network.tensors.size() - 1;
  layer.residual = layer.input;
  Tensor output = network.tensors[layer.input];
  finish(network, layer, output, 1.0, false);
}

void RandomNetwork::add_core(QuantizedNetwork& network) {
  add_random_core_layer(network, *this);
}

void RandomNetwork::choose_zero_point(Tensor& tensor) {
  if (!chance(0.4)) return;
  tensor.zero_point = static_cast<std::int32_t>(tensor.is_signed ? number(-128, 127) : number(0, 255));
}

void RandomNetwork::finish(QuantizedNetwork& network, Layer layer, Tensor output, double terms, bool words) {
  const bool weighted = layer.kind == LayerKind::convolution || layer.kind == LayerKind::fully_connected;
  if (layer.residual == Layer::no_tensor && chance(0.5)) {
    for (std::size_t i = 0; i < network.tensors.size(); ++i) {
      const Tensor& t = network.tensors[i];
      if (t.height == output.height && t.width == output.width && t.channels == output.channels) layer.residual = i;
    }
  }
  // The spread of the larger pass: 100 for an activation, times that of its weights.
  const double value_spread =
      layer.high_precision.empty() || !weighted ? 1.0 : std::ldexp(0.5, static_cast<int>(layer.value_bits) - 1);
  const int shift = std::max(0, 15 + (words ? 0 : static_cast<int>(std::log2(std::sqrt(terms) * value_spread + 1))));
  for (std::uint32_t o = 0; o < output.channels; ++o) {
    Requantization q;
    q.dense = static_cast<std::int16_t>(number(-32767, 32767));
    q.sparse = static_cast<std::int16_t>(number(-32767, 32767));
    q.residual = static_cast<std::int16_t>(number(-32767, 32767));
    q.shift = static_cast<std::uint8_t>(words ? number(0, 8) : shift);
    q.bias = number(-(std::int64_t{64} << q.shift), std::int64_t{64} << q.shift);
    layer.requantization.push_back(q);
  }
  output.is_signed = words || chance(0.4);
  output.bits = words ? 32 : 8;
  output.scale = 1;
  output.zero_point = 0;
  if (!words) choose_zero_point(output);
  layer.clip_low = output.is_signed ? -128 : 0;
  layer.clip_high = output.is_signed ? 127 : 255;
  if (words) {
    layer.clip_low = INT32_MIN;
    layer.clip_high = INT32_MAX;
  } else if (chance(0.2)) {
    layer.clip_low = static_cast<std::int32_t>(number(layer.clip_low, 10));
    layer.clip_high = static_cast<std::int32_t>(number(50, layer.clip_high));
  }
  layer.name = "layer" + std::to_string(network.layers.size());
  output.name = layer.name;
  layer.output = network.tensors.size();
  network.tensors.push_back(output);
  network.layers.push_back(layer);
}

}  // namespace terse::testing
