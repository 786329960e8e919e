#include "compiler/reference/reference.hpp"

#include "compiler/reference/core_operations.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include "compiler/reference/exact_products.hpp"

namespace terse::reference {

namespace {

using compiler::Layer;
using compiler::LayerKind;
using compiler::QuantizedNetwork;
using compiler::Requantization;
using compiler::Tensor;
using compiler::Window;
using Values = std::vector<std::int32_t>;

/// Half a unit rounds away from zero.
std::int64_t round_shift(std::int64_t value, unsigned shift) {
  if (shift == 0) return value;
  const std::int64_t half = std::int64_t{1} << (shift - 1);
  return value >= 0 ? (value + half) >> shift : -((-value + half) >> shift);
}

std::int32_t clip(std::int64_t value, const Layer& layer) {
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(value, std::int64_t{layer.clip_low}, std::int64_t{layer.clip_high}));
}

/// A fully connected layer is a 1 x 1 convolution over one pixel that has all elements of the input as its channels.
Tensor input_shape(const QuantizedNetwork& network, const Layer& layer) {
  Tensor input = network.tensors[layer.input];
  if (layer.kind == LayerKind::fully_connected) {
    input.channels = static_cast<std::uint32_t>(input.elements());
    input.height = input.width = 1;
  }
  return input;
}

/// A layer's input, and the pixel that its windows read outside.
class PaddedInput {
 public:
  PaddedInput(const QuantizedNetwork& network, const Layer& layer, const Values& values)
      : shape_(input_shape(network, layer)), values_(values) {
    // Zeros add nothing, and padding takes no part in a maximum: then positions outside are left out.
    if (shape_.zero_point != 0 && layer.kind != LayerKind::max_pool)
      outside_.assign(shape_.channels, shape_.zero_point);
  }

  [[nodiscard]] const Tensor& shape() const { return shape_; }
  /// First element of input pixel (row, column), or nullptr in padding that is left out.
  [[nodiscard]] const std::int32_t* pixel(std::int64_t row, std::int64_t column) const {
    if (row < 0 || column < 0 || row >= shape_.height || column >= shape_.width) {
      return outside_.empty() ? nullptr : outside_.data();
    }
    return values_.data() + (row * shape_.width + column) * shape_.channels;
  }

 private:
  Tensor shape_;
  const Values& values_;
  Values outside_;
};

/// Calls `visit(tap, pixel)` for each position of the window of output (row, column) that is not left out.
template <typename Visit>
void for_each_tap(const PaddedInput& input, const Window& window, std::uint32_t row, std::uint32_t column,
                  Visit visit) {
  for (std::uint32_t i = 0; i < window.kernel_height; ++i) {
    for (std::uint32_t j = 0; j < window.kernel_width; ++j) {
      const std::int64_t y = std::int64_t{row} * window.stride_y + std::int64_t{i} * window.dilation_y - window.pad_top;
      const std::int64_t x =
          std::int64_t{column} * window.stride_x + std::int64_t{j} * window.dilation_x - window.pad_left;
      if (const std::int32_t* p = input.pixel(y, x)) visit(i * window.kernel_width + j, p);
    }
  }
}

/// The weights of the un-split layer: one integer per position, in units of 2^-shift of the output.
std::vector<std::int32_t> unsplit_weights(const Layer& layer) {
  const std::size_t count = std::max(layer.ternary.size(), layer.high_precision.size());
  const std::size_t per_channel = count / layer.requantization.size();
  std::vector<std::int32_t> weights(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Requantization& q = layer.requantization[i / per_channel];
    std::int64_t weight = 0;
    if (!layer.ternary.empty()) weight += std::int64_t{q.dense} * layer.ternary[i];
    if (!layer.high_precision.empty()) weight += std::int64_t{q.sparse} * layer.high_precision[i];
    weights[i] = static_cast<std::int32_t>(weight);  // |dense| + |sparse| * 2^15 <= 2^15 + 2^30
  }
  return weights;
}

/// Sum of products over the channels of one pixel.
std::int64_t dot(const std::int32_t* x, const std::int32_t* w, std::uint32_t count) {
  std::int64_t sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) sum += std::int64_t{x[i]} * w[i];
  return sum;
}

/// Of the tensor's integers.
std::int64_t greatest_magnitude(const Tensor& tensor) {
  return std::int64_t{1} << (tensor.is_signed ? tensor.bits - 1 : tensor.bits);
}

