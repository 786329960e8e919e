// Dataflow gather: each lane holds the sum of one output channel at one pixel, works through that channel's stored
// values, one per cycle, and fetches its own activation for each.
//
//   for each group of C = min(lanes, output channels) rows
//     for each P = floor(lanes / C) pixels
//       for each slot up to the group's longest row                 one step of one cycle; one at least
//
// A step fetches one byte for each lane whose slot holds a value other than zero, and whose position lies inside the
// tile; lanes that want bytes of one word share it. The group's values and indices are a block. The first step of a group
// takes index_decode_cycles more.
#include <optional>

#include "models/spu/built_in_dataflows.hpp"
#include "models/spu/spu_work.hpp"

namespace terse {
namespace {

class Gather final : public Schedule {
 public:
  explicit Gather(const SpuWork& work)
      : work_(work),
        pixels_(work.shape.pixels()),
        pixels_at_a_time_(work.parameters->lanes / work.channels()),
        groups_(work.groups()),
        credit_(work.parameters->lanes) {
    if (!work.merge_steps) {
      activations_.emplace(work);
      reads_.emplace(work, *activations_);
    }
    begin_group();
  }

  bool next(Step& step) override {
    if (group_ == groups_) return false;
    step.block = group_;
    if (work_.merge_steps) {
      whole_group(step);
      return true;
    }
    if (slot_ == 0 && first_pixel_ == 0) step.index_decode_cycles = decode_cycles();
    const std::uint32_t working = fetch(step);
    const bool compute = longest_ == 0 || credit_.pass(working);
    step.compute_cycles = compute ? 1 : 0;
    step.lane_imbalance_cycles = compute ? 0 : 1;
    step.last_of_block = advance();
    return true;
  }
  void block(std::uint64_t index, WeightBlock& block) override { work_.add_group(block, index); }
  [[nodiscard]] std::uint64_t block_count() const override { return groups_; }
  [[nodiscard]] std::uint64_t least_cycles() const override {
    std::uint64_t cycles = 0;
    for (std::uint64_t group = 0; group < groups_; ++group) {
      cycles += decode_cycles() + chunks() * std::max<std::uint64_t>(1, longest_of(group));
    }
    return cycles;
  }

 private:
  [[nodiscard]] std::uint32_t decode_cycles() const {
    return work_.decodes_indices() ? work_.parameters->index_decode_cycles : 0;
  }
  [[nodiscard]] std::uint64_t chunks() const { return (pixels_ + pixels_at_a_time_ - 1) / pixels_at_a_time_; }
  [[nodiscard]] std::uint64_t longest_of(std::uint64_t group) const {
    std::uint64_t longest = 0;
    for (const std::uint32_t channel : work_.group(group)) longest = std::max(longest, work_.row_values(channel));
    return longest;
  }

  /// A row of the group; entries of value 0 fetch nothing. Format dense has no entries: slot k is position k.
  struct Row {
    const convolution::SparseEntry* entries;
    std::uint64_t values;
  };

  void begin_group() {
    first_pixel_ = slot_ = 0;
    if (group_ == groups_) return;
    longest_ = longest_of(group_);
    rows_.clear();
    for (const std::uint32_t channel : work_.group(group_)) {
      const bool stored = work_.decodes_indices() && !work_.merge_steps;
      rows_.push_back({stored ? work_.weights->stored().row(channel).data() : nullptr, work_.row_values(channel)});
    }
    begin_pixels();
  }
  void begin_pixels() {
    corners_.clear();
    if (!activations_) return;
    const std::uint64_t end = std::min(first_pixel_ + pixels_at_a_time_, pixels_);
    for (std::uint64_t pixel = first_pixel_; pixel < end; ++pixel) corners_.push_back(activations_->corner(pixel));
  }

  /// Lists the step's activations; returns the number of lanes that have a slot.
  std::uint32_t fetch(Step& step) {
    reads_->begin_step();
    std::uint32_t rows = 0;
    for (const Row& row : rows_) {
      if (slot_ >= row.values) continue;
      ++rows;
      auto position = static_cast<std::uint32_t>(slot_);
      if (row.entries != nullptr) {
        if (row.entries[slot_].value == 0) continue;
        position = row.entries[slot_].position;
      }
      for (const SpuActivations::Corner& corner : corners_) {
        const std::uint64_t offset = activations_->offset(corner, position);
        if (offset != SpuActivations::outside) reads_->add(step.reads, offset);
      }
    }
    return rows * static_cast<std::uint32_t>(corners_.size());
  }

  /// To the next step; true at the end of the group.
  bool advance() {
    if (++slot_ < longest_) return false;
    slot_ = 0;
    first_pixel_ += pixels_at_a_time_;
    if (first_pixel_ < pixels_) {
      begin_pixels();
      return false;
    }
    ++group_;
    begin_group();
    return true;
  }

  void whole_group(Step& step) {
    std::uint64_t values = 0;
    for (const Row& row : rows_) values += row.values;
    const std::uint64_t steps = chunks() * std::max<std::uint64_t>(1, longest_);
    const std::uint64_t compute = longest_ == 0 ? steps : credit_.pass_all(values * pixels_);
    step.index_decode_cycles = decode_cycles();
    step.compute_cycles = static_cast<std::uint32_t>(compute);
    step.lane_imbalance_cycles = static_cast<std::uint32_t>(steps - compute);
    step.last_of_block = true;
    ++group_;
    begin_group();
  }

  const SpuWork& work_;
  const std::uint64_t pixels_, pixels_at_a_time_, groups_;
  std::optional<SpuActivations> activations_;
  std::optional<SharedReads> reads_;
  LaneCredit credit_;
  std::uint64_t group_ = 0, first_pixel_ = 0, slot_ = 0;
  std::uint64_t longest_ = 0;
  std::vector<Row> rows_;
  std::vector<SpuActivations::Corner> corners_;
};

}  // namespace

std::unique_ptr<Schedule> gather_schedule(const SpuWork& work) {
  return std::make_unique<Gather>(work);
}

}  // namespace terse
