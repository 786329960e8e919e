// A dataflow from outside the tree, as docs/variants.md shows it: the activations of a step stay, and the weights of all
// groups of output channels pass.
//
//   for each block of Px output pixels
//     for each kernel position, for each Pi input channels
//       for each group of Po output channels                        one step
//
// A weight block is what one step uses: Po * Pi weights. Every step reads, adds to and writes back Po * Px sums in the
// accumulators; from a pixel block's second slice on it depends on the step that has made them, one round of groups ago.
#include "models/tmac/tmac_dataflows.hpp"
#include "models/tmac/tmac_work.hpp"
#include "models/variant_library.hpp"

namespace {

class ActivationStationary final : public terse::Schedule {
 public:
  explicit ActivationStationary(const terse::TmacWork& work)
      : work_(work),
        value_cycles_(terse::value_cycles_of_kernel_slices(work)),
        groups_(work.groups()),
        slices_(work.positions() * work.channel_slices()),
        slice_(work),
        pixels_(work) {}

  bool next(terse::Step& step) override {
    if (done_) return false;
    if (group_ == 0) pixels_.fetch(step.reads, slice_);  // once for all groups
    step.block = block_++;
    step.last_of_block = true;
    step.lane_imbalance_cycles = value_cycles_.extra(group_, slice_.index());
    step.accumulator_words = work_.group_channels(group_) * pixels_.size();
    if (slice_.index() != 0) step.depends_on_back = static_cast<std::uint32_t>(groups_);
    if (++group_ < groups_) return true;
    group_ = 0;
    if (!slice_.advance()) done_ = !pixels_.advance();
    return true;
  }

  void block(std::uint64_t index, terse::WeightBlock& block) override {
    const std::uint64_t slice = index / groups_ % slices_;
    const auto channel_slice = static_cast<std::uint32_t>(slice % work_.channel_slices());
    const std::uint64_t first_k = slice / work_.channel_slices() * work_.shape.input_channels +
                                  std::uint64_t{channel_slice} * work_.parameters->input_channels;
    work_.add_weights(block, index % groups_, first_k, work_.slice_channels(channel_slice));
  }
  [[nodiscard]] std::uint64_t block_count() const override { return work_.pixel_blocks() * slices_ * groups_; }
  [[nodiscard]] std::uint64_t least_cycles() const override { return block_count(); }

 private:
  const terse::TmacWork& work_;
  const terse::ValueCycles value_cycles_;
  const std::uint64_t groups_, slices_;
  std::uint64_t group_ = 0, block_ = 0;
  bool done_ = false;
  terse::KernelSlice slice_;
  terse::PixelBlock pixels_;
};

}  // namespace

TERSE_VARIANT_LIBRARY() {
  terse::tmac_dataflows().add(
      {.name = "activation_stationary",
       .sentence = "activations stay, the weights of all groups of output channels pass",
       .make = [](const terse::TmacWork& work) { return std::make_unique<ActivationStationary>(work); }});
}
