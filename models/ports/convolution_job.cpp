#include "models/ports/convolution_job.hpp"

namespace terse {

namespace tmac = registers::tmac;
namespace fields = registers::tmac::fields;
using registers::hwpe::ErrorCode;

convolution::Shape convolution_shape(const tmac::Job& job) {
  convolution::Shape shape;
  shape.input_height = fields::input_size::height.get(job.input_size);
  shape.input_width = fields::input_size::width.get(job.input_size);
  require_value(shape.input_height > 0 && shape.input_width > 0, tmac::input_size);
  shape.input_channels = job.input_channels;
  require_value(shape.input_channels > 0 && shape.input_channels <= 65535, tmac::input_channels);
  shape.output_height = fields::output_size::height.get(job.output_size);
  shape.output_width = fields::output_size::width.get(job.output_size);
  require_value(shape.output_height > 0 && shape.output_width > 0, tmac::output_size);
  shape.output_channels = job.output_channels;
  require_value(shape.output_channels > 0, tmac::output_channels);
  shape.kernel_height = fields::kernel::height.get(job.kernel);
  shape.kernel_width = fields::kernel::width.get(job.kernel);
  shape.stride_y = fields::kernel::stride_y.get(job.kernel);
  shape.stride_x = fields::kernel::stride_x.get(job.kernel);
  require_value(shape.kernel_height > 0 && shape.kernel_width > 0 && shape.stride_y > 0 && shape.stride_x > 0,
                tmac::kernel);
  shape.pad_top = fields::padding::top.get(job.padding);
  shape.pad_left = fields::padding::left.get(job.padding);
  shape.dilation_y = fields::padding::dilation_y.get(job.padding);
  shape.dilation_x = fields::padding::dilation_x.get(job.padding);
  require_value(shape.dilation_y > 0 && shape.dilation_x > 0, tmac::padding);
  return shape;
}

namespace {

/// Throws for the first activation of the tile that needs more than `bits` bits.
void check_width(const convolution::Shape& shape, const convolution::ActivationView& view, std::uint64_t address,
                 std::uint32_t bits) {
  const std::int32_t low = view.is_signed ? -(1 << (bits - 1)) : 0;
  const std::int32_t high = view.is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
  for (std::uint64_t y = 0; y < shape.input_height; ++y) {
    for (std::uint64_t x = 0; x < shape.input_width; ++x) {
      const std::uint64_t offset = y * view.row_stride + x * view.pixel_stride;
      for (std::uint64_t c = 0; c < shape.input_channels; ++c) {
        const std::uint8_t byte = view.first[offset + c];
        const std::int32_t value = view.is_signed ? static_cast<std::int8_t>(byte) : byte;
        if (value < low || value > high) throw JobProblem(ErrorCode::illegal_encoding, address + offset + c);
      }
    }
  }
}

}  // namespace

convolution::ActivationView fetch_activations(const tmac::Job& job, const convolution::Shape& shape, bool is_signed,
                                              std::uint32_t activation_bits, JobMemory& memory,
                                              std::vector<std::uint8_t>& buffer) {
  const std::uint64_t size = tile_extent(shape.input_height, shape.input_width, shape.input_channels,
                                         job.input_row_stride, job.input_pixel_stride);
  const std::span<const std::uint8_t> tile = memory.read(job.input_address, size, buffer);
  const convolution::ActivationView view{tile.data(), job.input_row_stride, job.input_pixel_stride, is_signed};
  if (activation_bits < 8) check_width(shape, view, job.input_address, activation_bits);
  return view;
}

std::uint64_t extent(std::uint64_t rows, std::uint64_t row_stride, std::uint64_t row_bytes) {
  return (rows - 1) * row_stride + row_bytes;
}

std::uint64_t tile_extent(std::uint64_t height, std::uint64_t width, std::uint64_t channel_bytes,
                          std::uint64_t row_stride, std::uint64_t pixel_stride) {
  return extent(height, row_stride, extent(width, pixel_stride, channel_bytes));
}

}  // namespace terse
