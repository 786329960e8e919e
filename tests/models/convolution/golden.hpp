#pragma once
// The definition of a convolution, written down without any thought of speed and without any code of the models, and
// layers of random shape to hold the models against it.
#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "models/convolution/shape.hpp"

namespace terse::test {

using convolution::Shape;

using Random = std::mt19937;

/// Uniform in [low, high].
inline std::int64_t pick(Random& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

/// Activations in memory, with gaps between pixels and rows that hold rubbish.
struct Image {
  std::uint32_t height = 1, width = 1, channels = 1;
  bool is_signed = false;
  std::uint32_t row_stride = 0, pixel_stride = 0;
  std::vector<std::uint8_t> bytes = {};

  [[nodiscard]] std::uint8_t& at(std::size_t y, std::size_t x, std::size_t c) {
    return bytes[y * row_stride + x * pixel_stride + c];
  }
  /// Zero outside.
  [[nodiscard]] std::int64_t value(std::int64_t y, std::int64_t x, std::size_t c) const {
    if (y < 0 || x < 0 || y >= height || x >= width) return 0;
    const std::uint8_t byte =
        bytes[static_cast<std::size_t>(y) * row_stride + static_cast<std::size_t>(x) * pixel_stride + c];
    return is_signed ? static_cast<std::int8_t>(byte) : byte;
  }
  [[nodiscard]] convolution::ActivationView view() const { return {bytes.data(), row_stride, pixel_stride, is_signed}; }
};

inline Image random_image(Random& random, std::uint32_t height, std::uint32_t width, std::uint32_t channels,
                          bool is_signed) {
  Image image{.height = height, .width = width, .channels = channels, .is_signed = is_signed};
  image.pixel_stride = channels + static_cast<std::uint32_t>(pick(random, 0, 3));
  image.row_stride = width * image.pixel_stride + static_cast<std::uint32_t>(pick(random, 0, 5));
  image.bytes.resize(std::size_t{height} * image.row_stride);
  for (auto& byte : image.bytes) byte = static_cast<std::uint8_t>(random());
  return image;
}

/// Kernel 1 to 5, stride 1 to 3, dilation 1 to 3, padding up to the kernel, odd sizes; the output may end before or
/// after the input does. `large`: enough pixels and weights for several blocks of each.
inline Shape random_shape(Random& random, bool large = false) {
  const auto number = [&](std::int64_t low, std::int64_t high) {
    return static_cast<std::uint32_t>(pick(random, low, high));
  };
  Shape shape;
  shape.input_height = number(1, large ? 20 : 9);
  shape.input_width = number(1, large ? 20 : 9);
  shape.input_channels = number(1, large ? 40 : 12);
  shape.kernel_height = number(1, 5);
  shape.kernel_width = number(1, 5);
  shape.stride_y = number(1, 3);
  shape.stride_x = number(1, 3);
  shape.dilation_y = number(1, 3);
  shape.dilation_x = number(1, 3);
  shape.pad_top = number(0, 5);
  shape.pad_left = number(0, 5);
  shape.output_height = number(1, large ? 18 : 8);
  shape.output_width = number(1, large ? 18 : 8);
  shape.output_channels = number(1, large ? 20 : 9);
  return shape;
}

/// sum over k of weights[k] * activation, for output pixel (y, x); weights of one output channel.
template <typename Weight>
std::int64_t golden_sum(const Shape& shape, const Image& image, const Weight* weights, std::uint32_t y,
                        std::uint32_t x) {
  std::int64_t sum = 0;
  for (std::uint32_t kernel_row = 0; kernel_row < shape.kernel_height; ++kernel_row) {
    for (std::uint32_t kernel_column = 0; kernel_column < shape.kernel_width; ++kernel_column) {
      for (std::uint32_t c = 0; c < shape.input_channels; ++c) {
        const std::int64_t row = std::int64_t{y} * shape.stride_y + kernel_row * shape.dilation_y - shape.pad_top;
        const std::int64_t column =
            std::int64_t{x} * shape.stride_x + kernel_column * shape.dilation_x - shape.pad_left;
        sum += weights[(kernel_row * shape.kernel_width + kernel_column) * shape.input_channels + c] *
               image.value(row, column, c);
      }
    }
  }
  return sum;
}

/// All sums of a tile, [pixel][channel]; `weights` [channel][k].
template <typename Weight>
std::vector<std::int64_t> golden_sums(const Shape& shape, const Image& image, const std::vector<Weight>& weights) {
  std::vector<std::int64_t> sums;
  for (std::uint32_t y = 0; y < shape.output_height; ++y) {
    for (std::uint32_t x = 0; x < shape.output_width; ++x) {
      for (std::uint32_t o = 0; o < shape.output_channels; ++o) {
        sums.push_back(golden_sum(shape, image, weights.data() + o * shape.weights_per_channel(), y, x));
      }
    }
  }
  return sums;
}

inline std::vector<std::int8_t> random_ternary(Random& random, std::uint64_t count) {
  std::vector<std::int8_t> weights(count);
  for (auto& weight : weights) weight = static_cast<std::int8_t>(pick(random, -1, 1));
  return weights;
}

/// Each weight is stored with probability `density`.
inline std::vector<std::int16_t> random_values(Random& random, std::uint64_t count, std::uint32_t bits,
                                               double density) {
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  std::vector<std::int16_t> weights(count);
  for (auto& weight : weights) {
    if (std::uniform_real_distribution<>(0, 1)(random) < density) {
      weight = static_cast<std::int16_t>(pick(random, -limit, limit - 1));
    }
  }
  return weights;
}

}  // namespace terse::test
