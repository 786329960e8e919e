#include "compiler/shapes/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "compiler/requantization.hpp"

namespace terse::compiler {

namespace {

/// A high-precision value of full scale weighs this many ternary ones: they are a layer's outliers.
constexpr double outlier_weight = 4;
constexpr std::size_t fewest_pixels_for_channel_statistics = 16;
constexpr std::size_t most_sampled_pixels = 64;
constexpr std::uint64_t many_weights = 1u << 20;  // more: fewer pixels are sampled, to bound the time
constexpr double headroom = 0.9;                  // of the greatest output ...
constexpr double saturating_share = 0.001;        // ... that all but this share of samples keep

struct Distribution {
  double mean = 0;
  double deviation = 1;
};

/// Every `step`-th value from `first` on. A constant counts as having deviation 1, so that it divides.
Distribution distribution(std::span<const double> values, std::size_t first, std::size_t step) {
  double sum = 0, squares = 0, count = 0;
  for (std::size_t i = first; i < values.size(); i += step, ++count) sum += values[i];
  const double mean = sum / count;
  for (std::size_t i = first; i < values.size(); i += step) squares += (values[i] - mean) * (values[i] - mean);
  const double deviation = std::sqrt(squares / count);
  return {mean, deviation > 0 ? deviation : 1.0};
}

double quantile(std::vector<double> values, double share) {
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

class Calibration {
 public:
  Calibration(QuantizedNetwork& network, std::size_t index, const LayerStatistics& statistics,
              const reference::Activations& activations)
      : network_(network),
        index_(index),
        layer_(network.layers[index]),
        output_(network.tensors[layer_.output]),
        statistics_(statistics),
        activations_(activations) {}

  void run() {
    const double greatest_value = std::ldexp(1.0, static_cast<int>(layer_.value_bits) - 1) - 1;
    value_weight_ = layer_.ternary.empty() && !layer_.high_precision.empty() ? 1.0 : outlier_weight / greatest_value;
    sample();
    const std::vector<Distribution> channels = normalize();
    const double threshold = statistics_.relu ? quantile(sums_, statistics_.zero_outputs) : 0;
    std::vector<double> magnitudes = sums_;
    for (double& value : magnitudes) value = statistics_.relu ? value - threshold : std::abs(value);
    const double top = quantile(magnitudes, 1 - saturating_share);
    const double gain = top > 0 ? headroom * layer_.clip_high / top : 1.0;
    for (std::uint32_t o = 0; o < output_.channels; ++o) {
      RealFactors factors;
      factors.dense = gain / channels[o].deviation;
      factors.sparse = factors.dense * value_weight_;
      factors.residual = has_residual() ? gain / residual_.deviation : 0;
      factors.bias =
          -gain * (channels[o].mean / channels[o].deviation + residual_.mean / residual_.deviation + threshold);
      if (layer_.high_precision.empty()) factors.sparse = 0;
      if (layer_.ternary.empty() && !layer_.high_precision.empty()) factors.dense = 0;
      layer_.requantization.push_back(requantize(factors, layer_.name));
    }
  }

 private:
  [[nodiscard]] bool has_residual() const { return layer_.residual != Layer::no_tensor; }

  /// sums_ and residuals_, [pixel][channel], of pixels spread evenly over the output.
  void sample() {
    const std::size_t all = std::size_t{output_.height} * output_.width;
    const std::size_t weights = std::max(layer_.ternary.size(), layer_.high_precision.size());
    const std::size_t most = weights > many_weights ? fewest_pixels_for_channel_statistics : most_sampled_pixels;
    pixels_ = std::min(all, most);
    for (std::size_t i = 0; i < pixels_; ++i) {
      const auto pixel = static_cast<std::uint32_t>((2 * i + 1) * all / (2 * pixels_));
      const std::uint32_t row = pixel / output_.width, column = pixel % output_.width;
      for (std::uint32_t o = 0; o < output_.channels; ++o) {
        const auto sums = reference::accumulators_at(network_, index_, activations_, row, column, o);
        sums_.push_back(static_cast<double>(sums.dense) + value_weight_ * static_cast<double>(sums.sparse));
        if (has_residual())
          residuals_.push_back(activations_[layer_.residual][std::size_t{pixel} * output_.channels + o]);
      }
    }
  }

  /// Turns sums_ into normalized outputs, residual included.
  std::vector<Distribution> normalize() {
    std::vector<Distribution> channels(output_.channels, distribution(sums_, 0, 1));
    if (pixels_ >= fewest_pixels_for_channel_statistics) {
      for (std::uint32_t o = 0; o < output_.channels; ++o) channels[o] = distribution(sums_, o, output_.channels);
    }
    if (has_residual()) residual_ = distribution(residuals_, 0, 1);
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      const Distribution& channel = channels[i % output_.channels];
      sums_[i] = (sums_[i] - channel.mean) / channel.deviation;
      if (has_residual()) sums_[i] += (residuals_[i] - residual_.mean) / residual_.deviation;
    }
    return channels;
  }

  QuantizedNetwork& network_;
  std::size_t index_;
  Layer& layer_;
  const Tensor& output_;
  const LayerStatistics& statistics_;
  const reference::Activations& activations_;
  double value_weight_ = 1;
  std::size_t pixels_ = 0;
  std::vector<double> sums_, residuals_;
  Distribution residual_{0, 1};
};

}  // namespace

void calibrate(QuantizedNetwork& network, std::size_t index, const LayerStatistics& statistics,
               const reference::Activations& activations) {
  Calibration(network, index, statistics, activations).run();
}

void keep_scale(QuantizedNetwork& network, std::size_t index) {
  Layer& layer = network.layers[index];
  RealFactors factors;
  factors.dense = 1;
  if (layer.kind == LayerKind::average_pool) {
    factors.dense = 1.0 / (static_cast<double>(layer.window.kernel_height) * layer.window.kernel_width);
  }
  layer.requantization.assign(network.tensors[layer.output].channels, requantize(factors, layer.name));
}

}  // namespace terse::compiler
