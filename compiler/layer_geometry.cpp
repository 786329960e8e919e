#include "compiler/layer_geometry.hpp"

#include <algorithm>

namespace terse::compiler {

LayerGeometry geometry_of(const Layer& layer, const std::vector<Tensor>& tensors) {
  const Tensor& input = tensors[layer.input];
  const Tensor& output = tensors[layer.output];
  LayerGeometry geometry;
  geometry.input_height = input.height;
  geometry.input_width = input.width;
  geometry.input_channels = input.channels;
  geometry.window = layer.window;
  if (layer.kind == LayerKind::fully_connected) {
    geometry.input_height = geometry.input_width = 1;
    geometry.input_channels = static_cast<std::uint32_t>(input.elements());
    geometry.window = {};
  }
  geometry.output_height = output.height;
  geometry.output_width = output.width;
  geometry.output_channels = output.channels;
  geometry.output_element_bytes = output.element_bytes();
  geometry.has_weights = layer.kind == LayerKind::convolution || layer.kind == LayerKind::fully_connected;
  geometry.has_residual = layer.residual != Layer::no_tensor;
  const Window& w = geometry.window;
  const bool pads = (w.pad_top | w.pad_left | w.pad_bottom | w.pad_right) != 0;
  // Padding takes no part in a maximum.
  geometry.stores_padding = pads && input.zero_point != 0 && layer.kind != LayerKind::max_pool;
  if (geometry.has_weights) {
    geometry.groups = layer.groups;
    geometry.weights_per_channel = geometry.kernel_positions() * (geometry.input_channels / geometry.groups);
  }
  return geometry;
}

ChannelSlice LayerGeometry::input_slice(std::uint32_t first_channel, std::uint32_t channels) const {
  if (!has_weights) return {first_channel, channels};
  if (groups == 1) return {0, input_channels};
  const std::uint32_t outputs = output_channels / groups, inputs = input_channels / groups;
  const std::uint32_t first = first_channel / outputs, last = (first_channel + channels - 1) / outputs;
  return {first * inputs, (last - first + 1) * inputs};
}

std::uint32_t LayerGeometry::widest_slice(std::uint32_t channels) const {
  if (!has_weights) return channels;
  if (groups == 1) return input_channels;
  std::uint32_t widest = 0;
  for (std::uint32_t first = 0; first < output_channels; first += channels) {
    widest = std::max(widest, input_slice(first, std::min(channels, output_channels - first)).count);
  }
  return widest;
}

std::uint32_t window_outputs(std::uint32_t size, std::uint32_t pad_before, std::uint32_t pad_after,
                             std::uint32_t kernel, std::uint32_t dilation, std::uint32_t stride) {
  const std::uint64_t padded = std::uint64_t{size} + pad_before + pad_after;
  const std::uint64_t extent = std::uint64_t{kernel - 1} * dilation + 1;
  return padded < extent ? 0 : static_cast<std::uint32_t>((padded - extent) / stride + 1);
}

InputSpan input_span(std::uint32_t first, std::uint32_t count, std::uint32_t size, std::uint32_t pad_before,
                     std::uint32_t kernel, std::uint32_t dilation, std::uint32_t stride) {
  const std::int64_t begin = std::int64_t{first} * stride - pad_before;
  const std::int64_t end = begin + std::int64_t{count - 1} * stride + std::int64_t{kernel - 1} * dilation + 1;
  const std::int64_t clipped_begin = std::max<std::int64_t>(begin, 0);
  const std::int64_t clipped_end = std::min<std::int64_t>(end, size);
  return {static_cast<std::uint32_t>(clipped_begin), static_cast<std::uint32_t>(clipped_end - clipped_begin),
          static_cast<std::uint32_t>(clipped_begin - begin), static_cast<std::uint32_t>(end - clipped_end)};
}

}  // namespace terse::compiler
