#include "compiler/prediction/driver_timeline.hpp"

#include <algorithm>

namespace terse::compiler {

namespace {

/// Of the cycles in which the dense and the sparse pass run together, those that each loses to the other at the
/// scratchpad's banks, in per cent. Measured: 5 to 15 % on the shipped networks (docs/compiler.md).
constexpr std::uint64_t conflict_percent = 12;

}  // namespace

DriverTimeline::DriverTimeline(const HardwareTiming& timing, bool far_records, const DriverCosts& costs)
    : timing_(timing),
      costs_(costs),
      far_word_(far_records ? costs.far_word : 0),
      one_channel_(timing.dma.channels < 2) {}

std::vector<LayerTimeline> DriverTimeline::run(std::span<const LayerTimes> layers) {
  std::vector<LayerTimeline> result(layers.size());
  const std::uint64_t begin = now_;
  spend(costs_.inference_begin);
  for (std::size_t index = 0; index < layers.size(); ++index) {
    account_ = &result[index];
    account_->begin = now_;
    const std::uint64_t slept = asleep_;
    layer_ = &layers[index];
    next_layer_ = index + 1 < layers.size() ? &layers[index + 1] : nullptr;
    started_ = 0;
    spend(costs_.layer_begin + layer_->core);
    advance_layer();
    const auto busy = [&] {
      return started_ < layer_->tiles.size() ||
             std::ranges::any_of(slots_, [](const Slot& slot) { return slot.stage != Stage::finished; });
    };
    while (busy()) {
      sleep();
      spend(costs_.step);
      activity_ = false;
      if (!service()) continue;
      spend(costs_.progress);
      dispatched_any_ = false;
      advance_layer();
      if (!dispatched_any_ && busy()) spend(costs_.idle);
    }
    spend(costs_.layer_end);
    account_->end = now_;
    account_->core = account_->cycles() - (asleep_ - slept);
    spend(costs_.layer_mark);
  }
  spend(costs_.inference_end);
  inference_ = now_ - begin;
  return result;
}

/// The unit whose job's end the handler has not seen and that ends first, not after `until`.
DriverTimeline::Unit* DriverTimeline::next_interrupt(std::uint64_t until) {
  Unit* first = nullptr;
  std::uint64_t first_end = 0;
  for (Unit& candidate : units_) {
    const auto unseen = std::upper_bound(candidate.ends.begin(), candidate.ends.end(), candidate.recorded_until);
    if (unseen == candidate.ends.end() || *unseen > until) continue;
    if (first == nullptr || *unseen < first_end) {
      first = &candidate;
      first_end = *unseen;
    }
  }
  return first;
}

/// The handler of a unit's interrupt, at now_.
void DriverTimeline::interrupt(Unit& unit) {
  unit.recorded_until = now_ + costs_.interrupt / 2;  // when it reads and clears the status
  unit.has_events = true;
  activity_ = true;
  now_ += costs_.interrupt;
}

/// The core works; interrupts come in between and delay it.
void DriverTimeline::spend(std::uint64_t cycles) {
  std::uint64_t end = now_ + cycles;
  while (Unit* unit = next_interrupt(end)) {
    const auto unseen = std::upper_bound(unit->ends.begin(), unit->ends.end(), unit->recorded_until);
    now_ = std::max(now_, *unseen);
    interrupt(*unit);
    end += costs_.interrupt;
  }
  now_ = end;
}

void DriverTimeline::sleep() {
  spend(costs_.sleep);
  if (activity_) return;
  constexpr std::uint64_t ever = ~std::uint64_t{0};
  Unit* unit = next_interrupt(ever);
  if (unit == nullptr) return;
  const auto unseen = std::upper_bound(unit->ends.begin(), unit->ends.end(), unit->recorded_until);
  if (*unseen > now_) {
    asleep_ += *unseen - now_;
    now_ = *unseen;
  }
  interrupt(*unit);
  spend(0);
}

/// Asks the units that have interrupted; true if a job has finished.
bool DriverTimeline::service() {
  bool progress = false;
  for (Unit& unit : units_) {
    if (!unit.has_events) continue;
    unit.has_events = false;
    spend(costs_.service);
    while (!unit.ends.empty() && unit.ends.front() <= now_) {
      unit.ends.pop_front();
      ++unit.finished;
      progress = true;
    }
  }
  return progress;
}

/// Cycles of a job from `begin` on in which the other unit has one.
std::uint64_t DriverTimeline::overlap(UnitIndex other, std::uint64_t begin, std::uint64_t duration) {
  const std::uint64_t end = unit(other).last_end;
  return end > begin ? std::min(end - begin, duration) : 0;
}

/// False when the unit's queue is full.
bool DriverTimeline::dispatch(UnitIndex index, std::uint64_t duration, std::uint64_t cost, std::uint64_t words,
                              std::uint64_t& ticket) {
  Unit& target = unit(index);
  if (target.dispatched - target.finished >= timing_.queue_depth) return false;
  spend(cost + words * far_word_);
  const std::uint64_t begin = std::max(now_, target.last_end);
  std::uint64_t conflicts = 0;
  if (index == tmac || index == spu) {
    const UnitIndex other = index == tmac ? spu : tmac;
    conflicts = overlap(other, begin, duration) * conflict_percent / 100;
    // The other one, under way, loses as many.
    if (conflicts != 0 && !unit(other).ends.empty() && unit(other).ends.back() > now_) {
      unit(other).ends.back() += conflicts;
      unit(other).last_end += conflicts;
    }
  }
  dispatched_any_ = true;
  target.last_end = begin + duration + conflicts;
  target.ends.push_back(target.last_end);
  ticket = ++target.dispatched;
  if (index == tmac) account_->dense += duration + conflicts;
  if (index == spu) account_->sparse += duration + conflicts;
  if (index == merge_unit) account_->merge += duration;
  if (index == load_channel || index == store_channel) account_->dma += duration;
  return true;
}

void DriverTimeline::advance_layer() {
  for (std::size_t turn = 0; turn < slots_.size(); ++turn) {
    Slot& slot = slots_[(started_ + turn) % slots_.size()];
    if (slot.stage == Stage::finished) continue;
    slot.may_compute = turn == 0 || slots_[started_ % slots_.size()].stage != Stage::loading;
    spend(costs_.visit);
    advance(slot);
  }
  while (started_ < layer_->tiles.size() && slots_[started_ % slots_.size()].stage == Stage::finished) {
    Slot& slot = slots_[started_ % slots_.size()];
    slot = Slot{};
    slot.tile = &layer_->tiles[started_];
    slot.stage = Stage::loading;
    if (started_ == 0) {
      slot.moved = early_;
      slot.last_move = last_early_;
      early_ = 0;
    }
    ++started_;
    slot.may_compute = slots_[started_ % slots_.size()].stage != Stage::loading;
    spend(costs_.tile_begin + costs_.tile_words * far_word_);
    advance(slot);
  }
  load_early();
}

/// Loads of the next layer's first tile that depend on nothing, when this layer loads no more.
void DriverTimeline::load_early() {
  if (next_layer_ == nullptr || started_ < layer_->tiles.size()) return;
  if (std::ranges::any_of(slots_, [](const Slot& slot) { return slot.stage == Stage::loading; })) return;
  for (; early_ < next_layer_->early_loads; ++early_) {
    const std::uint64_t duration = next_layer_->tiles.front().loads[early_];
    if (!dispatch(load_channel, duration, costs_.early_load, costs_.transfer_words, last_early_)) return;
  }
}

void DriverTimeline::advance(Slot& slot) {
  for (Stage before = slot.stage;; before = slot.stage) {
    step(slot);
    if (slot.stage == before) return;
  }
}

void DriverTimeline::step(Slot& slot) {
  const TileTimes& tile = *slot.tile;
  switch (slot.stage) {
    case Stage::loading:
      return move(slot, load_channel, tile.loads, Stage::passes);
    case Stage::passes:
      return passes(slot);
    case Stage::merging:
      if (dispatch(merge_unit, tile.merge, costs_.merge, costs_.merge_words, slot.merge)) {
        slot.stage = Stage::awaiting_merge;
      }
      return;
    case Stage::awaiting_merge:
      if (!is_finished(merge_unit, slot.merge)) return;
      slot.moved = 0;
      slot.stage = Stage::storing;
      return;
    case Stage::storing:
      return move(slot, store_channel, tile.stores, Stage::finished);
    case Stage::finished:
      return;
  }
}

void DriverTimeline::move(Slot& slot, UnitIndex channel, const std::vector<std::uint64_t>& durations, Stage next) {
  const std::uint64_t cost = channel == load_channel ? costs_.load : costs_.store;
  for (; slot.moved < durations.size(); ++slot.moved) {
    if (!dispatch(channel, durations[slot.moved], cost, costs_.transfer_words, slot.last_move)) return;
  }
  const bool done = durations.empty() || is_finished(channel, slot.last_move);
  if (done && (next != Stage::passes || slot.may_compute)) slot.stage = next;
}

void DriverTimeline::passes(Slot& slot) {
  const TileTimes& tile = *slot.tile;
  const bool has_sparse = tile.sparse != 0 && !tile.fused;
  if (tile.dense != 0 && slot.dense == 0) {
    const std::uint64_t cost = tile.fused ? costs_.fused : costs_.dense;
    if (!dispatch(tmac, tile.dense, cost, costs_.dense_words, slot.dense)) return;
  }
  const bool dense_done = tile.dense == 0 || is_finished(tmac, slot.dense);
  if (!dense_done && timing_.superposition == SuperpositionMode::sequential) return;
  if (has_sparse && slot.sparse == 0 && !dispatch(spu, tile.sparse, costs_.sparse, costs_.sparse_words, slot.sparse)) {
    return;
  }
  const bool sparse_done = !has_sparse || is_finished(spu, slot.sparse);
  if (dense_done && sparse_done) slot.stage = Stage::merging;
}

}  // namespace terse::compiler
