#include "compiler/tiling.hpp"

#include <gtest/gtest.h>

namespace terse::compiler {
namespace {

/// A 3 x 3 convolution with padding 1 over 16 x 16 x 32, 64 ternary outputs.
struct Convolution {
  Convolution() {
    geometry.input_height = geometry.input_width = geometry.output_height = geometry.output_width = 16;
    geometry.input_channels = 32;
    geometry.output_channels = 64;
    geometry.window.kernel_height = geometry.window.kernel_width = 3;
    geometry.window.pad_top = geometry.window.pad_left = geometry.window.pad_bottom = geometry.window.pad_right = 1;
    geometry.has_weights = true;
    geometry.weights_per_channel = 288;
    layer.ternary.assign(64 * 288, 1);
    layer.requantization.resize(64);
  }
  Tiling tiling(std::uint64_t scratchpad, std::uint32_t accumulators, std::uint32_t array_channels = 16) const {
    const WeightPacker packer(layer, geometry);
    return choose_tiling("conv", geometry, packer, {scratchpad, accumulators, array_channels, 16, 4, 8, 1u << 20});
  }
  Layer layer;
  LayerGeometry geometry;
};

TEST(Tiling, StaysWithinTheHardware) {
  const Convolution convolution;
  for (const std::uint64_t scratchpad : {3000u, 5000u, 10000u, 30000u, 100000u}) {
    for (const std::uint32_t accumulators : {16u, 100u, 1000u, 20000u}) {
      const Tiling tiling = convolution.tiling(scratchpad, accumulators);
      EXPECT_LE(tiling.layout.bytes, scratchpad);
      EXPECT_LE(tiling.layout.accumulator_count, accumulators);
      EXPECT_GE(tiling.row_tiles * tiling.tile.rows, 16u);
      EXPECT_GE(tiling.column_tiles * tiling.tile.columns, 16u);
      EXPECT_GE(tiling.channel_blocks * tiling.tile.channels, 64u);
    }
  }
}

TEST(Tiling, FillsTheArrayWhereItCan) {
  const Convolution convolution;
  EXPECT_EQ(convolution.tiling(30000, 2000).tile.channels % 16, 0u);
  // 16 channels of a single pixel would need 2 * 16 accumulators.
  EXPECT_LT(convolution.tiling(30000, 20).tile.channels, 16u);
}

TEST(Tiling, AFixedTileIsKeptOrRefused) {
  const Convolution convolution;
  const WeightPacker packer(convolution.layer, convolution.geometry);
  const HardwareLimits limits{.scratchpad_bytes = 1u << 20, .accumulators = 1u << 16, .tmac_output_channels = 16};
  Mapping mapping;
  mapping.tile_rows = 5;
  mapping.tile_channels = 100;  // at most the layer's 64
  const Tiling tiling = choose_tiling("conv", convolution.geometry, packer, limits, mapping);
  EXPECT_EQ(tiling.tile.rows, 5u);
  EXPECT_EQ(tiling.tile.channels, 64u);
  HardwareLimits small = limits;
  small.accumulators = 100;
  EXPECT_THROW((void)choose_tiling("conv", convolution.geometry, packer, small, mapping), CompileError);
}

TEST(Tiling, FewTilesWhenThereIsRoom) {
  // 16 * 16 * 64 outputs: a handful of tiles so that DMA hides under compute, not hundreds.
  EXPECT_LE(Convolution().tiling(1u << 20, 1u << 16).tiles(), 8u);
}

TEST(Tiling, AnInputThatFitsIsLoadedOnce) {
  // All accumulators of the 16 x 16 pixels for 16 channels twice: channel blocks over one spatial tile.
  Convolution convolution;
  convolution.geometry.output_height = convolution.geometry.input_height = 4;
  convolution.geometry.output_width = convolution.geometry.input_width = 4;
  const Tiling tiling = convolution.tiling(1u << 20, 2 * 16 * 16);
  EXPECT_TRUE(tiling.input_is_shared);
  EXPECT_EQ(tiling.layout.input[0], tiling.layout.input[1]);
  EXPECT_EQ(tiling.row_tiles * tiling.column_tiles, 1u);
  EXPECT_NE(tiling.layout.weights[0], tiling.layout.weights[1]);
}

TEST(Tiling, TheSpanOfAWindowIncludesItsHalo) {
  // Outputs 2..4 of a 3-wide window with padding 1, stride 2 over 9: inputs 3..9, the last of them padding.
  const InputSpan inner = input_span(2, 3, 9, 1, 3, 1, 2);
  EXPECT_EQ(inner.first, 3u);
  EXPECT_EQ(inner.count, 6u);
  EXPECT_EQ(inner.pad_before, 0u);
  const InputSpan first = input_span(0, 1, 9, 1, 3, 1, 2);
  EXPECT_EQ(first.first, 0u);
  EXPECT_EQ(first.count, 2u);
  EXPECT_EQ(first.pad_before, 1u);
}

}  // namespace
}  // namespace terse::compiler
