#pragma once
// The product of patches and packed weights, by the widest vector instructions that the host has (Highway chooses when
// the program runs): one instruction multiplies pairs of 16-bit integers and adds each pair's products in 32 bits.
#include <cstdint>

#include "models/convolution/packed_weights.hpp"

namespace terse::convolution {

/// Patches per call; those that are not needed are multiplied nevertheless, whatever they hold.
inline constexpr std::size_t product_pixels = 8;

/// sums[p * weights.rows + o] = sum over k of weights[o][k] * patches[p * 2 * weights.pairs + k], for p < `pixels` <=
/// product_pixels. Patch elements lie in [-128, 255]; sums are exact.
void packed_product(const PackedWeights& weights, const std::int16_t* patches, std::size_t pixels, std::int64_t* sums);

}  // namespace terse::convolution
