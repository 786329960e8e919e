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
//
// Tensors that stay in the scratchpad from layer to layer (compiler/placement.hpp) lie at its end; a tile reads and writes
// them in place, without buffers. A layer's first weights may be loaded while the layer before it computes: then they lie
// where that one has no buffer.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "compiler/compiler.hpp"
#include "compiler/layer_geometry.hpp"
#include "compiler/weight_packing.hpp"

namespace terse::compiler {

/// Which of a layer's operands are in the scratchpad as whole tensors.
struct Residency {
  bool input = false, residual = false, output = false;
};

/// Bytes [begin, end) of the scratchpad.
struct ByteRange {
  std::uint64_t begin = 0, end = 0;
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
  bool input_is_shared = false;    ///< One input buffer, loaded once.
  bool weights_are_early = false;  ///< The first block's may be loaded while the layer before computes.
  Residency residency;
  ScratchpadLayout layout;

  [[nodiscard]] bool loads_input() const { return !residency.input; }
  /// Buffers in use, in no order.
  [[nodiscard]] std::vector<ByteRange> buffers() const;
  [[nodiscard]] std::uint64_t tiles() const { return std::uint64_t{row_tiles} * column_tiles * channel_blocks; }
};

/// Cycles of a layer cut in this way.
using TilingCost = std::function<std::uint64_t(const Tiling&)>;

/// The cheapest tiling that fits `limits` and has the sizes that `mapping` fixes; the same every time. A closed formula
/// ranks all candidates, and `cost`, if there is one, decides among the first few. Throws CompileError naming the layer,
/// what the smallest tile needs, what is there and what to change.
Tiling choose_tiling(const std::string& layer_name, const LayerGeometry& geometry, const WeightPacker& packer,
                     const HardwareLimits& limits, const LayerMapping& mapping = {}, const Residency& residency = {},
                     const TilingCost& cost = {});

/// Moves the buffers, within the first `scratchpad_bytes`, so that the first weights lie beside `busy`, the buffers of the
/// layer before, and below `weight_limit`, where no tensor stays that either layer needs. Nothing changes if they do not fit.
void make_weights_early(Tiling& tiling, std::span<const ByteRange> busy, std::uint64_t weight_limit,
                        std::uint64_t scratchpad_bytes);

}  // namespace terse::compiler
