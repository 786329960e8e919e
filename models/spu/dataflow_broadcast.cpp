// Dataflow broadcast: one stored value meets a vector of `lanes` output pixels; sums live in the accumulators.
//
//   for each row, in row order
//     for each of its slots
//       for each vector of `lanes` output pixels, in raster order   one step of one cycle
//
// A row without values takes one step per vector: its zeros are written. A step fetches the pixels' activations, those in
// one word by one access; none for a slot of value 0. It reads the vector's sums, adds and writes them back; the first
// step of a row and vector only writes. So it waits until the step of the slot before, for the same vector, has left the
// pipeline (accumulator_hazard): V vectors per slot hide a pipeline of depth V - 1.
//
// skip_zero_activations: a step that would add nothing to any pixel (value 0, or all activations zero or padding) does
// not take place. A map of one bit per activation, filled as the tile is written, tells before anything is fetched. Where
// a row has no step left for a vector, one step writes its zeros, in the place of the row's last slot.
//
// Values and indices are loaded by groups of C = min(lanes, output channels) rows, as in gather; the first step of a
// group takes index_decode_cycles more.
#include <optional>

#include "models/spu/built_in_dataflows.hpp"
#include "models/spu/spu_work.hpp"

namespace terse {
namespace {

class Broadcast final : public Schedule {
 public:
  explicit Broadcast(const SpuWork& work)
      : work_(work),
        pixels_(work.shape.pixels()),
        vectors_((pixels_ + work.parameters->lanes - 1) / work.parameters->lanes),
        skips_(work.parameters->skip_zero_activations),
        merges_(work.merge_steps && !skips_),
        credit_(work.parameters->lanes),
        last_steps_(vectors_) {
    if (merges_) return;
    activations_.emplace(work);
    reads_.emplace(work, *activations_);
    find();
  }

  bool next(Step& step) override {
    if (at_.place == work_.shape.output_channels) return false;
    if (merges_) {
      whole_row(step);
      return true;
    }
    const Place here = at_;
    fill(step, here);
    ++at_.vector;
    find();
    step.last_of_block = block_of(at_.place) != step.block || at_.place == work_.shape.output_channels;
    return true;
  }
  /// Of the steps so far, but for the values read.
  [[nodiscard]] const SpuTraffic& traffic() const { return traffic_; }
  void block(std::uint64_t index, WeightBlock& block) override { work_.add_group(block, index); }
  [[nodiscard]] std::uint64_t block_count() const override { return work_.groups(); }
  [[nodiscard]] std::uint64_t least_cycles() const override {
    std::uint64_t steps = 0;
    for (std::uint32_t channel = 0; channel < work_.shape.output_channels; ++channel) {
      steps += vectors_ * (skips_ ? 1 : std::max<std::uint64_t>(1, work_.row_values(channel)));
    }
    return steps + work_.groups() * decode_cycles();
  }

 private:
  /// A step that may take place.
  struct Place {
    std::uint32_t place = 0;  ///< In the row order.
    std::uint64_t slot = 0, vector = 0;
  };

  [[nodiscard]] std::uint32_t decode_cycles() const {
    return work_.decodes_indices() ? work_.parameters->index_decode_cycles : 0;
  }
  [[nodiscard]] std::uint64_t block_of(std::uint32_t place) const { return place / work_.channels(); }
  [[nodiscard]] std::uint32_t channel() const { return work_.weights->row_order()[at_.place]; }
  [[nodiscard]] std::uint32_t pixels_in(std::uint64_t vector) const {
    const std::uint64_t lanes = work_.parameters->lanes;
    return static_cast<std::uint32_t>(std::min(lanes, pixels_ - vector * lanes));
  }

  /// Moves on from at_, itself included, to a step that takes place.
  void find() {
    for (; at_.place < work_.shape.output_channels; next_row()) {
      const std::uint64_t slots = work_.row_values(channel());
      for (; at_.slot < std::max<std::uint64_t>(1, slots); ++at_.slot, at_.vector = 0) {
        entry_.reset();
        if (slots != 0) entry_ = work_.entry(channel(), at_.slot);
        for (; at_.vector < vectors_; ++at_.vector) {
          if (takes_place(at_.slot + 1 >= slots)) return;
        }
      }
    }
  }
  void next_row() {
    ++at_.place;
    at_.slot = at_.vector = 0;
    std::fill(last_steps_.begin(), last_steps_.end(), 0);
  }
  /// Lists the activations on the way.
  [[nodiscard]] bool takes_place(bool last_slot) {
    offsets_.clear();
    bool adds = false;
    if (entry_ && entry_->value != 0) {
      const std::uint64_t first = at_.vector * work_.parameters->lanes;
      for (std::uint64_t pixel = first; pixel < first + pixels_in(at_.vector); ++pixel) {
        const std::uint64_t offset = activations_->offset(activations_->corner(pixel), entry_->position);
        if (offset == SpuActivations::outside) continue;
        offsets_.push_back(offset);
        adds = adds || !activations_->zero(offset);
      }
    }
    writes_zeros_ = !entry_ || (skips_ && !adds);
    if (!skips_ || adds) return true;
    if (entry_ && work_.has_value(channel(), at_.slot)) traffic_.skipped += offsets_.size();
    offsets_.clear();
    return last_slot && last_steps_[at_.vector] == 0;
  }

