#pragma once
// Requantization, to the bit (docs/numerics.md). Pure arithmetic.
//
//   v = dense_multiplier * dense + sparse_multiplier * sparse + residual_multiplier * residual + bias
//   y = clip(round_half_away(v / 2^shift), low, high)
//
// Nothing overflows 64 bits: operands are int32, multipliers int16, and |bias| <= 2^62, so |v| < 2^62 + 2^48, and
// rounding adds at most 2^61.
#include <cstdint>
#include <optional>
#include <span>

namespace terse {

/// How one output channel is requantized: 16 bytes of the scratchpad.
struct RequantizationRecord {
  static constexpr std::size_t bytes = 16;
  static constexpr std::int64_t greatest_bias = std::int64_t{1} << 62;
  static constexpr std::uint32_t greatest_shift = 62;

  std::int64_t bias = 0;
  std::int16_t dense_multiplier = 0;
  std::int16_t sparse_multiplier = 0;
  std::int16_t residual_multiplier = 0;
  std::uint8_t shift = 0;

  /// Nothing when the shift is above 62, |bias| above 2^62 or the reserved byte not zero.
  [[nodiscard]] static std::optional<RequantizationRecord> decode(std::span<const std::uint8_t, bytes> packed);
};

/// The operands of one output element.
struct SuperpositionOperands {
  std::int32_t dense = 0;
  std::int32_t sparse = 0;
  std::int32_t residual = 0;
};

/// v / 2^shift, rounded to the nearest integer, halves away from zero; exact for shift 0. |v| < 2^62 + 2^61.
[[nodiscard]] std::int64_t shift_round_half_away(std::int64_t v, std::uint32_t shift);

/// The bounds of the outputs. Clipping at `low` 0 is the ReLU, which is no saturation.
struct ClipRange {
  std::int32_t low = 0;
  std::int32_t high = 255;

  [[nodiscard]] bool saturates(std::int64_t v) const { return v > high || (v < low && low != 0); }
  [[nodiscard]] std::int32_t clip(std::int64_t v) const {
    return static_cast<std::int32_t>(v < low ? low : v > high ? high : v);
  }
};

/// One output element; adds to `saturations` when the clip lost something.
[[nodiscard]] std::int32_t requantize(const RequantizationRecord& record, const SuperpositionOperands& operands,
                                      const ClipRange& range, std::uint64_t& saturations);

}  // namespace terse
