#include "compiler/memory_plan.hpp"

#include <algorithm>

namespace terse::compiler {

namespace {

constexpr std::uint64_t alignment = 64;

struct Allocation {
  std::uint64_t begin, end;
  std::size_t last_use;  ///< Index of the last layer that reads it.
};

/// Lowest offset with room beside the live allocations, which are sorted by begin.
std::uint64_t first_fit(const std::vector<Allocation>& live, std::uint64_t bytes) {
  std::uint64_t offset = 0;
  for (const Allocation& allocation : live) {
    if (offset + bytes <= allocation.begin) break;
    offset = std::max(offset, allocation.end);
  }
  return offset;
}

}  // namespace

std::vector<std::size_t> last_uses(const QuantizedNetwork& network) {
  std::vector<std::size_t> result(network.tensors.size(), 0);
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    result[layer.output] = i;
    result[layer.input] = i;
    if (layer.residual != Layer::no_tensor) result[layer.residual] = i;
    for (const std::size_t operand : layer.more_inputs) result[operand] = i;
  }
  return result;
}

MemoryPlan plan_memory(const QuantizedNetwork& network, const std::map<std::size_t, std::uint32_t>& in_scratchpad) {
  MemoryPlan plan;
  plan.places.resize(network.tensors.size());
  plan.places[network.input].region = image::Region::input;
  plan.places[network.output].region = image::Region::output;
  const std::vector<std::size_t> last_use = last_uses(network);
  std::vector<Allocation> live;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    // The operands of layer i are live while it runs, so only what was last read before it is free.
    std::erase_if(live, [&](const Allocation& allocation) { return allocation.last_use < i; });
    const std::size_t made = network.layers[i].output;
    if (made == network.output) continue;
    if (const auto stays = in_scratchpad.find(made); stays != in_scratchpad.end()) {
      plan.places[made] = {image::Region::scratchpad, stays->second};
      continue;
    }
    const std::uint64_t bytes = (network.tensors[made].bytes() + alignment - 1) / alignment * alignment;
    const std::uint64_t offset = first_fit(live, bytes);
    plan.places[made].offset = static_cast<std::uint32_t>(offset);
    plan.arena_bytes = std::max(plan.arena_bytes, offset + bytes);
    const auto after = std::find_if(live.begin(), live.end(), [&](const Allocation& a) { return a.begin > offset; });
    live.insert(after, {offset, offset + bytes, last_use[made]});
  }
  return plan;
}

}  // namespace terse::compiler
