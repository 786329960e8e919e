// The driver's time by hand, with round costs.
#include "compiler/prediction/driver_timeline.hpp"

#include <gtest/gtest.h>

namespace terse::compiler {
namespace {

/// Nothing but the jobs takes time ...
DriverCosts free_of_cost() {
  DriverCosts costs{};
  costs.interrupt = costs.step = costs.service = costs.progress = costs.visit = costs.sleep = 0;
  costs.idle = costs.layer_end = costs.layer_mark = costs.layer_begin = costs.tile_begin = 0;
  costs.load = costs.early_load = costs.store = 0;
  costs.dense = costs.sparse = costs.merge = costs.fused = costs.inference_begin = costs.inference_end = 0;
  return costs;
}

TileTimes tile(std::uint64_t load, std::uint64_t dense, std::uint64_t merge, std::uint64_t store) {
  TileTimes times;
  times.loads = {load};
  times.dense = dense;
  times.merge = merge;
  times.stores = {store};
  return times;
}

HardwareTiming two_channels() {
  HardwareTiming timing;
  timing.dma.channels = 2;
  return timing;
}

TEST(DriverTimeline, ATileDoesOneThingAfterTheOther) {
  const HardwareTiming timing = two_channels();
  DriverTimeline timeline(timing, false, free_of_cost());
  const LayerTimes layer{{tile(100, 1000, 10, 50)}};
  const auto result = timeline.run({&layer, 1});
  EXPECT_EQ(result[0].cycles(), 1160u);
  EXPECT_EQ(result[0].dense, 1000u);
  EXPECT_EQ(result[0].dma, 150u);
}

/// Loads of tile t + 1 hide under the pass of tile t, merge and stores under that of t + 1; tile t + 2 waits for t's stores.
TEST(DriverTimeline, TwoTilesAreUnderWay) {
  const HardwareTiming timing = two_channels();
  DriverTimeline timeline(timing, false, free_of_cost());
  const LayerTimes layer{std::vector<TileTimes>(4, tile(100, 1000, 10, 50))};
  // 100, four passes of 1000, 10 and 50: the store of tile 0 and the load of tile 2 end long before tile 1's pass.
  EXPECT_EQ(timeline.run({&layer, 1})[0].cycles(), 4160u);
}

TEST(DriverTimeline, ATileWithoutLoadsWaitsForThoseOfTheTileBefore) {
  const HardwareTiming timing = two_channels();
  DriverTimeline timeline(timing, false, free_of_cost());
  LayerTimes layer{std::vector<TileTimes>(2, tile(500, 1000, 10, 50))};
  layer.tiles[1].loads.clear();
  EXPECT_EQ(timeline.run({&layer, 1})[0].cycles(), 500 + 2 * 1000 + 60u);
}

TEST(DriverTimeline, PassesSuperposeAsAsked) {
  HardwareTiming timing = two_channels();
  TileTimes both = tile(100, 1000, 10, 50);
  both.sparse = 600;
  const LayerTimes layer{{both}};
  timing.superposition = SuperpositionMode::sequential;
  EXPECT_EQ(DriverTimeline(timing, false, free_of_cost()).run({&layer, 1})[0].cycles(), 100 + 1600 + 60u);
  // At once, and 12 % of the 600 common cycles are lost at the banks.
  timing.superposition = SuperpositionMode::concurrent;
  EXPECT_EQ(DriverTimeline(timing, false, free_of_cost()).run({&layer, 1})[0].cycles(), 100 + 1000 + 72 + 60u);
}

TEST(DriverTimeline, EarlyLoadsHideUnderTheLayerBefore) {
  const HardwareTiming timing = two_channels();
  LayerTimes first{{tile(100, 1000, 10, 50)}}, second = first;
  second.tiles[0].loads = {300, 100};  // weights and activations
  std::vector<LayerTimes> layers{first, second};
  EXPECT_EQ(DriverTimeline(timing, false, free_of_cost()).run(layers)[1].cycles(), 400 + 1060u);
  layers[1].early_loads = 1;
  EXPECT_EQ(DriverTimeline(timing, false, free_of_cost()).run(layers)[1].cycles(), 100 + 1060u);
}

/// Each of the four jobs ends with an interrupt of 20 cycles; the core is awake for those, and 5 to dispatch each.
TEST(DriverTimeline, TheCoreTakesItsTime) {
  const HardwareTiming timing = two_channels();
  DriverCosts costs = free_of_cost();
  costs.interrupt = 20;
  costs.load = costs.dense = costs.merge = costs.store = 5;
  DriverTimeline timeline(timing, false, costs);
  const LayerTimes layer{{tile(100, 1000, 10, 50)}};
  const auto result = timeline.run({&layer, 1});
  EXPECT_EQ(result[0].cycles(), 1160 + 4 * 25u);
  EXPECT_EQ(result[0].core, 4 * 25u);
}

TEST(DriverTimeline, RecordsThatLieFarTakeLonger) {
  const HardwareTiming timing = two_channels();
  DriverCosts costs = free_of_cost();
  const LayerTimes layer{{tile(100, 1000, 10, 50)}};
  const std::uint64_t words = costs.tile_words + 2 * costs.transfer_words + costs.dense_words + costs.merge_words;
  EXPECT_EQ(DriverTimeline(timing, true, costs).run({&layer, 1})[0].cycles(), 1160 + words * costs.far_word);
}

}  // namespace
}  // namespace terse::compiler
