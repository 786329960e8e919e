#include "compiler/prediction/network_prediction.hpp"

#include <algorithm>
#include <array>

#include "compiler/prediction/core_cycles.hpp"

namespace terse::compiler {

namespace {

/// Bytes of the records that the driver reads again and again.
std::uint64_t bytes_of_records(const ImageWriter& writer) {
  return sizeof(image::Header) + writer.layers().size_bytes() + writer.tiles().size_bytes() +
         writer.transfers().size_bytes() + writer.dense_jobs().size_bytes() + writer.sparse_jobs().size_bytes() +
         writer.merge_jobs().size_bytes();
}

/// Cycles of the passes if no fetch ever found a bank taken.
std::pair<std::uint64_t, std::uint64_t> passes_without_banks(const ImageWriter& writer, std::uint32_t index,
                                                             const PreparedLayer& layer, const HardwareLimits& limits,
                                                             const LayerPlan& plan) {
  HardwareLimits unbanked = limits;
  unbanked.timing.memory.banks = 0;
  TileTimer timer(layer.layer, layer.geometry, layer.packer, unbanked);
  std::pair<std::uint64_t, std::uint64_t> sum;
  for (const TileTimes& tile : timer.times(writer, index, plan.tiles).tiles) {
    sum.first += tile.dense;
    sum.second += tile.fused ? 0 : tile.sparse;
  }
  return sum;
}

/// What is busy longest. A pass that the banks slow down by a third and more is bound by the scratchpad.
std::string bound_of(const LayerPrediction& prediction, std::uint64_t dense, std::uint64_t sparse) {
  struct Resource {
    const char* name;
    std::uint64_t cycles, without_banks;
  };
  const std::array<Resource, 5> resources{{{"compute dense", prediction.dense, dense},
                                           {"compute sparse", prediction.sparse, sparse},
                                           {"DMA", prediction.dma, prediction.dma},
                                           {"merge", prediction.merge, prediction.merge},
                                           {"driver", prediction.driver, prediction.driver}}};
  const Resource& most = *std::ranges::max_element(resources, {}, &Resource::cycles);
  return 4 * most.without_banks <= 3 * most.cycles ? "scratchpad" : most.name;
}

}  // namespace

std::uint64_t predict(const QuantizedNetwork& network, const ImageWriter& writer, std::deque<PreparedLayer>& layers,
                      const HardwareLimits& limits, std::vector<LayerPlan>& plans) {
  std::vector<LayerTimes> times;
  for (std::uint32_t i = 0; i < layers.size(); ++i) {
    times.push_back(layers[i].timer.times(writer, i, plans[i].tiles));
    times.back().early_loads = writer.layers()[i].early_loads;
    if (layers[i].is_core()) times.back().core = core_cycles(network, layers[i].layer);
  }
  DriverTimeline timeline(limits.timing, bytes_of_records(writer) > image::near_record_bytes);
  const std::vector<LayerTimeline> result = timeline.run(times);
  for (std::uint32_t i = 0; i < layers.size(); ++i) {
    LayerPrediction& prediction = plans[i].prediction;
    prediction = {
        result[i].cycles(), result[i].dense, result[i].sparse, result[i].merge, result[i].dma, result[i].core, {}};
    if (layers[i].is_core()) {
      prediction.bound = "driver";
      continue;
    }
    const auto [dense, sparse] = passes_without_banks(writer, i, layers[i], limits, plans[i]);
    prediction.bound = bound_of(prediction, dense, sparse);
  }
  return timeline.inference_cycles();
}

}  // namespace terse::compiler
