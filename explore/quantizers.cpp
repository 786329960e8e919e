#include "explore/quantizers.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <utility>

namespace terse::explore {

namespace {

constexpr std::array<std::pair<Variant, std::string_view>, 4> variant_names{{
    {Variant::float32, "float"},
    {Variant::int8, "int8"},
    {Variant::ternary, "ternary"},
    {Variant::mixed, "mixed"},
}};

constexpr float ternary_threshold = 0.7F;  // of mean |w|; Li, Zhang, Liu 2016, equation 6
constexpr float int8_limit = 127.0F;

std::size_t channel_size(std::span<const float> weights, int output_channels) {
  assert(output_channels > 0 && weights.size() % static_cast<std::size_t>(output_channels) == 0);
  return weights.size() / static_cast<std::size_t>(output_channels);
}

/// A channel whose weights are all zero still needs a scale that divides and dequantizes.
float usable_scale(float scale) {
  return scale > 0.0F ? scale : 1.0F;
}

std::int8_t to_int8(float weight, float scale) {
  return static_cast<std::int8_t>(std::clamp(std::nearbyint(weight / scale), -int8_limit, int8_limit));
}

/// Quantizes the weights of one channel for which take(k) holds; returns the scale.
template <typename Take>
float ternarize_channel(std::span<const float> weights, std::span<std::int8_t> ternary, Take take) {
  double sum = 0.0;
  std::size_t count = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (!take(k)) continue;
    sum += std::abs(weights[k]);
    ++count;
  }
  const float threshold = count == 0 ? 0.0F : ternary_threshold * static_cast<float>(sum / static_cast<double>(count));
  double kept_sum = 0.0;
  std::size_t kept = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    ternary[k] = 0;
    if (!take(k) || std::abs(weights[k]) <= threshold) continue;
    ternary[k] = weights[k] > 0.0F ? std::int8_t{1} : std::int8_t{-1};
    kept_sum += std::abs(weights[k]);
    ++kept;
  }
  return usable_scale(kept == 0 ? 0.0F : static_cast<float>(kept_sum / static_cast<double>(kept)));
}

}  // namespace

std::string_view name_of(Variant variant) {
  return std::find_if(variant_names.begin(), variant_names.end(), [&](auto& entry) { return entry.first == variant; })
      ->second;
}

std::optional<Variant> variant_named(std::string_view name) {
  for (const auto& [variant, known] : variant_names) {
    if (known == name) return variant;
  }
  return std::nullopt;
}

std::size_t QuantizedWeights::weights_per_channel() const {
  return std::max(ternary.size(), values.size()) / static_cast<std::size_t>(output_channels);
}

void QuantizedWeights::dequantize(std::span<float> weights) const {
  const std::size_t channel = weights_per_channel();
  assert(weights.size() == channel * static_cast<std::size_t>(output_channels));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    float weight = 0.0F;
    if (!ternary.empty()) weight += static_cast<float>(ternary[i]) * ternary_scale[i / channel];
    if (!values.empty()) weight += static_cast<float>(values[i]) * value_scale[i / channel];
    weights[i] = weight;
  }
}

QuantizedWeights quantize_int8(std::span<const float> weights, int output_channels) {
  const std::size_t channel = channel_size(weights, output_channels);
  QuantizedWeights result;
  result.output_channels = output_channels;
  result.values.resize(weights.size());
  for (std::size_t first = 0; first < weights.size(); first += channel) {
    float largest = 0.0F;
    for (const float weight : weights.subspan(first, channel)) largest = std::max(largest, std::abs(weight));
    const float scale = usable_scale(largest / int8_limit);
    result.value_scale.push_back(scale);
    for (std::size_t i = first; i < first + channel; ++i) result.values[i] = to_int8(weights[i], scale);
  }
  return result;
}

QuantizedWeights quantize_ternary(std::span<const float> weights, int output_channels) {
  const std::size_t channel = channel_size(weights, output_channels);
  QuantizedWeights result;
  result.output_channels = output_channels;
  result.ternary.resize(weights.size());
  for (std::size_t first = 0; first < weights.size(); first += channel) {
    const std::span<std::int8_t> ternary(result.ternary.data() + first, channel);
    result.ternary_scale.push_back(
        ternarize_channel(weights.subspan(first, channel), ternary, [](std::size_t) { return true; }));
  }
  return result;
}

QuantizedWeights quantize_mixed(std::span<const float> weights, int output_channels,
                                std::span<const std::uint8_t> precise) {
  const std::size_t channel = channel_size(weights, output_channels);
  assert(precise.size() == weights.size());
  QuantizedWeights result;
  result.output_channels = output_channels;
  result.ternary.resize(weights.size());
  result.values.resize(weights.size());
  for (std::size_t first = 0; first < weights.size(); first += channel) {
    const std::span<std::int8_t> ternary(result.ternary.data() + first, channel);
    result.ternary_scale.push_back(ternarize_channel(weights.subspan(first, channel), ternary,
                                                     [&](std::size_t k) { return precise[first + k] == 0; }));
    float largest = 0.0F;
    for (std::size_t i = first; i < first + channel; ++i) {
      if (precise[i] != 0) largest = std::max(largest, std::abs(weights[i]));
    }
    const float scale = usable_scale(largest / int8_limit);
    result.value_scale.push_back(scale);
    for (std::size_t i = first; i < first + channel; ++i) {
      if (precise[i] != 0) result.values[i] = to_int8(weights[i], scale);
    }
  }
  return result;
}

std::vector<std::uint8_t> choose_precise(std::span<const float> weights, int output_channels, int group,
                                         Criterion criterion) {
  const std::size_t channel = channel_size(weights, output_channels);
  const auto group_size = static_cast<std::size_t>(group);
  std::vector<float> score(weights.size(), 0.0F);
  if (criterion == Criterion::residual) quantize_ternary(weights, output_channels).dequantize(score);
  for (std::size_t i = 0; i < weights.size(); ++i) score[i] = std::abs(weights[i] - score[i]);

  std::vector<std::uint8_t> precise(weights.size(), 0);
  for (std::size_t first = 0; first < weights.size(); first += channel) {
    for (std::size_t start = first; start < first + channel; start += group_size) {
      const std::size_t end = std::min(start + group_size, first + channel);
      const auto begin = score.begin();
      const auto best =
          std::max_element(begin + static_cast<std::ptrdiff_t>(start), begin + static_cast<std::ptrdiff_t>(end));
      precise[static_cast<std::size_t>(best - begin)] = 1;
    }
  }
  return precise;
}

double relative_error(std::span<const float> weights, const QuantizedWeights& quantized) {
  std::vector<float> approximation(weights.size());
  quantized.dequantize(approximation);
  double error = 0.0;
  double energy = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double difference = static_cast<double>(weights[i]) - static_cast<double>(approximation[i]);
    error += difference * difference;
    energy += static_cast<double>(weights[i]) * static_cast<double>(weights[i]);
  }
  return energy > 0.0 ? error / energy : 0.0;
}

}  // namespace terse::explore
