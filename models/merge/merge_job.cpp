#include "models/merge/merge_job.hpp"

#include "models/ports/job_problem.hpp"

namespace terse {

namespace map = registers::merge;
namespace fields = registers::merge::fields;

namespace {

void decode_flags(std::uint32_t flags, MergeJob& job) {
  job.activations = fields::flags::source_activations.get(flags) != 0;
  job.dense_plane = !job.activations && fields::flags::use_dense.get(flags) != 0;
  job.sparse_plane = fields::flags::use_sparse.get(flags) != 0;
  job.activations_signed = fields::flags::input_signed.get(flags) != 0;
  job.residual = fields::flags::residual.get(flags) != 0;
  job.residual_signed = fields::flags::residual_signed.get(flags) != 0;
  job.output_bytes = fields::flags::output_words.get(flags) != 0 ? 4 : 1;
  job.pool = static_cast<map::Pool>(fields::flags::pool.get(flags));
  require_value(job.pool <= map::Pool::sum, map::flags);
}

void decode_window(const map::Job& registers, MergeJob& job) {
  convolution::Shape& shape = job.shape;
  shape.input_height = fields::input_size::height.get(registers.input_size);
  shape.input_width = fields::input_size::width.get(registers.input_size);
  require_value(shape.input_height > 0 && shape.input_width > 0, map::input_size);
  shape.kernel_height = fields::pool_window::height.get(registers.pool_window);
  shape.kernel_width = fields::pool_window::width.get(registers.pool_window);
  shape.stride_y = fields::pool_window::stride_y.get(registers.pool_window);
  shape.stride_x = fields::pool_window::stride_x.get(registers.pool_window);
  const bool one_activation = shape.kernel_height == 1 && shape.kernel_width == 1;
  require_value(shape.kernel_height > 0 && shape.kernel_width > 0 && shape.stride_y > 0 && shape.stride_x > 0 &&
                    (job.pool != map::Pool::none || one_activation),
                map::pool_window);
  shape.pad_top = fields::padding::top.get(registers.padding);
  shape.pad_left = fields::padding::left.get(registers.padding);
  job.input = {registers.input_address, registers.input_row_stride, registers.input_pixel_stride};
}

void decode_output(const map::Job& registers, MergeJob& job) {
  job.output = {registers.output_address, registers.output_row_stride, registers.output_pixel_stride};
  const convolution::Shape& shape = job.shape;
  const std::uint64_t pixel_bytes = std::uint64_t{shape.output_channels} * job.output_bytes;
  const std::uint64_t row_bytes = std::uint64_t{shape.output_width - 1} * job.output.pixel_stride + pixel_bytes;
  require_aligned(job.output.address, job.output_bytes);
  require_value(
      job.output.row_stride % job.output_bytes == 0 && (shape.output_height == 1 || job.output.row_stride >= row_bytes),
      map::output_row_stride);
  require_value(job.output.pixel_stride % job.output_bytes == 0 &&
                    (shape.output_width == 1 || job.output.pixel_stride >= pixel_bytes),
                map::output_pixel_stride);
  job.clip = {static_cast<std::int32_t>(registers.clip_low), static_cast<std::int32_t>(registers.clip_high)};
  const bool bytes = job.output_bytes == 1;
  require_value(job.clip.low <= job.clip.high && (!bytes || job.clip.low >= -128), map::clip_low);
  require_value(!bytes || job.clip.high <= (job.clip.low < 0 ? 127 : 255), map::clip_high);
}

}  // namespace

MergeJob decode_merge_job(const map::Job& registers) {
  MergeJob job;
  job.tag = registers.tag;
  decode_flags(registers.flags, job);
  job.accumulator_base = registers.accumulator_base;
  job.shape.output_height = fields::output_size::height.get(registers.output_size);
  job.shape.output_width = fields::output_size::width.get(registers.output_size);
  require_value(job.shape.output_height > 0 && job.shape.output_width > 0, map::output_size);
  job.shape.output_channels = job.shape.input_channels = registers.channels;
  require_value(registers.channels > 0, map::channels);
  job.record_address = registers.parameter_address;
  require_aligned(job.record_address, 8);
  job.residual_tile = {registers.residual_address, registers.residual_row_stride, registers.residual_pixel_stride};
  decode_output(registers, job);
  if (job.activations) decode_window(registers, job);
  return job;
}

}  // namespace terse
