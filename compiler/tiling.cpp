#include "compiler/tiling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace terse::compiler {

namespace {

/// Buffers start on a boundary that suits any bank count and bus width in use.
constexpr std::uint64_t buffer_alignment = 64;
// Nominal figures for comparing tilings with each other only; results do not depend on them.
constexpr std::uint64_t nominal_bus_bytes = 8;        // per cycle
constexpr std::uint64_t nominal_tile_overhead = 600;  // cycles the driver spends on a tile
constexpr std::uint64_t greatest_tiles = 65536;       // TAG has 16 bits for the tile

std::uint64_t divide_up(std::uint64_t dividend, std::uint64_t divisor) {
  return (dividend + divisor - 1) / divisor;
}

std::uint64_t align(std::uint64_t bytes) {
  return divide_up(bytes, buffer_alignment) * buffer_alignment;
}

/// Sizes that cut `size` evenly: the distinct ceil(size / n), the largest first. Others leave a smaller rest for the
/// same number of tiles.
std::vector<std::uint32_t> even_sizes(std::uint32_t size) {
  std::vector<std::uint32_t> sizes;
  for (std::uint32_t parts = 1; parts <= size; ++parts) {
    const auto part = static_cast<std::uint32_t>(divide_up(size, parts));
    if (sizes.empty() || part != sizes.back()) sizes.push_back(part);
  }
  return sizes;
}

/// Multiples of what the array makes at once, and, for arrays that the scratchpad cannot feed, fewer.
std::vector<std::uint32_t> channel_sizes(std::uint32_t channels, std::uint32_t array_channels) {
  std::vector<std::uint32_t> sizes;
  for (const std::uint32_t groups : even_sizes(static_cast<std::uint32_t>(divide_up(channels, array_channels)))) {
    sizes.push_back(std::min(groups * array_channels, channels));
  }
  for (const std::uint32_t fewer : even_sizes(std::min(array_channels, channels))) {
    if (fewer < sizes.back()) sizes.push_back(fewer);
  }
  return sizes;
}

class TilingSearch {
 public:
  TilingSearch(const std::string& name, const LayerGeometry& geometry, const WeightPacker& packer,
               const HardwareLimits& limits, const Mapping& mapping)
      : name_(name), g_(geometry), packer_(packer), limits_(limits), mapping_(mapping) {}

  Tiling run() {
    const std::uint32_t group = std::max(limits_.tmac_output_channels, 1u);
    const auto fixed_or = [](std::uint32_t fixed, std::uint32_t most, std::vector<std::uint32_t> sizes) {
      return fixed == 0 ? sizes : std::vector{std::min(fixed, most)};
    };
    const auto row_sizes = fixed_or(mapping_.tile_rows, g_.output_height, even_sizes(g_.output_height));
    const auto column_sizes = fixed_or(mapping_.tile_columns, g_.output_width, even_sizes(g_.output_width));
    for (const std::uint32_t channels :
         fixed_or(mapping_.tile_channels, g_.output_channels, channel_sizes(g_.output_channels, group))) {
      if (!packer_.can_address(g_.widest_slice(channels))) continue;
      block_bytes_ = largest_block(channels);
      for (const std::uint32_t rows : row_sizes) {
        for (const std::uint32_t columns : column_sizes) consider(TileShape{rows, columns, channels});
      }
    }
    if (!best_) refuse();
    return *best_;
  }

 private:
  std::uint64_t largest_block(std::uint32_t channels) const {
    std::uint64_t greatest = 0;
    for (std::uint32_t first = 0; first < g_.output_channels; first += channels) {
      const std::uint32_t count = std::min(channels, g_.output_channels - first);
      greatest = std::max(greatest, packer_.layout(first, count).bytes);
    }
    return greatest;
  }

  std::uint64_t input_bytes(const TileShape& tile, std::uint32_t channels) const {
    const Window& w = g_.window;
    const auto needed = [this](std::uint32_t outputs, std::uint32_t size, std::uint32_t kernel, std::uint32_t dilation,
                               std::uint32_t stride) {
      const std::uint64_t span = std::uint64_t{outputs - 1} * stride + std::uint64_t{kernel - 1} * dilation + 1;
      return g_.stores_padding ? span : std::min<std::uint64_t>(size, span);
    };
    return needed(tile.rows, g_.input_height, w.kernel_height, w.dilation_y, w.stride_y) *
           needed(tile.columns, g_.input_width, w.kernel_width, w.dilation_x, w.stride_x) * channels;
  }

  Tiling lay_out(const TileShape& tile, bool may_share_input = true) const {
    Tiling tiling;
    tiling.tile = tile;
    tiling.row_tiles = static_cast<std::uint32_t>(divide_up(g_.output_height, tile.rows));
    tiling.column_tiles = static_cast<std::uint32_t>(divide_up(g_.output_width, tile.columns));
    tiling.channel_blocks = static_cast<std::uint32_t>(divide_up(g_.output_channels, tile.channels));
    tiling.input_is_shared = may_share_input && g_.has_weights && tiling.row_tiles == 1 && tiling.column_tiles == 1;

    const std::uint64_t outputs = std::uint64_t{tile.rows} * tile.columns * tile.channels;
    ScratchpadLayout& layout = tiling.layout;
    layout.weight_bytes = block_bytes_;
    layout.input_bytes = input_bytes(tile, tiling.input_is_shared ? g_.input_channels : g_.widest_slice(tile.channels));
    layout.residual_bytes = g_.has_residual ? outputs : 0;
    layout.output_bytes = outputs * g_.output_element_bytes;
    const bool several = tiling.tiles() > 1;
    const auto place = [&](std::uint32_t(&buffers)[2], std::uint64_t bytes, bool twice) {
      buffers[0] = buffers[1] = static_cast<std::uint32_t>(layout.bytes);
      layout.bytes += align(bytes);
      if (!twice) return;
      buffers[1] = static_cast<std::uint32_t>(layout.bytes);
      layout.bytes += align(bytes);
    };
    place(layout.weights, layout.weight_bytes, tiling.channel_blocks > 1);
    place(layout.input, layout.input_bytes, several && !tiling.input_is_shared);
    place(layout.residual, layout.residual_bytes, several);
    place(layout.output, layout.output_bytes, several);
    if (g_.has_weights) {
      layout.accumulators[1] = several ? static_cast<std::uint32_t>(outputs) : 0;
      layout.accumulator_count = several ? 2 * outputs : outputs;
    }
    return tiling;
  }

