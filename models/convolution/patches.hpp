#pragma once
// Rearranges activations for the sums: the input patch of an output pixel, in the order of k.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/convolution/shape.hpp"

namespace terse::convolution {

/// The tile's activations, widened to 16 bits once, and the patches taken from them.
class Patches {
 public:
  Patches(const Shape& shape, const ActivationView& activations);

  /// out[k] is the activation that weight k multiplies at output pixel `pixel`; padding is zero. Writes
  /// shape.weights_per_channel() elements.
  void gather(std::uint64_t pixel, std::int16_t* out) const;

 private:
  /// One row of the kernel, kernel_width * input_channels elements, over input row `row` from column `column` on.
  void gather_row(std::int64_t row, std::int64_t column, std::int16_t* out) const;

  const Shape& shape_;
  std::vector<std::int16_t> tile_;  ///< [row][column][channel], without gaps.
};

}  // namespace terse::convolution
