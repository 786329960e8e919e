#pragma once
// How the golden reference makes an output of a sum.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "compiler/quantized_network.hpp"

namespace terse::reference {

/// What the requantization's multipliers for residual and bias add, before the shift. `residual`: one output pixel's.
inline std::int64_t residual_and_bias(const compiler::Requantization& q, const std::int32_t* residual,
                                      std::size_t channel) {
  return q.bias + (residual != nullptr ? std::int64_t{q.residual} * residual[channel] : 0);
}

/// sum / 2^shift, half a unit rounds away from zero, within the layer's bounds.
inline std::int32_t requantize(std::int64_t sum, unsigned shift, const compiler::Layer& layer) {
  const std::int64_t half = (std::int64_t{1} << shift) / 2;  // 0 for shift 0
  // Signs are as good as random: (v ^ sign) - sign, which is -v for sign -1, needs no branch.
  const std::int64_t sign = sum < 0 ? -1 : 0;
  const std::int64_t magnitude = (((sum ^ sign) - sign) + half) >> shift;
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>((magnitude ^ sign) - sign, std::int64_t{layer.clip_low}, std::int64_t{layer.clip_high}));
}

}  // namespace terse::reference
