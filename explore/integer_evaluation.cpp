#include "explore/integer_evaluation.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace terse::explore {

namespace {

using compiler::Layer;
using compiler::LayerKind;
using compiler::QuantizedNetwork;
using compiler::Requantization;
using compiler::Tensor;

constexpr std::size_t batch_size = 250;
constexpr std::int64_t exact_in_float = 1 << 24;

/// Of a batch, [image][row][column][channel].
using Integers = std::vector<std::int32_t>;

std::int64_t rounded(std::int64_t value, unsigned shift) {
  if (shift == 0) return value;
  const std::int64_t magnitude = ((value < 0 ? -value : value) + (std::int64_t{1} << (shift - 1))) >> shift;
  return value < 0 ? -magnitude : magnitude;
}

/// A pass of a convolution as a floating-point one, wide enough for every partial sum.
class Pass {
 public:
  template <typename Integer>
  Pass(const QuantizedNetwork& network, const Layer& layer, const std::vector<Integer>& weights) : layer_(layer) {
    if (weights.empty()) return;
    const Tensor& input = network.tensors[layer.input];
    const auto outputs = static_cast<std::int64_t>(layer.requantization.size());
    const auto row = static_cast<std::int64_t>(weights.size()) / outputs;
    const bool flat = layer.kind == LayerKind::fully_connected;
    const std::int64_t height = flat ? 1 : layer.window.kernel_height, width = flat ? 1 : layer.window.kernel_width;
    const std::int64_t greatest = std::int64_t{1} << input.bits;
    std::int64_t bound = 0;
    for (std::int64_t o = 0; o < outputs; ++o) {
      std::int64_t sum = 0;
      for (std::int64_t k = 0; k < row; ++k)
        sum += std::abs(std::int64_t{weights[static_cast<std::size_t>(o * row + k)]});
      bound = std::max(bound, sum * greatest);
    }
    type_ = bound < exact_in_float ? torch::kFloat32 : torch::kFloat64;
    const std::vector<float> values(weights.begin(), weights.end());
    kernel_ = torch::from_blob(const_cast<float*>(values.data()), {outputs, height, width, row / (height * width)})
                  .permute({0, 3, 1, 2})
                  .to(type_)
                  .clone(torch::MemoryFormat::ChannelsLast);
  }

  [[nodiscard]] bool present() const { return kernel_.defined(); }

  /// x: [N, C, H, W], padded already. Sums as 64-bit integers, [image][row][column][channel].
  [[nodiscard]] torch::Tensor operator()(const torch::Tensor& x) const {
    const compiler::Window& w = layer_.window;
    const auto options = torch::nn::functional::Conv2dFuncOptions()
                             .stride({w.stride_y, w.stride_x})
                             .dilation({w.dilation_y, w.dilation_x})
                             .groups(static_cast<std::int64_t>(layer_.groups));
    const torch::Tensor sums = torch::nn::functional::conv2d(x.to(type_), kernel_, options);
    return sums.permute({0, 2, 3, 1}).to(torch::kInt64).contiguous();
  }

 private:
  const Layer& layer_;
  torch::Tensor kernel_;
  torch::ScalarType type_ = torch::kFloat32;
};

class Evaluation {
 public:
  explicit Evaluation(const QuantizedNetwork& network) : network_(network), values_(network.tensors.size()) {
    for (const Layer& layer : network.layers) {
      if (layer.kind == LayerKind::core) {
        throw EvaluationError(
            fmt::format("layer {}: runs on the core, the integer evaluation does not know it", layer.name));
      }
      dense_.emplace_back(network, layer, layer.ternary);
      sparse_.emplace_back(network, layer, layer.high_precision);
    }
  }

  const Integers& run(std::span<const std::uint8_t> pixels, std::size_t count) {
    count_ = count;
    values_[network_.input].assign(pixels.begin(), pixels.end());
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      const Layer& layer = network_.layers[i];
      const bool weighted = layer.kind == LayerKind::convolution || layer.kind == LayerKind::fully_connected;
      values_[layer.output] = weighted ? multiply(i) : combine(layer);
    }
    return values_[network_.output];
  }

 private:
  [[nodiscard]] const Integers* residual(const Layer& layer) const {
    return layer.residual == Layer::no_tensor ? nullptr : &values_[layer.residual];
  }

