#pragma once
// What merge does in a job, step by step.
//
//   for each group of `output_channels` channels          weight block: the group's records
//     for each pixel, row by row
//       for each window position                          one step of one cycle (only one without a window)
//         reads the position's activations, if it lies inside the tile
//       the last one also reads the residual, takes accumulator_hazard cycles where the accumulators' banks need longer
//       than the pixel's steps, and writes the outputs
#include <cstdint>

#include "models/clocked/schedule.hpp"
#include "models/clocked/stream_engine.hpp"
#include "models/merge/merge_job.hpp"
#include "models/merge/merge_parameters.hpp"

namespace terse {

class MergeSchedule final : public Schedule {
 public:
  MergeSchedule(const MergeJob& job, const MergeParameters& parameters);

  bool next(Step& step) override;
  void block(std::uint64_t index, WeightBlock& block) override;
  [[nodiscard]] std::uint64_t block_count() const override { return groups_; }
  [[nodiscard]] std::uint64_t least_cycles() const override;

 private:
  [[nodiscard]] std::uint32_t channels_of(std::uint64_t group) const;
  [[nodiscard]] std::uint32_t hazard_cycles(std::uint32_t channels) const;
  void read_position(Step& step) const;
  void end_pixel(Step& step) const;
  void advance();

  const MergeJob job_;
  const MergeParameters parameters_;
  const std::uint64_t groups_;
  const std::uint32_t window_height_, window_width_;
  std::uint64_t group_ = 0;
  std::uint32_t y_ = 0, x_ = 0, row_ = 0, column_ = 0;  ///< Pixel, and position in its window.
};

/// merge as the StreamEngine sees it.
[[nodiscard]] StreamParameters merge_stream(const MergeParameters& parameters, std::uint32_t read_latency);

}  // namespace terse
