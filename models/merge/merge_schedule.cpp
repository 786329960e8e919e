#include "models/merge/merge_schedule.hpp"

#include <algorithm>

#include "models/convolution/ceil_div.hpp"
#include "models/merge/requantization.hpp"

namespace terse {
MergeSchedule::MergeSchedule(const MergeJob& job, const MergeParameters& parameters)
    : job_(job),
      parameters_(parameters),
      groups_(ceil_div(job.shape.output_channels, parameters.output_channels)),
      window_height_(job.activations ? job.shape.kernel_height : 1),
      window_width_(job.activations ? job.shape.kernel_width : 1) {}

std::uint32_t MergeSchedule::channels_of(std::uint64_t group) const {
  const std::uint64_t first = group * parameters_.output_channels;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(parameters_.output_channels, job_.shape.output_channels - first));
}

/// Of a pixel: both planes are read while its window passes.
std::uint32_t MergeSchedule::hazard_cycles(std::uint32_t channels) const {
  if (!job_.uses_accumulators()) return 0;
  const std::uint64_t window = std::uint64_t{window_height_} * window_width_;
  const std::uint64_t reads = ceil_div(channels, parameters_.accumulator_banks);
  return static_cast<std::uint32_t>(std::max(reads, window) - window);
}

bool MergeSchedule::next(Step& step) {
  if (group_ == groups_) return false;
  step.block = group_;
  if (job_.activations) read_position(step);
  if (row_ + 1 == window_height_ && column_ + 1 == window_width_) end_pixel(step);
  advance();
  return true;
}

void MergeSchedule::read_position(Step& step) const {
  const convolution::Shape& shape = job_.shape;
  const std::int64_t row = std::int64_t{y_} * shape.stride_y + row_ - shape.pad_top;
  const std::int64_t column = std::int64_t{x_} * shape.stride_x + column_ - shape.pad_left;
  if (row < 0 || column < 0 || row >= shape.input_height || column >= shape.input_width) return;
  step.reads.push_back({job_.input.address + static_cast<std::uint64_t>(row) * job_.input.row_stride +
                            static_cast<std::uint64_t>(column) * job_.input.pixel_stride +
                            group_ * parameters_.output_channels,
                        channels_of(group_)});
}

void MergeSchedule::end_pixel(Step& step) const {
  const std::uint32_t channels = channels_of(group_);
  const std::uint64_t first = group_ * parameters_.output_channels;
  const auto pixel_of = [&](const TilePlace& tile) {
    return tile.address + std::uint64_t{y_} * tile.row_stride + std::uint64_t{x_} * tile.pixel_stride;
  };
  if (job_.residual) step.reads.push_back({pixel_of(job_.residual_tile) + first, channels});
  step.accumulator_hazard_cycles = hazard_cycles(channels);
  step.writes.push_back(
      {pixel_of(job_.output) + first * job_.output_bytes, std::uint64_t{channels} * job_.output_bytes});
  step.last_of_block = y_ + 1 == job_.shape.output_height && x_ + 1 == job_.shape.output_width;
}

void MergeSchedule::advance() {
  if (++column_ < window_width_) return;
  column_ = 0;
  if (++row_ < window_height_) return;
  row_ = 0;
  if (++x_ < job_.shape.output_width) return;
  x_ = 0;
  if (++y_ < job_.shape.output_height) return;
  y_ = 0;
  ++group_;
}

void MergeSchedule::block(std::uint64_t index, WeightBlock& block) {
  constexpr std::uint64_t bytes = RequantizationRecord::bytes;
  block.pieces.push_back(
      {job_.record_address + index * parameters_.output_channels * bytes, channels_of(index) * bytes});
}

std::uint64_t MergeSchedule::least_cycles() const {
  const std::uint64_t window = std::uint64_t{window_height_} * window_width_;
  const std::uint64_t full = window + hazard_cycles(parameters_.output_channels);
  const std::uint64_t last = window + hazard_cycles(channels_of(groups_ - 1));
  return job_.shape.pixels() * ((groups_ - 1) * full + last);
}

StreamParameters merge_stream(const MergeParameters& parameters, std::uint32_t read_latency) {
  return {.setup_cycles = parameters.setup_cycles,
          .pipeline_depth = parameters.pipeline_depth,
          .read_latency = read_latency,
          .fetch_ahead = parameters.fetch_ahead,
          .load_bytes = parameters.record_bytes_per_cycle,
          .weight_buffers = 2,
          .write_ahead = parameters.write_ahead};
}

}  // namespace terse
