#include "compiler/shapes/seeded_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "compiler/compiler.hpp"
#include "compiler/layer_geometry.hpp"
#include "compiler/shapes/calibration.hpp"
#include "compiler/shapes/core_shapes.hpp"
#include "compiler/shapes/seeded_weights.hpp"
#include "compiler/shapes/shape_text.hpp"

namespace terse::compiler {

namespace {

constexpr std::uint32_t input_stream = std::numeric_limits<std::uint32_t>::max();  // no layer has this index
constexpr std::uint64_t most_weights = std::uint64_t{1} << 30;

class SeededNetwork {
 public:
  explicit SeededNetwork(const NetworkShape& shape) : shape_(shape) {}

  QuantizedNetwork run() {
    network_.name = shape_.name;
    add_input();
    for (std::uint32_t index = 0; index < shape_.layers.size(); ++index) add_layer(index);
    if (network_.layers.empty()) throw CompileError(fmt::format("network '{}' has no layers", shape_.name));
    network_.output = network_.layers.back().output;
    refuse_unread_outputs();
    return std::move(network_);
  }

 private:
  void add_input() {
    Tensor input;
    input.name = "input";
    input.height = shape_.input.height;
    input.width = shape_.input.width;
    input.channels = shape_.input.channels;
    input.bits = shape_.input.bits;
    input.is_signed = shape_.input.is_signed;
    if (input.bits == 8 && !input.is_signed) input.scale = 1.0 / 255;  // as images are
    network_.tensors.push_back(input);
    const std::vector<std::uint8_t> bytes = seeded_inputs(input, 1, shape_.seed, shape_.input_density);
    activations_.emplace_back();
    for (const std::uint8_t byte : bytes) {
      activations_.back().push_back(input.is_signed ? static_cast<std::int8_t>(byte) : std::int32_t{byte});
    }
  }

  [[nodiscard]] std::size_t tensor_of(const LayerShape& at, const std::string& name) const {
    const auto found = std::find_if(network_.tensors.begin(), network_.tensors.end(),
                                    [&](const Tensor& tensor) { return tensor.name == name; });
    if (found == network_.tensors.end()) {
      fail(at, "there is no layer '{}' before it; it can read 'input' and the layers above it", name);
    }
    return static_cast<std::size_t>(found - network_.tensors.begin());
  }

  void add_layer(std::uint32_t index) {
    const LayerShape& shape = shape_.layers[index];
    Layer layer;
    layer.name = shape.name;
    layer.kind = shape.kind;
    layer.input = shape.input.empty() ? network_.tensors.size() - 1 : tensor_of(shape, shape.input);
    if (!shape.add.empty()) layer.residual = tensor_of(shape, shape.add);
    if (!shape.second.empty()) layer.more_inputs = {tensor_of(shape, shape.second)};
    if (shape.kind == LayerKind::core) {
      add_core_shape(network_, std::move(layer), shape, shape_.seed, activations_);
      activations_.emplace_back();
      activations_.back() = reference::evaluate_layer(network_, index, activations_);
      return;
    }
    layer.window = window_of(shape, network_.tensors[layer.input]);
    layer.output = network_.tensors.size();
    network_.tensors.push_back(output_of(shape, layer));
    const Tensor& output = network_.tensors.back();
    layer.clip_high = greatest_of(output);
    layer.clip_low = output.is_signed ? -layer.clip_high : 0;
    check_residual(shape, layer);
    set_groups(shape, layer);
    const LayerGeometry geometry = geometry_of(layer, network_.tensors);
    if (geometry.has_weights) {
      SeededStream random(shape_.seed, index);
      if (geometry.output_channels * geometry.weights_per_channel > most_weights)
        fail(shape, "{} weights; at most {}", geometry.output_channels * geometry.weights_per_channel, most_weights);
      draw_weights(layer, geometry.output_channels, geometry.weights_per_channel, shape.statistics, random);
    }
    network_.layers.push_back(std::move(layer));
    activations_.emplace_back();
    if (geometry.has_weights || shape.kind == LayerKind::add) {
      calibrate(network_, index, shape.statistics, activations_);
    } else {
      keep_scale(network_, index);
    }
    activations_.back() = reference::evaluate_layer(network_, index, activations_);
  }

