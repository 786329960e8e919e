// Weight quantizers: float weights of one layer -> ternary part + int8 part. Plain C++, no libtorch.
//
// A layer's weights are a matrix [output channel][k] with k = (ky * kernel_width + kx) * input_channels + c, the order
// in which the accelerator walks them; groups of the sparse pattern are consecutive in k.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace terse::explore {

enum class Variant {
  float32,  ///< no quantization at all
  int8,     ///< every weight int8, one scale per output channel
  ternary,  ///< weights in {-1, 0, 1}, one scale per output channel
  mixed,    ///< ternary, except one int8 weight in every group of 32 of an output channel
};

std::string_view name_of(Variant variant);
std::optional<Variant> variant_named(std::string_view name);

/// How the high-precision weight of a group is chosen.
enum class Criterion {
  magnitude,  ///< the largest |w|
  residual,   ///< the largest |w - ternary approximation of w|
};

constexpr int precise_group = 32;

/// weight[o][k] = ternary[o][k] * ternary_scale[o] + values[o][k] * value_scale[o]. A part that a variant lacks is
/// empty; where both exist, at most one of the two factors is nonzero for any weight, so the sum is exact in float.
struct QuantizedWeights {
  int output_channels = 0;
  std::vector<std::int8_t> ternary;
  std::vector<float> ternary_scale;
  std::vector<std::int8_t> values;
  std::vector<float> value_scale;

  std::size_t weights_per_channel() const;
  void dequantize(std::span<float> weights) const;
};

/// Symmetric int8, -127..127, scale = max |w| / 127 per output channel.
QuantizedWeights quantize_int8(std::span<const float> weights, int output_channels);

/// Ternary weight networks (Li, Zhang, Liu 2016): threshold 0.7 * mean |w|, scale = mean of the |w| above it.
QuantizedWeights quantize_ternary(std::span<const float> weights, int output_channels);

/// As quantize_ternary, over the weights with precise == 0; those with precise == 1 become int8 (scale = their max /
/// 127) and have a zero in the ternary part.
QuantizedWeights quantize_mixed(std::span<const float> weights, int output_channels,
                                std::span<const std::uint8_t> precise);

/// Marks exactly one weight in every `group` consecutive weights of each output channel (the last group may be
/// shorter).
std::vector<std::uint8_t> choose_precise(std::span<const float> weights, int output_channels, int group,
                                         Criterion criterion);

/// |w - q|^2 / |w|^2, the figure that predicts accuracy before fine-tuning.
double relative_error(std::span<const float> weights, const QuantizedWeights& quantized);

}  // namespace terse::explore
