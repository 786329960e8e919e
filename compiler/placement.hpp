#pragma once
// Which activations stay in the scratchpad from the layer that makes them to the last that reads them, and how each layer
// is tiled beside them.
//
// A tensor that stays costs room: the layers it lives through have smaller tiles. It saves its store and every load of it.
// Tensors are tried in the order in which they are made, and kept where the layers they live through are predicted to be
// no slower all in all. They lie at the scratchpad's end, whole, rows and channels without gaps.
#include <deque>
#include <vector>

#include "compiler/compiler.hpp"
#include "compiler/layer_geometry.hpp"
#include "compiler/memory_plan.hpp"
#include "compiler/prediction/tile_timer.hpp"
#include "compiler/tiling.hpp"
#include "compiler/weight_packing.hpp"

namespace terse::compiler {

/// What tiling a layer needs again and again.
struct PreparedLayer {
  PreparedLayer(const Layer& of_layer, const QuantizedNetwork& network, const HardwareLimits& limits,
                const LayerMapping& of_mapping)
      : layer(of_layer),
        mapping(of_mapping),
        geometry(geometry_of(layer, network.tensors)),
        packer(layer, geometry, limits, mapping),
        timer(layer, geometry, packer, limits) {}
  PreparedLayer(const PreparedLayer&) = delete;
  PreparedLayer& operator=(const PreparedLayer&) = delete;

  [[nodiscard]] bool is_core() const { return layer.kind == LayerKind::core; }

  const Layer& layer;
  const LayerMapping mapping;
  const LayerGeometry geometry;
  const WeightPacker packer;
  TileTimer timer;
};

struct Placement {
  MemoryPlan memory;
  std::vector<Tiling> tilings;  ///< By layer.
};

/// Throws CompileError where a layer does not fit.
Placement place_network(const QuantizedNetwork& network, std::deque<PreparedLayer>& layers,
                        const HardwareLimits& limits, const Mapping& mapping);

}  // namespace terse::compiler
