#include "models/merge/pooling.hpp"

#include <algorithm>

namespace terse {

using convolution::ActivationView;
using convolution::Shape;
using registers::merge::Pool;

namespace {

/// Positions [first, end) of the input that a window beginning at `start` covers.
struct Span {
  std::int64_t first, end;
};

Span inside(std::int64_t start, std::int64_t length, std::int64_t input) {
  return {std::max<std::int64_t>(start, 0), std::min(start + length, input)};
}

/// Folds one input pixel into one output pixel, all channels.
template <typename Activation>
void fold(const std::uint8_t* from, std::uint32_t channels, bool maximum, bool first, std::int32_t* to) {
  for (std::uint32_t c = 0; c < channels; ++c) {
    const std::int32_t value = static_cast<Activation>(from[c]);
    to[c] = first ? value : maximum ? std::max(to[c], value) : to[c] + value;
  }
}

}  // namespace

void pool_windows(const Shape& shape, const ActivationView& activations, Pool pool, std::span<std::int32_t> results) {
  std::fill(results.begin(), results.end(), 0);
  const bool maximum = pool == Pool::maximum;
  std::int32_t* to = results.data();
  for (std::int64_t y = 0; y < shape.output_height; ++y) {
    const Span rows = inside(y * shape.stride_y - shape.pad_top, shape.kernel_height, shape.input_height);
    for (std::int64_t x = 0; x < shape.output_width; ++x, to += shape.output_channels) {
      const Span columns = inside(x * shape.stride_x - shape.pad_left, shape.kernel_width, shape.input_width);
      bool first = true;
      for (std::int64_t row = rows.first; row < rows.end; ++row) {
        for (std::int64_t column = columns.first; column < columns.end; ++column, first = false) {
          const std::uint8_t* from = activations.first + static_cast<std::uint64_t>(row) * activations.row_stride +
                                     static_cast<std::uint64_t>(column) * activations.pixel_stride;
          if (activations.is_signed) {
            fold<std::int8_t>(from, shape.output_channels, maximum, first, to);
          } else {
            fold<std::uint8_t>(from, shape.output_channels, maximum, first, to);
          }
        }
      }
    }
  }
}

}  // namespace terse
