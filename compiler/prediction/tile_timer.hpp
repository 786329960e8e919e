#pragma once
// Cycles of the jobs of a layer's tiles, from the image's records. Tiles of a layer have few shapes: what is known is kept.
#include <array>
#include <map>
#include <span>
#include <vector>

#include "compiler/block_row.hpp"
#include "compiler/compiler.hpp"
#include "compiler/image_writer.hpp"
#include "compiler/layer_geometry.hpp"
#include "compiler/prediction/driver_timeline.hpp"
#include "compiler/prediction/unit_cycles.hpp"
#include "compiler/weight_packing.hpp"

namespace terse::compiler {

class TileTimer {
 public:
  /// The arguments must outlive the timer.
  TileTimer(const Layer& layer, const LayerGeometry& geometry, const WeightPacker& packer,
            const HardwareLimits& limits);

  /// `rectangles`: of the tiles of the writer's layer `index`.
  [[nodiscard]] LayerTimes times(const ImageWriter& writer, std::uint32_t index,
                                 std::span<const TileRectangle> rectangles);

 private:
  using Key = std::array<std::uint32_t, 10>;

  std::uint64_t dense(const registers::tmac::Job& job, const TileRectangle& tile, bool fused);
  std::uint64_t sparse(const registers::spu::Job& job, const TileRectangle& tile);
  std::uint64_t transfer(const image::Transfer& transfer);
  [[nodiscard]] std::vector<std::uint32_t> value_cycles(const TileRectangle& tile) const;
  [[nodiscard]] std::uint64_t row_bytes(const TileRectangle& tile, std::uint32_t channel) const;
  [[nodiscard]] BlockRow block_row(const TileRectangle& tile, std::uint32_t channel) const;
  void find_positions();

  const Layer& layer_;
  const LayerGeometry& g_;
  const WeightPacker& packer_;
  const HardwareLimits& limits_;
  std::vector<std::vector<std::uint32_t>> positions_;  ///< k of the values other than 0, by output channel.
  std::map<Key, std::uint64_t> dense_, sparse_, transfers_;
};

/// What a layer alone takes, as the tiler compares its candidates.
[[nodiscard]] std::uint64_t cycles_alone(const LayerTimes& layer, const HardwareTiming& timing);

}  // namespace terse::compiler
