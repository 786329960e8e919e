#pragma once
// The driver and the units in time: who waits for whom, tile by tile. It follows sw_driver/layer_executor.hpp and
// tile_executor.hpp: two tiles are under way, one core does everything one after the other and is interrupted by each
// job's end, each unit does its jobs in order.
#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "compiler/prediction/driver_costs.hpp"
#include "compiler/prediction/hardware_timing.hpp"

namespace terse::compiler {

/// Cycles of a tile's jobs; 0 where there is none.
struct TileTimes {
  std::vector<std::uint64_t> loads, stores;
  std::uint64_t dense = 0, sparse = 0, merge = 0;
  bool fused = false;  ///< `dense` does both.
};

struct LayerTimes {
  std::vector<TileTimes> tiles;
  std::uint64_t core = 0;       ///< The core does the layer, in so many cycles.
  std::size_t early_loads = 0;  ///< Of the first tile, that may run while the layer before does.
};

/// Where a layer's time goes.
struct LayerTimeline {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t dense = 0, sparse = 0, merge = 0, dma = 0;  ///< Sums of the jobs' cycles.
  std::uint64_t core = 0;                                   ///< Cycles in which the core is awake.

  [[nodiscard]] std::uint64_t cycles() const { return end - begin; }
};

class DriverTimeline {
 public:
  /// `far_records`: the image's records are read from the network's memory.
  DriverTimeline(const HardwareTiming& timing, bool far_records, const DriverCosts& costs = {});

  /// One inference. Layers as the driver marks them.
  std::vector<LayerTimeline> run(std::span<const LayerTimes> layers);
  /// From the first mark of the last run to its last one.
  [[nodiscard]] std::uint64_t inference_cycles() const { return inference_; }

 private:
  enum UnitIndex : std::uint8_t { load_channel, store_channel, tmac, spu, merge_unit, unit_count };
  struct Unit {
    std::deque<std::uint64_t> ends;  ///< Of jobs that the driver does not know to be finished.
    std::uint64_t last_end = 0;
    std::uint64_t dispatched = 0, finished = 0;
    std::uint64_t recorded_until = 0;  ///< The interrupt handler has seen ends up to here.
    bool has_events = false;
  };
  enum class Stage : std::uint8_t { loading, passes, merging, awaiting_merge, storing, finished };
  struct Slot {
    const TileTimes* tile = nullptr;
    Stage stage = Stage::finished;
    std::size_t moved = 0;
    bool may_compute = true;                                        ///< The loads of the tile before are done.
    std::uint64_t last_move = 0, dense = 0, sparse = 0, merge = 0;  ///< Tickets; 0: not dispatched.
  };

  Unit& unit(UnitIndex index) { return units_[index == store_channel && one_channel_ ? load_channel : index]; }
  void spend(std::uint64_t cycles);
  void interrupt(Unit& unit);
  Unit* next_interrupt(std::uint64_t until);
  void sleep();
  bool service();
  bool dispatch(UnitIndex index, std::uint64_t duration, std::uint64_t cost, std::uint64_t words,
                std::uint64_t& ticket);
  [[nodiscard]] bool is_finished(UnitIndex index, std::uint64_t ticket) { return unit(index).finished >= ticket; }
  void advance_layer();
  void load_early();
  void advance(Slot& slot);
  void step(Slot& slot);
  void move(Slot& slot, UnitIndex channel, const std::vector<std::uint64_t>& durations, Stage next);
  void passes(Slot& slot);
  [[nodiscard]] std::uint64_t overlap(UnitIndex other, std::uint64_t begin, std::uint64_t duration);

  const HardwareTiming& timing_;
  const DriverCosts costs_;
  const std::uint64_t far_word_;
  const bool one_channel_;
  std::array<Unit, unit_count> units_;
  std::array<Slot, 2> slots_;
  std::uint64_t now_ = 0, inference_ = 0, asleep_ = 0;
  bool activity_ = false, dispatched_any_ = false;
  const LayerTimes* layer_ = nullptr;
  const LayerTimes* next_layer_ = nullptr;
  std::size_t started_ = 0;       ///< Tiles.
  std::size_t early_ = 0;         ///< Loads of the next layer that are dispatched ...
  std::uint64_t last_early_ = 0;  ///< ... and the last one's ticket.
  LayerTimeline* account_ = nullptr;
};

}  // namespace terse::compiler
