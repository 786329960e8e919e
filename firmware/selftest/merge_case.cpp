#include "firmware/selftest/merge_case.hpp"

#include <algorithm>

namespace terse::firmware {

std::int32_t requantize(const RequantizationRecord& record, std::int32_t dense, std::int32_t sparse,
                        std::int32_t residual, std::int32_t low, std::int32_t high) {
  const std::int64_t sum = std::int64_t{record.dense} * dense + std::int64_t{record.sparse} * sparse +
                           std::int64_t{record.residual} * residual + record.bias;
  const std::int64_t magnitude = sum < 0 ? -sum : sum;
  // Away from zero on a tie: the same for both signs, so on the magnitude.
  const std::int64_t half = record.shift == 0 ? 0 : std::int64_t{1} << (record.shift - 1);
  const std::int64_t rounded = (magnitude + half) >> record.shift;
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(sum < 0 ? -rounded : rounded, low, high));
}

driver::MergeJob merge_job(std::uint32_t height, std::uint32_t width, std::uint32_t channels, bool words) {
  namespace fields = registers::merge::fields;
  const std::uint32_t element = words ? 4 : 1;
  driver::MergeJob job{};
  job.tag = 0x00730000;
  job.flags = fields::flags::output_words.make(words ? 1 : 0);
  job.output_size = fields::output_size::height.make(height) | fields::output_size::width.make(width);
  job.channels = channels;
  job.parameter_address = layout::records;
  job.residual_address = layout::residual;
  job.residual_row_stride = width * channels;
  job.residual_pixel_stride = channels;
  job.output_address = layout::output;
  job.output_row_stride = width * channels * element;
  job.output_pixel_stride = channels * element;
  job.clip_low = words ? 0x80000000 : 0;
  job.clip_high = words ? 0x7FFFFFFF : 255;
  return job;
}

}  // namespace terse::firmware
