#include "compiler/baselines.hpp"

#include <algorithm>
#include <cmath>

#include "compiler/requantization.hpp"

namespace terse::compiler {
namespace {

bool has_weights(const Layer& layer) {
  return !layer.ternary.empty() || !layer.high_precision.empty();
}

/// What a step of each operand is worth in steps of the output.
RealFactors factors_of(const Requantization& record) {
  const double unit = std::ldexp(1.0, -record.shift);
  return {.dense = record.dense * unit,
          .sparse = record.sparse * unit,
          .residual = record.residual * unit,
          .bias = static_cast<double>(record.bias) * unit};
}

/// The weights of output channel `o`, both parts together, in steps of the output per step of the input.
std::vector<double> whole_weights(const Layer& layer, std::size_t o, std::size_t count) {
  const RealFactors factors = factors_of(layer.requantization[o]);
  std::vector<double> weights(count, 0);
  for (std::size_t k = 0; k < count; ++k) {
    if (!layer.ternary.empty()) weights[k] += factors.dense * layer.ternary[o * count + k];
    if (!layer.high_precision.empty()) weights[k] += factors.sparse * layer.high_precision[o * count + k];
  }
  return weights;
}

/// TWN's ternary weights of one channel; returns their scale.
double to_ternary(const std::vector<double>& weights, std::int8_t* ternary) {
  double mean = 0;
  for (const double w : weights) mean += std::abs(w) / static_cast<double>(weights.size());
  double kept = 0;
  std::size_t count = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const bool keep = std::abs(weights[k]) > 0.7 * mean;
    ternary[k] = static_cast<std::int8_t>(!keep ? 0 : weights[k] > 0 ? 1 : -1);
    if (!keep) continue;
    kept += std::abs(weights[k]);
    ++count;
  }
  return count == 0 ? 0 : kept / static_cast<double>(count);
}

/// Weights of one channel rounded to [-greatest_value, greatest_value]; returns their scale.
double to_integers(const std::vector<double>& weights, double greatest_value, std::int16_t* values) {
  double greatest = 0;
  for (const double w : weights) greatest = std::max(greatest, std::abs(w));
  const double scale = greatest / greatest_value;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    values[k] = static_cast<std::int16_t>(scale == 0 ? 0 : std::lround(weights[k] / scale));
  }
  return scale;
}

/// Records of a layer's channels. Where a factor is too great for a multiplier, all channels give their outputs in steps
/// that are coarser by the same power of two: that happens to a network's last layer, whose sums are not quantized.
void set_records(Layer& layer, std::vector<RealFactors> factors) {
  double greatest = 0;
  for (const RealFactors& f : factors) greatest = std::max({greatest, std::abs(f.dense), std::abs(f.sparse)});
  double coarser = 1;
  while (greatest * coarser > 32767) coarser /= 2;
  for (std::size_t o = 0; o < factors.size(); ++o) {
    RealFactors& f = factors[o];
    f = {.dense = f.dense * coarser,
         .sparse = f.sparse * coarser,
         .residual = f.residual * coarser,
         .bias = f.bias * coarser};
    layer.requantization[o] = requantize(f, layer.name);
  }
}

}  // namespace

bool has_mixed_layers(const QuantizedNetwork& network) {
  return std::ranges::any_of(
      network.layers, [](const Layer& layer) { return !layer.ternary.empty() && !layer.high_precision.empty(); });
}

QuantizedNetwork all_ternary(QuantizedNetwork network) {
  for (Layer& layer : network.layers) {
    if (layer.high_precision.empty()) continue;
    const std::size_t channels = layer.requantization.size();
    const std::size_t count = layer.high_precision.size() / channels;
    const bool mixed = !layer.ternary.empty();
    if (!mixed) layer.ternary.resize(layer.high_precision.size());
    std::vector<RealFactors> factors(channels);
    for (std::size_t o = 0; o < channels; ++o) {
      factors[o] = factors_of(layer.requantization[o]);
      if (!mixed) factors[o].dense = to_ternary(whole_weights(layer, o, count), &layer.ternary[o * count]);
      factors[o].sparse = 0;
    }
    set_records(layer, std::move(factors));
    layer.high_precision.clear();
    layer.pattern = {};
  }
  return network;
}

QuantizedNetwork all_integers(QuantizedNetwork network, std::uint32_t bits) {
  const double greatest_value = (1u << (bits - 1)) - 1;
  for (Layer& layer : network.layers) {
    if (!has_weights(layer)) continue;
    const std::size_t channels = layer.requantization.size();
    const std::size_t count = std::max(layer.ternary.size(), layer.high_precision.size()) / channels;
    std::vector<std::int16_t> values(channels * count);
    std::vector<RealFactors> factors(channels);
    for (std::size_t o = 0; o < channels; ++o) {
      factors[o] = factors_of(layer.requantization[o]);
      factors[o].sparse = to_integers(whole_weights(layer, o, count), greatest_value, &values[o * count]);
      factors[o].dense = 0;
    }
    set_records(layer, std::move(factors));
    layer.ternary.clear();
    layer.high_precision = std::move(values);
    layer.value_bits = bits;
    layer.pattern = {.kind = Pattern::Kind::dense};
  }
  return network;
}

}  // namespace terse::compiler