/// What the requantization's multipliers for residual and bias add, before the shift.
std::int64_t residual_and_bias(const Requantization& q, const Values* residual, std::size_t index) {
  return q.bias + (residual != nullptr ? std::int64_t{q.residual} * (*residual)[index] : 0);
}

/// A convolution's operands, and what its loops need of their shapes.
struct Convolution {
  const Layer& layer;
  const PaddedInput& input;
  const Tensor& output;
  const std::vector<std::int32_t>& weights;
  std::size_t depth;  ///< Weights per output channel.
  std::uint32_t group_inputs, group_outputs;
};

/// sums[pixel][channel] += the layer's products, one dot product after the other.
void add_plain(const Convolution& c, std::vector<std::int64_t>& sums) {
  std::int64_t* sum = sums.data();
  for (std::uint32_t row = 0; row < c.output.height; ++row) {
    for (std::uint32_t column = 0; column < c.output.width; ++column, sum += c.output.channels) {
      for_each_tap(c.input, c.layer.window, row, column, [&](std::uint32_t tap, const std::int32_t* x) {
        const std::int32_t* w = c.weights.data() + std::size_t{tap} * c.group_inputs;
        for (std::uint32_t o = 0; o < c.output.channels; ++o) {
          const std::int32_t* group = x + std::size_t{o / c.group_outputs} * c.group_inputs;
          sum[o] += dot(group, w + o * c.depth, c.group_inputs);
        }
      });
    }
  }
}

/// The same as products of matrices, a block of pixels at a time; only where products_are_exact.
void add_exact(const Convolution& c, std::vector<std::int64_t>& sums) {
  constexpr std::size_t block = 128;
  const std::vector<double> weights(c.weights.begin(), c.weights.end());
  const std::size_t pixels = std::size_t{c.output.height} * c.output.width;
  std::vector<double> patches(block * c.depth), products(block * c.group_outputs);
  for (std::size_t first = 0; first < pixels; first += block) {
    const std::size_t count = std::min(block, pixels - first);
    for (std::uint32_t group = 0; group < c.layer.groups; ++group) {
      std::fill(patches.begin(), patches.end(), 0.0);
      for (std::size_t p = 0; p < count; ++p) {
        const auto row = static_cast<std::uint32_t>((first + p) / c.output.width);
        const auto column = static_cast<std::uint32_t>((first + p) % c.output.width);
        for_each_tap(c.input, c.layer.window, row, column, [&](std::uint32_t tap, const std::int32_t* x) {
          std::copy_n(x + std::size_t{group} * c.group_inputs, c.group_inputs,
                      patches.data() + p * c.depth + std::size_t{tap} * c.group_inputs);
        });
      }
      const std::size_t channel = std::size_t{group} * c.group_outputs;
      multiply({count, c.group_outputs, c.depth}, patches.data(), weights.data() + channel * c.depth, products.data());
      for (std::size_t i = 0; i < count * c.group_outputs; ++i) {
        const std::size_t pixel = first + i / c.group_outputs;
        sums[pixel * c.output.channels + channel + i % c.group_outputs] += static_cast<std::int64_t>(products[i]);
      }
    }
  }
}

Values evaluate_weighted(const QuantizedNetwork& network, const Layer& layer, const Values& input,
                         const Values* residual) {
  const PaddedInput padded(network, layer, input);
  const Tensor& out = network.tensors[layer.output];
  const std::vector<std::int32_t> weights = unsplit_weights(layer);
  const Convolution c{layer,
                      padded,
                      out,
                      weights,
                      weights.size() / out.channels,
                      padded.shape().channels / layer.groups,
                      out.channels / layer.groups};
  std::vector<std::int64_t> sums(out.elements());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sums[i] = residual_and_bias(layer.requantization[i % out.channels], residual, i);
  }
  // Turning weights into doubles pays when several pixels use them, and a BLAS call when it is more than a few products.
  const bool worth_while = std::size_t{out.height} * out.width >= 8 && c.group_outputs * c.depth >= 64;
  if (worth_while && products_are_exact(weights, c.depth, greatest_magnitude(padded.shape()))) {
    add_exact(c, sums);
  } else {
    add_plain(c, sums);
  }
  Values result(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    result[i] = clip(round_shift(sums[i], layer.requantization[i % out.channels].shift), layer);
  }
  return result;
}