  bool fits(const Tiling& tiling) const {
    return tiling.layout.bytes <= limits_.scratchpad_bytes && tiling.layout.accumulator_count <= limits_.accumulators &&
           tiling.tiles() <= greatest_tiles;
  }

  /// Cycles of the units for one full tile.
  std::uint64_t compute_cycles(const TileShape& tile) const {
    const std::uint64_t pixels = std::uint64_t{tile.rows} * tile.columns;
    const std::uint64_t groups = divide_up(tile.channels, limits_.tmac_output_channels);
    std::uint64_t cycles = pixels * groups;  // merge
    if (packer_.has_dense()) {
      cycles += groups * g_.kernel_positions() *
                divide_up(g_.widest_slice(tile.channels), limits_.tmac_input_channels) * tile.rows *
                divide_up(tile.columns, limits_.tmac_pixels);
    }
    const std::uint64_t stored = packer_.stored_values(0, g_.output_channels) * tile.channels / g_.output_channels;
    return cycles + divide_up(stored * pixels, limits_.spu_lanes);
  }

  /// DMA hides under compute from tile to tile, but for the first tile's loads and the last one's stores.
  std::uint64_t cost(const Tiling& tiling) const {
    const ScratchpadLayout& layout = tiling.layout;
    const std::uint64_t shared_input = tiling.input_is_shared ? layout.input_bytes : 0;
    const std::uint64_t tile_bytes = layout.input_bytes - shared_input + layout.residual_bytes + layout.output_bytes;
    const std::uint64_t spatial_tiles = tiling.tiles() / tiling.channel_blocks;
    const std::uint64_t transfer = divide_up(tile_bytes + layout.weight_bytes / spatial_tiles, nominal_bus_bytes);
    const std::uint64_t exposed = divide_up(
        layout.weight_bytes + layout.input_bytes + layout.residual_bytes + layout.output_bytes, nominal_bus_bytes);
    return exposed + tiling.tiles() * (std::max(compute_cycles(tiling.tile), transfer) + nominal_tile_overhead);
  }

  /// Blocks of a grouped convolution read different channels, so each may also load its own.
  void consider(const TileShape& tile) {
    consider(lay_out(tile));
    if (g_.groups > 1) consider(lay_out(tile, false));
  }

  void consider(const Tiling& tiling) {
    if (!fits(tiling)) return;
    const std::uint64_t candidate = cost(tiling);
    if (best_ && candidate >= best_cost_) return;
    best_ = tiling;
    best_cost_ = candidate;
  }

  [[noreturn]] void refuse() {
    if (mapping_.tile_rows != 0 || mapping_.tile_columns != 0 || mapping_.tile_channels != 0) {
      throw CompileError(fmt::format(
          "layer '{}': no tile of the size that mapping.tile_rows, tile_columns and tile_channels fix fits {} bytes of "
          "scratchpad and {} accumulators; fix a smaller one, or leave the choice to the compiler with 0",
          name_, limits_.scratchpad_bytes, limits_.accumulators));
    }
    block_bytes_ = largest_block(1);
    const Tiling smallest = lay_out({1, 1, 1}, g_.groups == 1);
    const ScratchpadLayout& layout = smallest.layout;
    if (layout.accumulator_count > limits_.accumulators) {
      throw CompileError(
          fmt::format("layer '{}': its smallest tile needs {} accumulators, there are {}; enlarge "
                      "merge.accumulators",
                      name_, layout.accumulator_count, limits_.accumulators));
    }
    if (layout.bytes <= limits_.scratchpad_bytes) {
      throw CompileError(
          fmt::format("layer '{}': it needs more than {} tiles with {} bytes of scratchpad and {} "
                      "accumulators; enlarge scratchpad.size or merge.accumulators",
                      name_, greatest_tiles, limits_.scratchpad_bytes, limits_.accumulators));
    }
    throw CompileError(fmt::format(
        "layer '{}': its smallest tile, one output pixel of one channel, needs {} bytes of scratchpad (buffers of {} "
        "for "
        "input, {} for weights, {} for the residual, {} for output; double-buffered), there are {}; enlarge "
        "scratchpad.size",
        name_, layout.bytes, layout.input_bytes, layout.weight_bytes, layout.residual_bytes, layout.output_bytes,
        limits_.scratchpad_bytes));
  }

  const std::string& name_;
  const LayerGeometry& g_;
  const WeightPacker& packer_;
  const HardwareLimits& limits_;
  const Mapping& mapping_;
  std::uint64_t block_bytes_ = 0;  ///< Of the largest channel block at the channel count under consideration.
  std::optional<Tiling> best_;
  std::uint64_t best_cost_ = 0;
};

}  // namespace

Tiling choose_tiling(const std::string& layer_name, const LayerGeometry& geometry, const WeightPacker& packer,
                     const HardwareLimits& limits, const Mapping& mapping) {
  return TilingSearch(layer_name, geometry, packer, limits, mapping).run();
}

}  // namespace terse::compiler
