#pragma once
// Rearranges activations for the sums: the input patch of an output pixel, split by k.
#include <cstddef>
#include <cstdint>

#include "models/convolution/shape.hpp"

namespace terse::convolution {

/// Walks the input patches of consecutive output pixels.
class Columns {
 public:
  Columns(const Shape& shape, const ActivationView& activations) : shape_(shape), activations_(activations) {}

  /// For output pixels [pixel, pixel + pixels) and weights [k, k + count): out[(i * lanes) + p] is the activation that
  /// weight k + i multiplies at pixel + p; padding and lanes without a pixel are zero.
  void gather(std::uint64_t pixel, std::size_t pixels, std::uint64_t k, std::size_t count, std::size_t lanes,
              std::int16_t* out) const;

 private:
  /// The first channel of the pixel at kernel position (row, column) of output pixel (y, x); null for padding.
  [[nodiscard]] const std::uint8_t* source(std::uint64_t y, std::uint64_t x, std::uint64_t kernel_row,
                                           std::uint64_t kernel_column) const;

  const Shape& shape_;
  const ActivationView& activations_;
};

}  // namespace terse::convolution
