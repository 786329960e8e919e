#pragma once
// A tiled layer -> the tiles, transfers and jobs of the image.
#include <cstdint>
#include <vector>

#include "compiler/compiler.hpp"
#include "compiler/image_writer.hpp"
#include "compiler/memory_plan.hpp"
#include "compiler/tiling.hpp"

namespace terse::compiler {

/// Everything the schedule of a layer depends on.
struct ScheduledLayer {
  const QuantizedNetwork& network;
  const Layer& layer;
  const LayerGeometry& geometry;
  const WeightPacker& packer;
  const Tiling& tiling;
  const MemoryPlan& memory;
  bool draft = false;  ///< Without the weights' bytes: for the times of a tiling that is only considered.
};

/// Appends the layer to the image. The plan's row offsets are relative to the data section until the image is finished.
LayerPlan schedule_layer(const ScheduledLayer& scheduled, ImageWriter& writer);

}  // namespace terse::compiler