/// Greatest value or sum of a window of one channel; also the first operand of an addition (window 1 x 1).
std::int64_t pooled(const Layer& layer, const PaddedInput& input, std::uint32_t row, std::uint32_t column,
                    std::uint32_t channel) {
  std::int64_t greatest = std::numeric_limits<std::int64_t>::min();
  std::int64_t sum = 0;
  for_each_tap(input, layer.window, row, column, [&](std::uint32_t, const std::int32_t* x) {
    greatest = std::max(greatest, std::int64_t{x[channel]});
    sum += x[channel];
  });
  return layer.kind == LayerKind::max_pool ? greatest : sum;
}

Values evaluate_pooled(const QuantizedNetwork& network, const Layer& layer, const Values& input,
                       const Values* residual) {
  const Tensor& out = network.tensors[layer.output];
  const PaddedInput padded(network, layer, input);
  Values result(out.elements());
  std::size_t index = 0;
  for (std::uint32_t row = 0; row < out.height; ++row) {
    for (std::uint32_t column = 0; column < out.width; ++column) {
      for (std::uint32_t channel = 0; channel < out.channels; ++channel, ++index) {
        const Requantization& q = layer.requantization[channel];
        const std::int64_t value =
            q.dense * pooled(layer, padded, row, column, channel) + residual_and_bias(q, residual, index);
        result[index] = clip(round_shift(value, q.shift), layer);
      }
    }
  }
  return result;
}

bool has_weights(const Layer& layer) {
  return layer.kind == LayerKind::convolution || layer.kind == LayerKind::fully_connected;
}

}  // namespace

Activations evaluate(const QuantizedNetwork& network, std::span<const std::uint8_t> input) {
  const Tensor& image = network.tensors[network.input];
  if (input.size() != image.elements()) {
    throw std::invalid_argument("reference: the input has " + std::to_string(input.size()) + " bytes, tensor '" +
                                image.name + "' has " + std::to_string(image.elements()));
  }
  Activations activations(network.tensors.size());
  for (const std::uint8_t byte : input) {
    activations[network.input].push_back(image.is_signed ? static_cast<std::int8_t>(byte) : std::int32_t{byte});
  }
  for (std::size_t index = 0; index < network.layers.size(); ++index) {
    activations[network.layers[index].output] = evaluate_layer(network, index, activations);
  }
  return activations;
}

Values evaluate_layer(const QuantizedNetwork& network, std::size_t index, const Activations& activations) {
  const Layer& layer = network.layers[index];
  if (layer.kind == LayerKind::core) return evaluate_core(network, layer, activations);
  const Values& x = activations[layer.input];
  const Values* residual = layer.residual == Layer::no_tensor ? nullptr : &activations[layer.residual];
  return has_weights(layer) ? evaluate_weighted(network, layer, x, residual)
                            : evaluate_pooled(network, layer, x, residual);
}

Accumulators accumulators_at(const QuantizedNetwork& network, std::size_t layer_index, const Activations& activations,
                             std::uint32_t row, std::uint32_t column, std::uint32_t channel) {
  const Layer& layer = network.layers[layer_index];
  const Values& input = activations[layer.input];
  const PaddedInput padded(network, layer, input);
  Accumulators result;
  if (!has_weights(layer)) {
    result.dense = pooled(layer, padded, row, column, channel);
    return result;
  }
  const std::uint32_t outputs = network.tensors[layer.output].channels;
  const std::uint32_t group_inputs = padded.shape().channels / layer.groups;
  const std::uint32_t group = channel / (outputs / layer.groups);
  const std::size_t per_channel = std::max(layer.ternary.size(), layer.high_precision.size()) / outputs;
  for_each_tap(padded, layer.window, row, column, [&](std::uint32_t tap, const std::int32_t* pixel) {
    const std::int32_t* x = pixel + std::size_t{group} * group_inputs;
    const std::size_t first = channel * per_channel + std::size_t{tap} * group_inputs;
    for (std::uint32_t c = 0; c < group_inputs; ++c) {
      if (!layer.ternary.empty()) result.dense += std::int64_t{x[c]} * layer.ternary[first + c];
      if (!layer.high_precision.empty()) result.sparse += std::int64_t{x[c]} * layer.high_precision[first + c];
    }
  });
  return result;
}

}  // namespace terse::reference
