// Dataflow output_stationary: a sum stays in the array until it is complete.
//
//   for each group of Po output channels
//     for each block of Px output pixels
//       for each kernel position, for each Pi input channels        one step
//
// A weight block is a group's rows, loaded once. Where weight_buffer_depth is less than K, K is cut between steps into
// parts, each as long as the buffer allows; a block is a part, and all parts pass through the buffer anew for every pixel
// block. The last step of a pixel block hands Po * Px sums to the accumulators.
#include <vector>

#include "models/tmac/built_in_dataflows.hpp"
#include "models/tmac/tmac_work.hpp"

namespace terse {
namespace {

/// Slices of K that are in the weight buffer together.
struct Part {
  std::uint64_t end_slice = 0;
  std::uint64_t first_k = 0, weights = 0;
};

std::vector<Part> parts_of(const TmacWork& work) {
  const std::uint32_t depth = work.parameters->weight_buffer_depth;
  std::vector<Part> parts(1);
  KernelSlice slice(work);
  do {
    if (depth != 0 && parts.back().weights + slice.channels() > depth && parts.back().weights != 0) {
      parts.push_back({.first_k = slice.first_k()});
    }
    parts.back().weights += slice.channels();
    parts.back().end_slice = slice.index() + 1;
  } while (slice.advance());
  return parts;
}

class OutputStationary final : public Schedule {
 public:
  explicit OutputStationary(const TmacWork& work)
      : work_(work),
        parts_(parts_of(work)),
        value_cycles_(value_cycles_of_kernel_slices(work)),
        groups_(work.groups()),
        pixel_blocks_(work.pixel_blocks()),
        channels_(work.group_channels(0)),
        slice_(work),
        pixels_(work) {}

  bool next(Step& step) override {
    if (group_ == groups_) return false;
    pixels_.fetch(step.reads, slice_);
    step.block = block_;
    step.lane_imbalance_cycles = value_cycles_.extra(group_, slice_.index());
    const bool part_ends = slice_.index() + 1 == parts_[part_].end_slice;
    if (slice_.advance()) {
      if (part_ends) {
        step.last_of_block = true;
        ++part_;
        ++block_;
      }
      return true;
    }
    step.accumulator_words = channels_ * pixels_.size();
    part_ = 0;
    const bool group_goes_on = pixels_.advance();
    step.last_of_block = parts_.size() > 1 || !group_goes_on;
    if (step.last_of_block) ++block_;
    if (!group_goes_on && ++group_ < groups_) channels_ = work_.group_channels(group_);
    return true;
  }

  void block(std::uint64_t index, WeightBlock& block) override {
    const Part& part = parts_[index % parts_.size()];
    const std::uint64_t group = parts_.size() == 1 ? index : index / parts_.size() / pixel_blocks_;
    work_.add_weights(block, group, part.first_k, part.weights);
  }
  [[nodiscard]] std::uint64_t block_count() const override {
    return parts_.size() == 1 ? groups_ : groups_ * pixel_blocks_ * parts_.size();
  }
  [[nodiscard]] std::uint64_t least_cycles() const override {
    return (groups_ * parts_.back().end_slice + value_cycles_.total_extra()) * pixel_blocks_;
  }

 private:
  const TmacWork& work_;
  const std::vector<Part> parts_;
  const ValueCycles value_cycles_;
  const std::uint64_t groups_, pixel_blocks_;
  std::uint64_t group_ = 0, block_ = 0;
  std::size_t part_ = 0;
  std::uint32_t channels_;
  KernelSlice slice_;
  PixelBlock pixels_;
};

}  // namespace

std::unique_ptr<Schedule> output_stationary(const TmacWork& work) {
  return std::make_unique<OutputStationary>(work);
}

}  // namespace terse
