#pragma once
// The geometry of a convolution over one tile, as tmac and spu see it. A fully connected layer is the case of one
// output pixel, a matrix product that of a 1x1 kernel.
#include <cstdint>

namespace terse::convolution {

/// Output rows (or columns) [first, end) whose input row lies inside the tile.
struct Range {
  std::uint64_t first = 0, end = 0;
  [[nodiscard]] std::uint64_t size() const { return end - first; }
};

struct Shape {
  std::uint32_t input_height = 1, input_width = 1, input_channels = 1;
  std::uint32_t output_height = 1, output_width = 1, output_channels = 1;
  std::uint32_t kernel_height = 1, kernel_width = 1;
  std::uint32_t stride_y = 1, stride_x = 1;
  std::uint32_t dilation_y = 1, dilation_x = 1;
  std::uint32_t pad_top = 0, pad_left = 0;

  /// Weights per output channel; k = (kernel_row * kernel_width + kernel_column) * input_channels + channel.
  [[nodiscard]] std::uint64_t weights_per_channel() const {
    return std::uint64_t{kernel_height} * kernel_width * input_channels;
  }
  [[nodiscard]] std::uint64_t pixels() const { return std::uint64_t{output_height} * output_width; }
  [[nodiscard]] std::uint64_t outputs() const { return pixels() * output_channels; }
  /// Pairs of an output pixel and a kernel position that meet the input tile; the other pairs read padding.
  [[nodiscard]] std::uint64_t positions_inside() const;
  /// Output rows (columns) for which kernel row (column) `tap` meets the input tile.
  [[nodiscard]] Range rows_inside(std::uint32_t tap) const;
  [[nodiscard]] Range columns_inside(std::uint32_t tap) const;
};

/// Activations in memory: 8 bits each, channels of a pixel adjacent. `first` is row 0, column 0, channel 0.
struct ActivationView {
  const std::uint8_t* first = nullptr;
  std::uint64_t row_stride = 0;
  std::uint64_t pixel_stride = 0;
  bool is_signed = false;
};

}  // namespace terse::convolution
