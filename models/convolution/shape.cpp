#include "models/convolution/shape.hpp"

#include <algorithm>

namespace terse::convolution {
namespace {

/// Where 0 <= index * stride + offset < input, for index in [0, output).
Range range_inside(std::int64_t input, std::int64_t output, std::int64_t stride, std::int64_t offset) {
  if (offset >= input) return {};
  const std::int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const std::int64_t end = std::min(output, (input - 1 - offset) / stride + 1);
  if (first >= end) return {};
  return {static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(end)};
}

}  // namespace

Range Shape::rows_inside(std::uint32_t tap) const {
  return range_inside(input_height, output_height, stride_y, std::int64_t{tap} * dilation_y - pad_top);
}

Range Shape::columns_inside(std::uint32_t tap) const {
  return range_inside(input_width, output_width, stride_x, std::int64_t{tap} * dilation_x - pad_left);
}

std::uint64_t Shape::positions_inside() const {
  std::uint64_t rows = 0, columns = 0;
  for (std::uint32_t tap = 0; tap < kernel_height; ++tap) rows += rows_inside(tap).size();
  for (std::uint32_t tap = 0; tap < kernel_width; ++tap) columns += columns_inside(tap).size();
  return rows * columns;
}

}  // namespace terse::convolution
