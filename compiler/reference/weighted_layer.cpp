#include "compiler/reference/weighted_layer.hpp"

#include <algorithm>

#include "compiler/reference/exact_products.hpp"
#include "compiler/reference/padded_input.hpp"
#include "compiler/reference/requantize.hpp"

namespace terse::reference {

using compiler::Layer;
using compiler::QuantizedNetwork;
using compiler::Requantization;
using compiler::Tensor;
using compiler::Window;
using Values = std::vector<std::int32_t>;

namespace {

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

/// Rows (columns) from the first to the last that windows cover.
std::size_t covered(std::uint32_t outputs, std::uint32_t stride, std::uint32_t kernel, std::uint32_t dilation) {
  return std::size_t{outputs - 1} * stride + std::size_t{kernel - 1} * dilation + 1;
}

}  // namespace

WeightedLayer::WeightedLayer(const QuantizedNetwork& network, const Layer& layer)
    : network_(network),
      layer_(layer),
      in_(input_shape(network, layer)),
      out_(network.tensors[layer.output]),
      group_inputs_(in_.channels / layer.groups),
      group_outputs_(out_.channels / layer.groups),
      depth_(std::max(layer.ternary.size(), layer.high_precision.size()) / out_.channels),
      padded_height_(covered(out_.height, layer.window.stride_y, layer.window.kernel_height, layer.window.dilation_y)),
      padded_width_(covered(out_.width, layer.window.stride_x, layer.window.kernel_width, layer.window.dilation_x)) {
  unite_weights();
  // A BLAS call pays when it is more than a few products, and transposing the weights when several pixels use them.
  const bool worth_while = std::size_t{out_.height} * out_.width >= 8 && group_outputs_ * depth_ >= 64;
  if (worth_while && products_are_exact(weights_, depth_, greatest_magnitude(in_))) transpose_weights();
}

void WeightedLayer::unite_weights() {
  weights_.resize(out_.channels * depth_);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const Requantization& q = layer_.requantization[i / depth_];
    std::int64_t weight = 0;
    if (!layer_.ternary.empty()) weight += std::int64_t{q.dense} * layer_.ternary[i];
    if (!layer_.high_precision.empty()) weight += std::int64_t{q.sparse} * layer_.high_precision[i];
    weights_[i] = static_cast<std::int32_t>(weight);  // |dense| + |sparse| * 2^15 <= 2^15 + 2^30
  }
}

void WeightedLayer::transpose_weights() {
  transposed_.resize(weights_.size());
  for (std::size_t channel = 0; channel < out_.channels; ++channel) {
    const std::size_t group = channel / group_outputs_, within = channel % group_outputs_;
    for (std::size_t k = 0; k < depth_; ++k) {
      transposed_[(group * depth_ + k) * group_outputs_ + within] = weights_[channel * depth_ + k];
    }
  }
  weights_ = {};
}

void WeightedLayer::add_plain(const Values& input, std::vector<std::int64_t>& sums) const {
  const PaddedInput with_padding(network_, layer_, input);
  std::int64_t* sum = sums.data();
  for (std::uint32_t row = 0; row < out_.height; ++row) {
    for (std::uint32_t column = 0; column < out_.width; ++column, sum += out_.channels) {
      for_each_tap(with_padding, layer_.window, row, column, [&](std::uint32_t tap, const std::int32_t* x) {
        const std::int32_t* w = weights_.data() + std::size_t{tap} * group_inputs_;
        for (std::uint32_t o = 0; o < out_.channels; ++o) {
          const std::int32_t* group = x + std::size_t{o / group_outputs_} * group_inputs_;
          sum[o] += dot(group, w + o * depth_, group_inputs_);
        }
      });
    }
  }
}

std::vector<double> WeightedLayer::padded(const Values& input) const {
  const PaddedInput with_padding(network_, layer_, input);
  std::vector<double> elements(padded_height_ * padded_width_ * in_.channels);
  double* to = elements.data();
  for (std::size_t row = 0; row < padded_height_; ++row) {
    for (std::size_t column = 0; column < padded_width_; ++column, to += in_.channels) {
      const std::int32_t* pixel = with_padding.pixel(static_cast<std::int64_t>(row) - layer_.window.pad_top,
                                                     static_cast<std::int64_t>(column) - layer_.window.pad_left);
      if (pixel != nullptr) std::copy_n(pixel, in_.channels, to);
    }
  }
  return elements;
}

void WeightedLayer::gather(const std::vector<double>& from, std::size_t pixel, std::uint32_t group,
                           double* patch) const {
  const Window& window = layer_.window;
  const std::size_t first_row = pixel / out_.width * window.stride_y,
                    first_column = pixel % out_.width * window.stride_x;
  // Neighbours in the kernel are neighbours in memory, unless there is something between them.
  const bool adjacent = window.dilation_x == 1 && layer_.groups == 1;
  const std::uint32_t pixels_at_once = adjacent ? window.kernel_width : 1;
  const std::size_t run = std::size_t{pixels_at_once} * group_inputs_;
  for (std::uint32_t i = 0; i < window.kernel_height; ++i) {
    for (std::uint32_t j = 0; j < window.kernel_width; j += pixels_at_once, patch += run) {
      const std::size_t row = first_row + std::size_t{i} * window.dilation_y;
      const std::size_t column = first_column + std::size_t{j} * window.dilation_x;
      const std::size_t at = (row * padded_width_ + column) * in_.channels + std::size_t{group} * group_inputs_;
      std::copy_n(from.data() + at, run, patch);
    }
  }
}

void WeightedLayer::add_exact(const Values& input, std::vector<std::int64_t>& sums) const {
  constexpr std::size_t block = 32;  // patches and products stay in the first-level cache
  const std::vector<double> elements = padded(input);
  const std::size_t pixels = std::size_t{out_.height} * out_.width;
  std::vector<double> patches(block * depth_), products(block * group_outputs_);
  for (std::size_t first = 0; first < pixels; first += block) {
    const std::size_t count = std::min(block, pixels - first);
    for (std::uint32_t group = 0; group < layer_.groups; ++group) {
      for (std::size_t p = 0; p < count; ++p) gather(elements, first + p, group, patches.data() + p * depth_);
      const std::size_t channel = std::size_t{group} * group_outputs_;
      multiply({count, group_outputs_, depth_}, patches.data(), transposed_.data() + channel * depth_, products.data());
      for (std::size_t p = 0; p < count; ++p) {
        std::int64_t* sum = sums.data() + (first + p) * out_.channels + channel;
        const double* product = products.data() + p * group_outputs_;
        for (std::uint32_t o = 0; o < group_outputs_; ++o) sum[o] += static_cast<std::int64_t>(product[o]);
      }
    }
  }
}

Values WeightedLayer::evaluate(const Values& input, const Values* residual) const {
  const std::size_t channels = out_.channels;
  std::vector<std::int64_t> sums(out_.elements());
  for (std::size_t first = 0; first < sums.size(); first += channels) {
    const std::int32_t* of_pixel = residual != nullptr ? residual->data() + first : nullptr;
    for (std::size_t o = 0; o < channels; ++o) {
      sums[first + o] = residual_and_bias(layer_.requantization[o], of_pixel, o);
    }
  }
  transposed_.empty() ? add_plain(input, sums) : add_exact(input, sums);
  Values result(sums.size());
  for (std::size_t first = 0; first < sums.size(); first += channels) {
    for (std::size_t o = 0; o < channels; ++o) {
      result[first + o] = requantize(sums[first + o], layer_.requantization[o].shift, layer_);
    }
  }
  return result;
}

}  // namespace terse::reference