  static std::int32_t finish(const Layer& layer, std::size_t channel, std::int64_t dense, std::int64_t sparse,
                             std::int64_t residual) {
    const Requantization& q = layer.requantization[channel];
    const std::int64_t sum = dense * q.dense + sparse * q.sparse + residual * q.residual + q.bias;
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(rounded(sum, q.shift), layer.clip_low, layer.clip_high));
  }

  [[nodiscard]] torch::Tensor padded(const Layer& layer) const {
    const Tensor& shape = network_.tensors[layer.input];
    const Integers& values = values_[layer.input];
    const bool flat = layer.kind == LayerKind::fully_connected;
    const auto images = static_cast<std::int64_t>(count_);
    const std::vector<std::int64_t> dimensions =
        flat ? std::vector<std::int64_t>{images, 1, 1, static_cast<std::int64_t>(shape.elements())}
             : std::vector<std::int64_t>{images, shape.height, shape.width, shape.channels};
    const torch::Tensor x = torch::from_blob(const_cast<std::int32_t*>(values.data()), dimensions, torch::kInt32)
                                .permute({0, 3, 1, 2})
                                .to(torch::kFloat32);
    const compiler::Window& w = layer.window;
    if (flat || w.pad_top + w.pad_left + w.pad_bottom + w.pad_right == 0) return x;
    return torch::constant_pad_nd(x, {w.pad_left, w.pad_right, w.pad_top, w.pad_bottom}, shape.zero_point);
  }

  [[nodiscard]] Integers multiply(std::size_t index) const {
    const Layer& layer = network_.layers[index];
    const torch::Tensor x = padded(layer);
    torch::Tensor dense, sparse;
    if (dense_[index].present()) dense = dense_[index](x);
    if (sparse_[index].present()) sparse = sparse_[index](x);
    const std::int64_t* d = dense.defined() ? dense.data_ptr<std::int64_t>() : nullptr;
    const std::int64_t* s = sparse.defined() ? sparse.data_ptr<std::int64_t>() : nullptr;
    const Integers* added = residual(layer);
    const std::size_t channels = layer.requantization.size();
    Integers result(network_.tensors[layer.output].elements() * count_);
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i] = finish(layer, i % channels, d != nullptr ? d[i] : 0, s != nullptr ? s[i] : 0,
                         added != nullptr ? (*added)[i] : 0);
    }
    return result;
  }

  /// Greatest value or sum of the window of one output.
  [[nodiscard]] std::int64_t pooled(const Layer& layer, const std::int32_t* image, std::int64_t row,
                                    std::int64_t column, std::int64_t channel) const {
    const Tensor& in = network_.tensors[layer.input];
    const compiler::Window& w = layer.window;
    const bool greatest = layer.kind == LayerKind::max_pool;
    std::int64_t result = greatest ? INT32_MIN : 0;
    for (std::int64_t y = 0; y < w.kernel_height; ++y) {
      for (std::int64_t x = 0; x < w.kernel_width; ++x) {
        const std::int64_t at_y = row * w.stride_y + y * w.dilation_y - w.pad_top;
        const std::int64_t at_x = column * w.stride_x + x * w.dilation_x - w.pad_left;
        const bool inside = at_y >= 0 && at_x >= 0 && at_y < in.height && at_x < in.width;
        if (!inside && greatest) continue;
        const std::int64_t value =
            inside ? image[(at_y * in.width + at_x) * in.channels + channel] : std::int64_t{in.zero_point};
        result = greatest ? std::max(result, value) : result + value;
      }
    }
    return result;
  }

  /// Pools, and sums of two tensors.
  [[nodiscard]] Integers combine(const Layer& layer) const {
    const Tensor &in = network_.tensors[layer.input], &out = network_.tensors[layer.output];
    const Integers* added = residual(layer);
    Integers result;
    result.reserve(out.elements() * count_);
    for (std::size_t image = 0; image < count_; ++image) {
      const std::int32_t* x = values_[layer.input].data() + image * in.elements();
      for (std::int64_t row = 0; row < out.height; ++row) {
        for (std::int64_t column = 0; column < out.width; ++column) {
          for (std::int64_t channel = 0; channel < out.channels; ++channel) {
            const std::int64_t value = pooled(layer, x, row, column, channel);
            result.push_back(finish(layer, static_cast<std::size_t>(channel), value, 0,
                                    added != nullptr ? (*added)[result.size()] : 0));
          }
        }
      }
    }
    return result;
  }

  const QuantizedNetwork& network_;
  std::vector<Pass> dense_, sparse_;
  std::vector<Integers> values_;
  std::size_t count_ = 0;
};

}  // namespace

std::vector<int> integer_predictions(const QuantizedNetwork& network, const LabelledImages& images) {
  const torch::NoGradGuard no_gradient;
  if (network.tensors[network.input].elements() != images.image_size()) {
    throw EvaluationError(fmt::format("the network's input has {} elements, an image {}",
                                      network.tensors[network.input].elements(), images.image_size()));
  }
  Evaluation evaluation(network);
  std::vector<int> predictions;
  const std::size_t classes = network.tensors[network.output].elements();
  for (std::size_t first = 0; first < images.count(); first += batch_size) {
    const std::size_t count = std::min(batch_size, images.count() - first);
    const Integers& logits = evaluation.run(
        std::span(images.pixels).subspan(first * images.image_size(), count * images.image_size()), count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto begin = logits.begin() + static_cast<std::ptrdiff_t>(i * classes);
      predictions.push_back(
          static_cast<int>(std::max_element(begin, begin + static_cast<std::ptrdiff_t>(classes)) - begin));
    }
  }
  return predictions;
}

}  // namespace terse::explore
