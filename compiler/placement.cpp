#include "compiler/placement.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "compiler/layer_schedule.hpp"

namespace terse::compiler {

namespace {

constexpr std::uint64_t tensor_alignment = 64;

/// A tensor that stays.
struct Resident {
  std::uint64_t begin = 0, end = 0;     ///< Bytes of the scratchpad.
  std::size_t first_layer, last_layer;  ///< That makes it, and that reads it last.

  [[nodiscard]] bool lives_in(std::size_t layer) const { return first_layer <= layer && layer <= last_layer; }
};

class Placer {
 public:
  Placer(const QuantizedNetwork& network, std::deque<PreparedLayer>& layers, const HardwareLimits& limits)
      : network_(network),
        layers_(layers),
        limits_(limits),
        memory_(plan_memory(network)),
        last_use_(last_uses(network)),
        tilings_(layers.size()),
        cycles_(layers.size()) {}

  Placement run(const Mapping& mapping) {
    for (std::size_t i = 0; i < layers_.size(); ++i) std::tie(tilings_[i], cycles_[i]) = tile(i);
    if (mapping.keep_activations) {
      for (std::size_t i = 0; i < layers_.size(); ++i) try_to_keep(i);
    }
    if (mapping.early_weights) {
      for (std::size_t i = 1; i < layers_.size(); ++i) {
        if (layers_[i].is_core() || layers_[i - 1].is_core()) continue;
        const std::uint64_t room = room_of(i);
        make_weights_early(tilings_[i], tilings_[i - 1].buffers(), std::min(room, room_of(i - 1)), room);
      }
    }
    std::map<std::size_t, std::uint32_t> in_scratchpad;
    for (const auto& [tensor, place] : residents_) in_scratchpad[tensor] = static_cast<std::uint32_t>(place.begin);
    return {plan_memory(network_, in_scratchpad), std::move(tilings_)};
  }

 private:
  /// Bytes from the scratchpad's start that no tensor occupies while a layer runs.
  [[nodiscard]] std::uint64_t room_of(std::size_t layer) const {
    std::uint64_t room = limits_.scratchpad_bytes;
    for (const auto& [tensor, resident] : residents_) {
      if (resident.lives_in(layer)) room = std::min(room, resident.begin);
    }
    return room;
  }
  [[nodiscard]] Residency residency_of(const Layer& layer) const {
    return {residents_.contains(layer.input), layer.residual != Layer::no_tensor && residents_.contains(layer.residual),
            residents_.contains(layer.output)};
  }

  /// The best tiling beside what stays, and the cycles it is expected to take alone.
  std::pair<Tiling, std::uint64_t> tile(std::size_t index) {
    PreparedLayer& layer = layers_[index];
    if (layer.is_core()) return {};  // it needs no room
    HardwareLimits limits = limits_;
    limits.scratchpad_bytes = room_of(index);
    const auto cost = [&](const Tiling& tiling) { return cycles_of(layer, tiling); };
    const Tiling tiling = choose_tiling(layer.layer.name, layer.geometry, layer.packer, limits, layer.mapping,
                                        residency_of(layer.layer), cost);
    return {tiling, cost(tiling)};
  }
  std::uint64_t cycles_of(PreparedLayer& layer, const Tiling& tiling) {
    ImageWriter draft;
    const LayerPlan plan =
        schedule_layer({network_, layer.layer, layer.geometry, layer.packer, tiling, memory_, true}, draft);
    return cycles_alone(layer.timer.times(draft, 0, plan.tiles), limits_.timing);
  }

  [[nodiscard]] bool may_stay(std::size_t tensor, std::size_t maker) const {
    if (tensor == network_.output || network_.tensors[tensor].element_bytes() != 1) return false;
    const auto is_core = [](const Layer& layer) { return layer.kind == LayerKind::core; };
    for (std::size_t i = maker; i <= last_use_[tensor]; ++i) {
      const Layer& layer = network_.layers[i];
      const bool uses = i == maker || layer.input == tensor || layer.residual == tensor ||
                        std::ranges::find(layer.more_inputs, tensor) != layer.more_inputs.end();
      if (uses && is_core(layer)) return false;
      // Padding that is no zero must lie around the input.
      if (layer.input == tensor && layers_[i].geometry.stores_padding) return false;
    }
    return true;
  }

  /// The highest free place for a tensor during its life.
  [[nodiscard]] std::optional<Resident> find_place(std::size_t tensor, std::size_t maker) const {
    const std::uint64_t bytes =
        (network_.tensors[tensor].bytes() + tensor_alignment - 1) / tensor_alignment * tensor_alignment;
    std::vector<const Resident*> others;
    for (const auto& [other, resident] : residents_) {
      if (resident.first_layer <= last_use_[tensor] && maker <= resident.last_layer) others.push_back(&resident);
    }
    std::ranges::sort(others, [](const Resident* a, const Resident* b) { return a->end > b->end; });
    std::uint64_t end = limits_.scratchpad_bytes / tensor_alignment * tensor_alignment;
    for (const Resident* other : others) {
      if (end >= other->end && end - other->end >= bytes) break;
      end = std::min(end, other->begin);
    }
    if (end < bytes) return std::nullopt;
    return Resident{end - bytes, end, maker, last_use_[tensor]};
  }

  void try_to_keep(std::size_t maker) {
    const std::size_t tensor = network_.layers[maker].output;
    const std::size_t last = last_use_[tensor];
    if (last == maker || !may_stay(tensor, maker)) return;
    const std::optional<Resident> place = find_place(tensor, maker);
    if (!place) return;
    const TensorPlace before = memory_.places[tensor];
    residents_.emplace(tensor, *place);
    memory_.places[tensor] = {image::Region::scratchpad, static_cast<std::uint32_t>(place->begin)};
    std::vector<std::pair<Tiling, std::uint64_t>> tilings;
    std::uint64_t cycles = 0, cycles_before = 0;
    try {
      for (std::size_t i = maker; i <= last; ++i) {
        tilings.push_back(tile(i));
        cycles += tilings.back().second;
        cycles_before += cycles_[i];
      }
    } catch (const CompileError&) {
      cycles = cycles_before + 1;  // a layer has no room beside it
    }
    if (cycles > cycles_before) {
      residents_.erase(tensor);
      memory_.places[tensor] = before;
      return;
    }
    for (std::size_t i = maker; i <= last; ++i) std::tie(tilings_[i], cycles_[i]) = tilings[i - maker];
  }

  const QuantizedNetwork& network_;
  std::deque<PreparedLayer>& layers_;
  const HardwareLimits& limits_;
  MemoryPlan memory_;
  const std::vector<std::size_t> last_use_;
  std::map<std::size_t, Resident> residents_;  ///< By tensor.
  std::vector<Tiling> tilings_;
  std::vector<std::uint64_t> cycles_;
};

}  // namespace

Placement place_network(const QuantizedNetwork& network, std::deque<PreparedLayer>& layers,
                        const HardwareLimits& limits, const Mapping& mapping) {
  return Placer(network, layers, limits).run(mapping);
}

}  // namespace terse::compiler
