#pragma once
// The geometry of a job of tmac or spu, from its registers.
#include <cstdint>

#include "registers/generated/tmac.hpp"

namespace terse::compiler {

struct ConvolutionWork {
  std::uint32_t input_height = 1, input_width = 1, input_channels = 1;
  std::uint32_t output_height = 1, output_width = 1, output_channels = 1;
  std::uint32_t kernel_height = 1, kernel_width = 1, stride_y = 1, stride_x = 1;
  std::uint32_t pad_top = 0, pad_left = 0, dilation_y = 1, dilation_x = 1;
  std::uint64_t input_address = 0, input_row_stride = 0, input_pixel_stride = 0;

  [[nodiscard]] std::uint64_t pixels() const { return std::uint64_t{output_height} * output_width; }
  [[nodiscard]] std::uint64_t taps() const { return std::uint64_t{kernel_height} * kernel_width; }
  [[nodiscard]] std::uint64_t weights_per_channel() const { return taps() * input_channels; }
  /// Address of the activation that output pixel `pixel` takes for position k; false where that is padding.
  [[nodiscard]] bool activation(std::uint64_t pixel, std::uint64_t k, std::uint64_t& address) const {
    const std::uint64_t position = k / input_channels;
    const auto row =
        static_cast<std::int64_t>(pixel / output_width * stride_y + position / kernel_width * dilation_y) - pad_top;
    const auto column =
        static_cast<std::int64_t>(pixel % output_width * stride_x + position % kernel_width * dilation_x) - pad_left;
    if (row < 0 || row >= input_height || column < 0 || column >= input_width) return false;
    address = input_address + static_cast<std::uint64_t>(row) * input_row_stride +
              static_cast<std::uint64_t>(column) * input_pixel_stride + k % input_channels;
    return true;
  }
};

/// `Job`: of tmac or spu, whose window registers are the same.
template <typename Job>
[[nodiscard]] ConvolutionWork convolution_work(const Job& job) {
  namespace fields = registers::tmac::fields;
  ConvolutionWork work;
  work.input_height = fields::input_size::height.get(job.input_size);
  work.input_width = fields::input_size::width.get(job.input_size);
  work.input_channels = job.input_channels;
  work.output_height = fields::output_size::height.get(job.output_size);
  work.output_width = fields::output_size::width.get(job.output_size);
  work.output_channels = job.output_channels;
  work.kernel_height = fields::kernel::height.get(job.kernel);
  work.kernel_width = fields::kernel::width.get(job.kernel);
  work.stride_y = fields::kernel::stride_y.get(job.kernel);
  work.stride_x = fields::kernel::stride_x.get(job.kernel);
  work.pad_top = fields::padding::top.get(job.padding);
  work.pad_left = fields::padding::left.get(job.padding);
  work.dilation_y = fields::padding::dilation_y.get(job.padding);
  work.dilation_x = fields::padding::dilation_x.get(job.padding);
  work.input_address = job.input_address;
  work.input_row_stride = job.input_row_stride;
  work.input_pixel_stride = job.input_pixel_stride;
  return work;
}

}  // namespace terse::compiler
