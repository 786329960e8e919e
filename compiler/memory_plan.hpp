#pragma once
// Where activations live while a network runs.
#include <cstdint>
#include <map>
#include <vector>

#include "compiler/quantized_network.hpp"
#include "formats/network_image.hpp"

namespace terse::compiler {

struct TensorPlace {
  image::Region region = image::Region::arena;
  std::uint32_t offset = 0;
};

struct MemoryPlan {
  std::vector<TensorPlace> places;  ///< Parallel to QuantizedNetwork::tensors.
  std::uint64_t arena_bytes = 0;
};

/// Tensors between layers share the arena: a tensor occupies it from the layer that makes it to the last that reads it.
/// Each is put at the lowest 64-byte aligned offset that is free during that time, in order of execution. The network's
/// input and output have regions of their own.
/// `in_scratchpad`, by tensor: where in the scratchpad it stays; such tensors need no place in the arena.
MemoryPlan plan_memory(const QuantizedNetwork& network, const std::map<std::size_t, std::uint32_t>& in_scratchpad = {});

/// Index of the last layer that reads each tensor; that of the layer that makes it if none does.
std::vector<std::size_t> last_uses(const QuantizedNetwork& network);

}  // namespace terse::compiler