  void fill(Step& step, const Place& here) {
    ++steps_;
    step.block = block_of(here.place);
    if (step.block != block_) step.index_decode_cycles = decode_cycles();
    block_ = step.block;
    const std::uint32_t pixels = pixels_in(here.vector);
    const bool compute = !entry_ || credit_.pass(pixels);
    step.compute_cycles = compute ? 1 : 0;
    step.lane_imbalance_cycles = compute ? 0 : 1;
    std::uint64_t& last = last_steps_[here.vector];
    if (last != 0) {
      constexpr std::uint64_t most = 0xFFFFFFFF;
      step.depends_on_back = static_cast<std::uint32_t>(std::min(steps_ - last, most));
    }
    traffic_.slots += writes_zeros_ ? 0 : pixels;
    traffic_.gathers += offsets_.size();
    traffic_.accumulator_reads += last != 0 ? pixels : 0;
    traffic_.accumulator_writes += pixels;
    last = steps_;
    reads_->begin_step();
    for (const std::uint64_t offset : offsets_) reads_->add(step.reads, offset);
  }

  /// V vectors of a slot take V cycles, and wait for what is left of the pipeline when they come round.
  void whole_row(Step& step) {
    const std::uint64_t slots = work_.row_values(channel());
    step.block = block_of(at_.place);
    if (step.block != block_) step.index_decode_cycles = decode_cycles();
    block_ = step.block;
    const std::uint64_t cycles = std::max<std::uint64_t>(1, slots) * vectors_;
    const std::uint64_t compute = slots == 0 ? cycles : credit_.pass_all(slots * pixels_);
    const std::uint64_t depth = work_.parameters->pipeline_depth;
    const std::uint64_t wait = depth + 1 > vectors_ ? depth + 1 - vectors_ : 0;
    step.compute_cycles = static_cast<std::uint32_t>(compute);
    step.lane_imbalance_cycles = static_cast<std::uint32_t>(cycles - compute);
    step.accumulator_hazard_cycles = static_cast<std::uint32_t>(slots > 1 ? (slots - 1) * wait : 0);
    next_row();
    step.last_of_block = at_.place == work_.shape.output_channels || block_of(at_.place) != step.block;
  }

  const SpuWork& work_;
  const std::uint64_t pixels_, vectors_;
  const bool skips_, merges_;
  std::optional<SpuActivations> activations_;
  std::optional<SharedReads> reads_;
  LaneCredit credit_;
  Place at_;                                       ///< Of the next step.
  std::optional<convolution::SparseEntry> entry_;  ///< Of the next step.
  std::vector<std::uint64_t> offsets_;             ///< Of the next step's activations.
  std::vector<std::uint64_t> last_steps_;          ///< By vector: the row's last step so far, counted from 1.
  bool writes_zeros_ = false;                      ///< The next step, which then has no product.
  SpuTraffic traffic_;
  std::uint64_t steps_ = 0;
  std::uint64_t block_ = Step::no_block;  ///< Of the last step.
};

}  // namespace

std::unique_ptr<Schedule> broadcast_schedule(const SpuWork& work) {
  return std::make_unique<Broadcast>(work);
}

/// A value is read once for all pixels, its index decoded even where the map then says that no step takes place; a row's
/// first value writes its sums, the others read and write them.
SpuTraffic broadcast_traffic(const SpuWork& work, std::uint64_t effective) {
  SpuTraffic traffic;
  if (work.parameters->skip_zero_activations) {
    SpuWork every_step = work;
    every_step.merge_steps = false;
    Broadcast walk(every_step);
    for (Step step; walk.next(step);) step.clear();
    traffic = walk.traffic();
  } else {
    const std::uint64_t pixels = work.shape.pixels();
    for (const std::uint64_t values : work.weights->row_values()) {
      traffic.accumulator_writes += std::max<std::uint64_t>(1, values) * pixels;
      traffic.accumulator_reads += (std::max<std::uint64_t>(1, values) - 1) * pixels;
    }
    traffic.slots = work.stored_values() * pixels;
    traffic.gathers = products_fetched(work, effective);
  }
  traffic.values_read = work.stored_values();
  return traffic;
}

}  // namespace terse
