#pragma once
// Requantization of many output elements at once; to the bit what requantize() makes of each.
//
// Vectors of doubles do it (Highway chooses their width when the program runs): a double holds every integer up to 2^53,
// so products, sums, the division by 2^shift and the rounding are exact as long as no record has a greater bias than
// 2^51 or a greater shift than 52. Records beyond that are left to requantize().
#include <cstdint>
#include <span>

#include "models/merge/requantization.hpp"

namespace terse {

/// Operands in the order [pixel][channel]; nullptr: all zero.
struct PixelOperands {
  const std::int32_t* dense = nullptr;
  const std::int32_t* sparse = nullptr;
  const std::int32_t* residual = nullptr;
};

/// results[pixel][channel], with one record per channel; the size of `results` is a multiple of their number. Returns how
/// many elements saturated.
[[nodiscard]] std::uint64_t requantize_pixels(std::span<const RequantizationRecord> records,
                                              const PixelOperands& operands, const ClipRange& range,
                                              std::span<std::int32_t> results);

}  // namespace terse
