#pragma once
// How a layer's output is cut into tiles and where their buffers lie in the scratchpad.
//
// Tiles run channel block by channel block, and within a block row by row of the output. Each sees the full kernel and
// all input channels. The execution rule (formats/network_image.hpp) lets a tile's loads run while the tile before it
// computes, so buffers come in pairs and tile t uses number t & 1. Two buffers are used otherwise:
//   - Weights are loaded by the first tile of a channel block and read by all tiles of it. Block b uses number b & 1:
//   the
//     last tile of block b - 2 is at least two tiles before the first of block b, because block b - 1 lies between.
//   - An input that fits one tile is loaded by tile 0 into a single buffer, which all tiles only read.
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/compiler.hpp"
#include "compiler/layer_geometry.hpp"
#include "compiler/weight_packing.hpp"

namespace terse::compiler {

struct TileShape {
  std::uint32_t rows = 1, columns = 1, channels = 1;  ///< Of a full tile; those at the far edges may be smaller.
};

struct ScratchpadLayout {
  std::uint32_t weights[2] = {}, input[2] = {}, residual[2] = {}, output[2] = {};
  std::uint32_t accumulators[2] = {};                                                     ///< Accumulator bases.
  std::uint64_t weight_bytes = 0, input_bytes = 0, residual_bytes = 0, output_bytes = 0;  ///< Of one buffer each.
  std::uint64_t bytes = 0;                                                                ///< End of the last buffer.
  std::uint64_t accumulator_count = 0;  ///< End of the last tile's accumulators.
};

struct Tiling {
  TileShape tile;
  std::uint32_t row_tiles = 1, column_tiles = 1, channel_blocks = 1;
  bool input_is_shared = false;  ///< One input buffer, loaded once.
  ScratchpadLayout layout;

  [[nodiscard]] std::uint64_t tiles() const { return std::uint64_t{row_tiles} * column_tiles * channel_blocks; }
};

/// The cheapest tiling that fits and has the sizes that `mapping` fixes, by a nominal count of cycles (see tiling.cpp); the same every time. Throws
/// CompileError naming the layer, what the smallest tile needs, what is there and what to change.
Tiling choose_tiling(const std::string& layer_name, const LayerGeometry& geometry, const WeightPacker& packer,
                     const HardwareLimits& limits, const Mapping& mapping = {});

}  // namespace terse::compiler
