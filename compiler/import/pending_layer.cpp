#include "compiler/import/pending_layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compiler/accumulator_bound.hpp"
#include "compiler/compiler.hpp"
#include "compiler/requantization.hpp"

namespace terse::compiler::importer {

namespace {

double at(const std::vector<double>& values, std::size_t channel) {
  return values.empty() ? 0.0 : values[channel];
}

/// What one unit of the input's zero point adds to both sums of a channel.
struct UnitSums {
  std::int64_t dense = 0, sparse = 0;
};

template <typename Weight>
std::int64_t sum_of(const std::vector<Weight>& weights, std::size_t channel, std::size_t channels) {
  if (weights.empty()) return 0;
  const std::size_t row = weights.size() / channels;
  const auto first = weights.begin() + static_cast<std::ptrdiff_t>(channel * row);
  return std::accumulate(first, first + static_cast<std::ptrdiff_t>(row), std::int64_t{0});
}

UnitSums unit_sums(const PendingLayer& pending, std::size_t channel) {
  const Window& w = pending.layer.window;
  if (pending.has_weights()) {
    return {sum_of(pending.layer.ternary, channel, pending.shape.channels),
            sum_of(pending.layer.high_precision, channel, pending.shape.channels)};
  }
  if (pending.layer.kind == LayerKind::average_pool) return {std::int64_t{w.kernel_height} * w.kernel_width, 0};
  return {1, 0};
}

/// The record of one channel: zero points of input, residual and output are part of the bias, exactly as the rounded
/// multipliers weigh them.
Requantization requantization(const PendingLayer& pending, std::size_t channel, const ActivationFormat& format,
                              const std::vector<Tensor>& tensors) {
  const std::int64_t input_zero = tensors[pending.layer.input].zero_point;
  const std::int64_t residual_zero =
      pending.layer.residual == Layer::no_tensor ? 0 : tensors[pending.layer.residual].zero_point;
  const UnitSums sums = unit_sums(pending, channel);
  const double zeros =
      static_cast<double>(input_zero) * (at(pending.dense, channel) * static_cast<double>(sums.dense) +
                                         at(pending.sparse, channel) * static_cast<double>(sums.sparse)) +
      static_cast<double>(residual_zero) * pending.residual;
  const double offset = format.zero_point + format.rounding_offset;
  const RealFactors factors{at(pending.dense, channel) / format.scale, at(pending.sparse, channel) / format.scale,
                            pending.residual / format.scale,
                            (at(pending.bias, channel) - zeros) / format.scale + offset};
  Requantization result = requantize(factors, pending.layer.name);
  const double unit = std::ldexp(1.0, result.shift);
  result.bias = std::llround((at(pending.bias, channel) / format.scale + offset) * unit) -
                input_zero * (result.dense * sums.dense + result.sparse * sums.sparse) -
                residual_zero * result.residual;
  return result;
}

/// factors[i] as multipliers of up to 30 bits with one shift.
std::vector<Scaling> scalings(const std::vector<double>& factors, const std::string& layer) {
  constexpr double greatest_multiplier = (1 << 30) - 1;
  double greatest = 0;
  for (const double factor : factors) greatest = std::max(greatest, std::abs(factor));
  int shift = 45;  // a product with a 16-bit sum stays within 63 bits
  while (shift > 0 && std::ldexp(greatest, shift) > greatest_multiplier) --shift;
  if (!(std::ldexp(greatest, shift) <= greatest_multiplier)) {
    throw CompileError(
        fmt::format("layer '{}': one step of its input is {:.4g} steps of its output; give the output "
                    "a coarser scale",
                    layer, greatest));
  }
  std::vector<Scaling> result;
  for (const double factor : factors) {
    result.push_back(
        {static_cast<std::int32_t>(std::lround(std::ldexp(factor, shift))), static_cast<std::uint8_t>(shift)});
  }
  return result;
}

TableOperation table_of(const PendingLayer& pending, const ActivationFormat& format, const Tensor& input) {
  TableOperation table;
  for (int byte = 0; byte < 256; ++byte) {
    const int stored = input.is_signed ? static_cast<std::int8_t>(byte) : byte;
    const double real = pending.function(input.scale * (stored - input.zero_point));
    const double quotient = graph::round_half_even(real / format.scale + format.rounding_offset) + format.zero_point;
    // What is no number (the logarithm of a negative one) has no meaning either in the file.
    const double bounded = std::isnan(quotient) ? format.zero_point : quotient;
    table.values[static_cast<std::size_t>(byte)] =
        static_cast<std::int16_t>(std::clamp<double>(bounded, format.least, format.greatest));
  }
  return table;
}

void scale_operation(const PendingLayer& pending, const ActivationFormat& format, const std::vector<Tensor>& tensors,
                     Layer& layer) {
  std::vector<double> factors;
  for (const double gain : pending.gains) factors.push_back(gain / format.scale);
  if (auto* element_wise = std::get_if<ElementWiseOperation>(&*layer.operation)) {
    const std::vector<Scaling> scaled = scalings(factors, layer.name);
    element_wise->first = scaled[0];
    if (!element_wise->multiply) element_wise->second = scaled[1];
  } else if (auto* product = std::get_if<MatrixProductOperation>(&*layer.operation)) {
    product->scaling = scalings(factors, layer.name)[0];
    // The sum of products has more bits than the product of two elements.
    while (product->scaling.multiplier >= 1 << 24 && product->scaling.shift > 0) {
      product->scaling.multiplier = (product->scaling.multiplier + 1) / 2;
      --product->scaling.shift;
    }
  } else if (pending.is_table()) {
    layer.operation = table_of(pending, format, tensors[layer.input]);
  } else if (auto* rearrange = std::get_if<RearrangeOperation>(&*layer.operation)) {
    rearrange->fill = static_cast<std::int16_t>(format.zero_point);
  }
}

}  // namespace

ActivationFormat ActivationFormat::of(const Tensor& tensor) {
  ActivationFormat format{tensor.is_signed, tensor.bits, tensor.scale, tensor.zero_point, 0, 0, 0};
  const auto levels = static_cast<std::int32_t>(std::int64_t{1} << std::min(tensor.bits, 16U));
  format.least = tensor.is_signed ? -levels / 2 : 0;
  format.greatest = format.least + levels - 1;
  return format;
}

void PendingLayer::fold_gain() {
  if (gain == 1 && offset == 0) return;
  for (std::vector<double>* factors : {&dense, &sparse, &bias, &gains}) {
    for (double& factor : *factors) factor *= gain;
  }
  residual *= gain;
  if (offset != 0) {
    bias.resize(shape.channels, 0.0);
    for (double& b : bias) b += offset;
  }
  gain = 1;
  offset = 0;
  keeps_grid = false;
}

void PendingLayer::scale_output(double factor, double term) {
  keeps_grid = keeps_grid && factor == 1 && term == 0;
  // A core operation other than a table has no bias, and none takes a factor behind its own function.
  const bool needs_function = function || (!is_linear() && (term != 0 || gains.empty()));
  if (needs_function) {
    function = [inner = whole_function(), factor, term](double x) { return factor * inner(x) + term; };
    gain = 1;
    offset = 0;
    low = -std::numeric_limits<double>::infinity();
    high = std::numeric_limits<double>::infinity();
    return;
  }
  gain *= factor;
  offset = offset * factor + term;
  low = low * factor + term;
  high = high * factor + term;
  if (factor < 0) std::swap(low, high);
}

graph::ElementFunction PendingLayer::whole_function() const {
  const auto own = [g = gain, o = offset, l = low, h = high](double x) { return std::min(std::max(g * x + o, l), h); };
  if (!function) return own;
  return [own, f = function](double x) { return f(own(x)); };
}

void PendingLayer::make_table() {
  function = whole_function();
  layer.kind = LayerKind::core;
  layer.operation = TableOperation{};
  dense.clear();
  gain = 1;
  offset = 0;
  low = -std::numeric_limits<double>::infinity();
  high = std::numeric_limits<double>::infinity();
  bounded = keeps_grid = false;
}

void PendingLayer::clip(double least, double greatest) {
  if (function) {
    function = [inner = function, least, greatest](double x) { return std::min(std::max(inner(x), least), greatest); };
    return;
  }
  low = std::min(std::max(low, least), greatest);
  high = std::min(std::max(high, least), greatest);
  bounded = true;
}

Layer finish(const PendingLayer& pending, const ActivationFormat& format, const std::vector<Tensor>& tensors) {
  Layer layer = pending.layer;
  if (pending.is_linear()) {
    for (std::size_t channel = 0; channel < pending.shape.channels; ++channel) {
      layer.requantization.push_back(requantization(pending, channel, format, tensors));
    }
  } else {
    scale_operation(pending, format, tensors, layer);
  }
  const auto integer_bound = [&](double bound) {
    const double quotient = std::round(bound / format.scale) + format.zero_point;
    return static_cast<std::int32_t>(std::clamp<double>(quotient, format.least, format.greatest));
  };
  layer.clip_low = integer_bound(pending.low);
  layer.clip_high = integer_bound(pending.high);
  return layer;
}

ActivationFormat real_output_format(const PendingLayer& pending, const std::vector<Tensor>& tensors) {
  double greatest_output = 0;
  double greatest_factor = std::abs(pending.residual);
  const double input_zero = std::abs(tensors[pending.layer.input].zero_point);
  for (std::uint32_t channel = 0; channel < pending.shape.channels; ++channel) {
    const AccumulatorBounds bounds = accumulator_bounds(pending.layer, tensors, channel);
    const UnitSums sums = unit_sums(pending, channel);
    const double residual =
        pending.layer.residual == Layer::no_tensor ? 0 : 2 * greatest_magnitude(tensors[pending.layer.residual]);
    const double dense = std::abs(at(pending.dense, channel)), sparse = std::abs(at(pending.sparse, channel));
    greatest_output =
        std::max(greatest_output,
                 dense * (bounds.dense.magnitude() + input_zero * std::abs(static_cast<double>(sums.dense))) +
                     sparse * (bounds.sparse.magnitude() + input_zero * std::abs(static_cast<double>(sums.sparse))) +
                     std::abs(pending.residual) * residual + std::abs(at(pending.bias, channel)));
    greatest_factor = std::max({greatest_factor, dense, sparse});
  }
  const double finest = std::max(std::ldexp(greatest_output, -30), greatest_factor / 32767);
  ActivationFormat format;
  format.bits = 32;
  format.is_signed = true;
  format.least = std::numeric_limits<std::int32_t>::min();
  format.greatest = std::numeric_limits<std::int32_t>::max();
  format.scale = finest > 0 ? std::exp2(std::ceil(std::log2(finest))) : 1.0;
  return format;
}

ActivationFormat function_input_format(const graph::ElementFunction& function, const ActivationFormat& format) {
  const auto quantized = [&](double x) {
    const double y = std::round(function(x) / format.scale) + format.zero_point;
    return std::isnan(y) ? format.least : std::clamp<double>(y, format.least, format.greatest);
  };
  // From a range that no sensible activation leaves, inwards to where the output begins to change.
  constexpr int steps = 4096;
  double low = -1e5 * format.scale, high = 1e5 * format.scale;
  for (int pass = 0; pass < 3; ++pass) {
    const double step = (high - low) / steps;
    int first = 0, last = steps;
    while (first < steps && quantized(low + (first + 1) * step) == quantized(low)) ++first;
    while (last > first && quantized(low + (last - 1) * step) == quantized(high)) --last;
    high = low + last * step;
    low += first * step;
  }
  ActivationFormat result;
  result.is_signed = true;
  result.least = -128;
  result.greatest = 127;
  low = std::min(low, 0.0);
  high = std::max(high, 0.0);
  result.scale = high > low ? (high - low) / 255 : 1.0;
  result.zero_point = static_cast<std::int32_t>(std::lround(-128 - low / result.scale));
  return result;
}

}  // namespace terse::compiler::importer
