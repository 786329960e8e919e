#include "compiler/reference/reference.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include "compiler/reference/core_operations.hpp"
#include "compiler/reference/padded_input.hpp"
#include "compiler/reference/requantize.hpp"

namespace terse::reference {

namespace {

using compiler::Layer;
using compiler::LayerKind;
using compiler::QuantizedNetwork;
using compiler::Tensor;
using Values = std::vector<std::int32_t>;

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
  std::size_t first = 0;
  for (std::uint32_t row = 0; row < out.height; ++row) {
    for (std::uint32_t column = 0; column < out.width; ++column, first += out.channels) {
      const std::int32_t* of_pixel = residual != nullptr ? residual->data() + first : nullptr;
      for (std::uint32_t channel = 0; channel < out.channels; ++channel) {
        const compiler::Requantization& q = layer.requantization[channel];
        const std::int64_t value =
            q.dense * pooled(layer, padded, row, column, channel) + residual_and_bias(q, of_pixel, channel);
        result[first + channel] = requantize(value, q.shift, layer);
      }
    }
  }
  return result;
}

bool has_weights(const Layer& layer) {
  return layer.kind == LayerKind::convolution || layer.kind == LayerKind::fully_connected;
}

const Values* residual_of(const Layer& layer, const Activations& activations) {
  return layer.residual == Layer::no_tensor ? nullptr : &activations[layer.residual];
}

Values evaluate_without_weights(const QuantizedNetwork& network, const Layer& layer, const Activations& activations) {
  if (layer.kind == LayerKind::core) return evaluate_core(network, layer, activations);
  return evaluate_pooled(network, layer, activations[layer.input], residual_of(layer, activations));
}

}  // namespace

Evaluator::Evaluator(const QuantizedNetwork& network) : network_(network), weighted_(network.layers.size()) {
  for (std::size_t index = 0; index < weighted_.size(); ++index) {
    const Layer& layer = network.layers[index];
    if (has_weights(layer)) weighted_[index].emplace(network, layer);
  }
}

Activations Evaluator::evaluate(std::span<const std::uint8_t> input) const {
  const Tensor& image = network_.tensors[network_.input];
  if (input.size() != image.elements()) {
    throw std::invalid_argument("reference: the input has " + std::to_string(input.size()) + " bytes, tensor '" +
                                image.name + "' has " + std::to_string(image.elements()));
  }
  Activations activations(network_.tensors.size());
  for (const std::uint8_t byte : input) {
    activations[network_.input].push_back(image.is_signed ? static_cast<std::int8_t>(byte) : std::int32_t{byte});
  }
  for (std::size_t index = 0; index < network_.layers.size(); ++index) {
    const Layer& layer = network_.layers[index];
    activations[layer.output] =
        weighted_[index] ? weighted_[index]->evaluate(activations[layer.input], residual_of(layer, activations))
                         : evaluate_without_weights(network_, layer, activations);
  }
  return activations;
}

Activations evaluate(const QuantizedNetwork& network, std::span<const std::uint8_t> input) {
  return Evaluator(network).evaluate(input);
}

Values evaluate_layer(const QuantizedNetwork& network, std::size_t index, const Activations& activations) {
  const Layer& layer = network.layers[index];
  if (!has_weights(layer)) return evaluate_without_weights(network, layer, activations);
  return WeightedLayer(network, layer).evaluate(activations[layer.input], residual_of(layer, activations));
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