  static Window window_of(const LayerShape& shape, const Tensor& input) {
    Window window;
    if (shape.kind == LayerKind::fully_connected || shape.kind == LayerKind::add) return window;
    window.kernel_height = shape.whole_input ? input.height : shape.kernel;
    const std::uint32_t width = shape.kernel_width == 0 ? shape.kernel : shape.kernel_width;
    window.kernel_width = shape.whole_input ? input.width : width;
    window.stride_y = window.stride_x = shape.stride;
    window.dilation_y = window.dilation_x = shape.dilation;
    window.pad_top = window.pad_bottom = shape.padding;
    window.pad_left = window.pad_right = shape.padding_width.value_or(shape.padding);
    for (const auto& [kernel, padding] : {std::pair{shape.kernel, shape.padding}, {width, window.pad_left}}) {
      const std::uint64_t extent = std::uint64_t{kernel - 1} * shape.dilation + 1;
      if (shape.whole_input || padding < extent) continue;
      fail(shape, "padding {} with a window of {}; padding must be smaller than the window", padding, extent);
    }
    return window;
  }

  [[nodiscard]] Tensor output_of(const LayerShape& shape, const Layer& layer) const {
    const Tensor& input = network_.tensors[layer.input];
    const bool weighted = shape.kind == LayerKind::convolution || shape.kind == LayerKind::fully_connected;
    Tensor output;
    output.name = shape.name;
    output.channels = weighted ? shape.channels : input.channels;
    if (shape.kind != LayerKind::fully_connected) {
      const Window& w = layer.window;
      output.height = window_outputs(input.height, w.pad_top, w.pad_bottom, w.kernel_height, w.dilation_y, w.stride_y);
      output.width = window_outputs(input.width, w.pad_left, w.pad_right, w.kernel_width, w.dilation_x, w.stride_x);
    }
    if (output.height == 0 || output.width == 0) {
      fail(shape, "its window of {} with padding {} does not fit its input '{}' of {}", shape.kernel, shape.padding,
           input.name, size_text(input));
    }
    const bool pooled = shape.kind == LayerKind::max_pool || shape.kind == LayerKind::average_pool;
    output.bits = pooled ? input.bits : shape.statistics.bits;
    output.is_signed = pooled ? input.is_signed : !shape.statistics.relu;
    return output;
  }

  void set_groups(const LayerShape& shape, Layer& layer) const {
    const std::uint32_t inputs = network_.tensors[layer.input].channels;
    layer.groups = shape.depthwise ? inputs : shape.groups;
    if (inputs % layer.groups == 0 && shape.channels % layer.groups == 0) return;
    fail(shape, "{} groups of {} input and {} output channels; both must be multiples of the number of groups",
         layer.groups, inputs, shape.channels);
  }

  void check_residual(const LayerShape& shape, const Layer& layer) const {
    if (layer.residual == Layer::no_tensor) return;
    const Tensor& residual = network_.tensors[layer.residual];
    const Tensor& output = network_.tensors[layer.output];
    if (residual.height != output.height || residual.width != output.width || residual.channels != output.channels) {
      fail(shape, "it is {}, and '{}', which is to be added, is {}; give both the same size", size_text(output),
           shape.add, size_text(residual));
    }
  }

  void refuse_unread_outputs() const {
    std::set<std::size_t> read;
    for (const Layer& layer : network_.layers) {
      read.insert(layer.input);
      if (layer.residual != Layer::no_tensor) read.insert(layer.residual);
      read.insert(layer.more_inputs.begin(), layer.more_inputs.end());
    }
    for (std::size_t index = 0; index + 1 < network_.layers.size(); ++index) {
      if (read.contains(network_.layers[index].output)) continue;
      fail(shape_.layers[index],
           "nobody reads its output; name it in 'input', 'add' or another operand of a later layer, or drop it");
    }
  }

  const NetworkShape& shape_;
  QuantizedNetwork network_;
  reference::Activations activations_;
};

}  // namespace

QuantizedNetwork seeded_network(const NetworkShape& shape) {
  return SeededNetwork(shape).run();
}

std::vector<std::uint8_t> seeded_inputs(const Tensor& tensor, std::uint32_t count, std::uint64_t seed, double density) {
  SeededStream random(seed, input_stream);
  const auto greatest = static_cast<std::uint32_t>(greatest_of(tensor));
  std::vector<std::uint8_t> bytes(tensor.elements() * count, 0);
  for (std::uint8_t& byte : bytes) {
    if (!random.chance(density)) continue;
    const std::uint32_t drawn = random.below(tensor.is_signed ? 2 * greatest : greatest);
    const int magnitude = static_cast<int>(drawn % greatest) + 1;
    byte = static_cast<std::uint8_t>(drawn < greatest ? magnitude : -magnitude);
  }
  return bytes;
}

}  // namespace terse::compiler
