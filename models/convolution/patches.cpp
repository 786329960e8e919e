#include "models/convolution/patches.hpp"

#include <algorithm>

namespace terse::convolution {
namespace {

template <typename Activation>
void widen(const std::uint8_t* from, std::size_t count, std::int16_t* to) {
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<Activation>(from[i]);
}

}  // namespace

Patches::Patches(const Shape& shape, const ActivationView& activations) : shape_(shape) {
  std::size_t run = shape.input_channels;  // elements that are adjacent in memory too
  std::size_t runs = shape.input_width;
  tile_.resize(run * runs * shape.input_height);
  if (activations.pixel_stride == run) {
    run *= runs;
    runs = 1;
  }
  std::int16_t* to = tile_.data();
  for (std::uint64_t row = 0; row < shape.input_height; ++row) {
    const std::uint8_t* from = activations.first + row * activations.row_stride;
    for (std::size_t i = 0; i < runs; ++i, from += activations.pixel_stride, to += run) {
      activations.is_signed ? widen<std::int8_t>(from, run, to) : widen<std::uint8_t>(from, run, to);
    }
  }
}

void Patches::gather(std::uint64_t pixel, std::int16_t* out) const {
  const auto y = static_cast<std::int64_t>(pixel / shape_.output_width * shape_.stride_y) - shape_.pad_top;
  const auto x = static_cast<std::int64_t>(pixel % shape_.output_width * shape_.stride_x) - shape_.pad_left;
  for (std::uint32_t row = 0; row < shape_.kernel_height; ++row) {
    gather_row(y + std::int64_t{row} * shape_.dilation_y, x, out);
    out += std::size_t{shape_.kernel_width} * shape_.input_channels;
  }
}

void Patches::gather_row(std::int64_t row, std::int64_t column, std::int16_t* out) const {
  const std::size_t channels = shape_.input_channels;
  const std::int64_t kernel = shape_.kernel_width, width = shape_.input_width;
  const auto elements = [&](std::int64_t pixels) { return static_cast<std::size_t>(pixels) * channels; };
  if (row < 0 || row >= shape_.input_height) {
    std::fill_n(out, elements(kernel), std::int16_t{0});
    return;
  }
  const std::int16_t* from = tile_.data() + elements(row * width);
  if (shape_.dilation_x == 1) {  // neighbours in the kernel are neighbours in the tile
    const std::int64_t first = std::clamp<std::int64_t>(-column, 0, kernel);
    const std::int64_t end = std::clamp<std::int64_t>(width - column, first, kernel);
    std::fill_n(out, elements(first), std::int16_t{0});
    if (end > first) std::copy_n(from + elements(column + first), elements(end - first), out + elements(first));
    std::fill_n(out + elements(end), elements(kernel - end), std::int16_t{0});
    return;
  }
  for (std::int64_t i = 0; i < kernel; ++i, column += shape_.dilation_x, out += channels) {
    if (column < 0 || column >= width) {
      std::fill_n(out, channels, std::int16_t{0});
    } else {
      std::copy_n(from + elements(column), channels, out);
    }
  }
}

}  // namespace terse::convolution
