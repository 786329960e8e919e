#include "models/convolution/scattered_sums.hpp"

#include <vector>

namespace terse::convolution {
namespace {

/// channel_sums[y * output_width + x] += weight * activation, wherever the weight meets the tile.
template <typename Activation>
void add_weight(const Shape& shape, const ActivationView& activations, const SparseEntry& entry,
                std::int64_t* channel_sums) {
  const auto position = entry.position / shape.input_channels;
  const auto channel = entry.position % shape.input_channels;
  const auto kernel_row = position / shape.kernel_width;
  const auto kernel_column = position % shape.kernel_width;
  const Range rows = shape.rows_inside(kernel_row);
  const Range columns = shape.columns_inside(kernel_column);
  if (rows.size() == 0 || columns.size() == 0) return;
  const std::uint64_t step = shape.stride_x * activations.pixel_stride;
  const std::uint64_t first_column =
      columns.first * shape.stride_x + std::uint64_t{kernel_column} * shape.dilation_x - shape.pad_left;
  const std::int32_t value = entry.value;
  for (std::uint64_t y = rows.first; y < rows.end; ++y) {
    const std::uint64_t row = y * shape.stride_y + std::uint64_t{kernel_row} * shape.dilation_y - shape.pad_top;
    const std::uint8_t* from =
        activations.first + row * activations.row_stride + first_column * activations.pixel_stride + channel;
    std::int64_t* to = channel_sums + y * shape.output_width + columns.first;
    for (std::uint64_t i = 0; i < columns.size(); ++i) to[i] += value * static_cast<Activation>(from[i * step]);
  }
}

}  // namespace

void scattered_sums(const Shape& shape, const ActivationView& activations, const SparseMatrix& weights,
                    std::span<std::int64_t> sums) {
  std::vector<std::int64_t> channel_sums(shape.pixels());
  for (std::size_t o = 0; o < shape.output_channels; ++o) {
    channel_sums.assign(shape.pixels(), 0);
    for (std::uint64_t i = weights.row_starts[o]; i < weights.row_starts[o + 1]; ++i) {
      if (activations.is_signed) {
        add_weight<std::int8_t>(shape, activations, weights.entries[i], channel_sums.data());
      } else {
        add_weight<std::uint8_t>(shape, activations, weights.entries[i], channel_sums.data());
      }
    }
    for (std::size_t p = 0; p < channel_sums.size(); ++p) sums[p * shape.output_channels + o] = channel_sums[p];
  }
}

}  // namespace terse::convolution
