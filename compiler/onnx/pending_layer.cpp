#include "compiler/onnx/pending_layer.hpp"

#include <algorithm>
#include <cmath>

#include "compiler/accumulator_bound.hpp"
#include "compiler/requantization.hpp"

namespace terse::compiler::onnx_import {

namespace {

struct IntegerRange {
  double low, high;
};

IntegerRange range_of(const Tensor& format) {
  const int bits = static_cast<int>(format.bits);
  if (format.is_signed) return {-std::ldexp(1.0, bits - 1), std::ldexp(1.0, bits - 1) - 1};
  return {0, std::ldexp(1.0, bits) - 1};
}

double at(const std::vector<double>& values, std::size_t channel) {
  return values.empty() ? 0.0 : values[channel];
}

}  // namespace

void PendingLayer::clip(double least, double greatest) {
  low = std::min(std::max(low, least), greatest);
  high = std::min(std::max(high, least), greatest);
  bounded = true;
}

Layer finish(const PendingLayer& pending, const Tensor& format) {
  Layer layer = pending.layer;
  for (std::size_t channel = 0; channel < pending.shape.channels; ++channel) {
    const RealFactors factors{at(pending.dense, channel) / format.scale, at(pending.sparse, channel) / format.scale,
                              pending.residual / format.scale, at(pending.bias, channel) / format.scale};
    layer.requantization.push_back(requantize(factors, layer.name));
  }
  const IntegerRange range = range_of(format);
  const auto integer_bound = [&](double bound) {
    return static_cast<std::int32_t>(std::clamp(std::round(bound / format.scale), range.low, range.high));
  };
  layer.clip_low = integer_bound(pending.low);
  layer.clip_high = integer_bound(pending.high);
  return layer;
}

Tensor real_output_format(const PendingLayer& pending, const std::vector<Tensor>& tensors) {
  double greatest_output = 0;
  double greatest_factor = std::abs(pending.residual);
  for (std::uint32_t channel = 0; channel < pending.shape.channels; ++channel) {
    const AccumulatorBounds bounds = accumulator_bounds(pending.layer, tensors, channel);
    const double residual =
        pending.layer.residual == Layer::no_tensor ? 0 : greatest_magnitude(tensors[pending.layer.residual]);
    const double dense = std::abs(at(pending.dense, channel)), sparse = std::abs(at(pending.sparse, channel));
    greatest_output =
        std::max(greatest_output, dense * bounds.dense.magnitude() + sparse * bounds.sparse.magnitude() +
                                      std::abs(pending.residual) * residual + std::abs(at(pending.bias, channel)));
    greatest_factor = std::max({greatest_factor, dense, sparse});
  }
  const double finest = std::max(std::ldexp(greatest_output, -30), greatest_factor / 32767);
  Tensor format = pending.shape;
  format.bits = 32;
  format.is_signed = true;
  format.scale = finest > 0 ? std::exp2(std::ceil(std::log2(finest))) : 1.0;
  return format;
}

}  // namespace terse::compiler::onnx_import
