// Dataflow weight_stationary: a weight stays in the array while all pixels pass.
//
//   for each group of Po output channels
//     for each kernel position, for each Pi input channels
//       for each block of Px output pixels                           one step
//
// A weight block is what sits in the array: Po * Pi weights. Every step reads, adds to and writes back Po * Px sums in the
// accumulators, and from the group's second slice on depends on the step that has made them, one round of pixels ago.
#include "models/tmac/built_in_dataflows.hpp"
#include "models/tmac/tmac_work.hpp"

namespace terse {
namespace {

class WeightStationary final : public Schedule {
 public:
  explicit WeightStationary(const TmacWork& work)
      : work_(work),
        value_cycles_(value_cycles_of_kernel_slices(work)),
        groups_(work.groups()),
        slices_(work.positions() * work.channel_slices()),
        pixel_blocks_(work.pixel_blocks()),
        channels_(work.group_channels(0)),
        slice_(work),
        pixels_(work) {}

  bool next(Step& step) override {
    if (group_ == groups_) return false;
    pixels_.fetch(step.reads, slice_);
    step.block = block_;
    step.lane_imbalance_cycles = value_cycles_.extra(group_, slice_.index());
    step.accumulator_words = channels_ * pixels_.size();
    if (slice_.index() != 0) step.depends_on_back = static_cast<std::uint32_t>(pixel_blocks_);
    if (pixels_.advance()) return true;
    step.last_of_block = true;
    ++block_;
    if (!slice_.advance() && ++group_ < groups_) channels_ = work_.group_channels(group_);
    return true;
  }

  void block(std::uint64_t index, WeightBlock& block) override {
    const std::uint64_t slice = index % slices_;
    const auto channel_slice = static_cast<std::uint32_t>(slice % work_.channel_slices());
    const std::uint64_t first_k = slice / work_.channel_slices() * work_.shape.input_channels +
                                  std::uint64_t{channel_slice} * work_.parameters->input_channels;
    work_.add_weights(block, index / slices_, first_k, work_.slice_channels(channel_slice));
  }
  [[nodiscard]] std::uint64_t block_count() const override { return groups_ * slices_; }
  [[nodiscard]] bool weights_stay() const override { return true; }
  [[nodiscard]] std::uint64_t least_cycles() const override {
    return (groups_ * slices_ + value_cycles_.total_extra()) * pixel_blocks_;
  }

 private:
  const TmacWork& work_;
  const ValueCycles value_cycles_;
  const std::uint64_t groups_, slices_, pixel_blocks_;
  std::uint64_t group_ = 0, block_ = 0;
  std::uint32_t channels_;
  KernelSlice slice_;
  PixelBlock pixels_;
};

}  // namespace

std::unique_ptr<Schedule> weight_stationary(const TmacWork& work) {
  return std::make_unique<WeightStationary>(work);
}

}  // namespace terse
