#include "compiler/tiling.hpp"

#include "compiler/prediction/stream_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>

namespace terse::compiler {

namespace {

/// Buffers start on a boundary that suits any bank count and bus width in use.
constexpr std::uint64_t buffer_alignment = 64;
// For ranking candidates only.
constexpr std::uint64_t nominal_bus_bytes = 4;       // per cycle: half of what the DMA's bursts could move
constexpr std::uint64_t nominal_job_overhead = 850;  // cycles of the core from a job's dispatch to its end
constexpr std::size_t finalists = 16;                // candidates whose cost is computed
constexpr std::uint64_t greatest_tiles = 65536;      // TAG has 16 bits for the tile

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

/// Lowest place for `bytes` bytes beside the ranges that are taken.
std::uint64_t first_fit(std::vector<ByteRange> taken, std::uint64_t bytes) {
  std::ranges::sort(taken, {}, &ByteRange::begin);
  std::uint64_t at = 0;
  for (const ByteRange& range : taken) {
    if (at + bytes <= range.begin) break;
    at = std::max(at, range.end);
  }
  return at;
}

/// Asks `place(bytes, first_weights)` for an address for each buffer of a tiling, the first weights first.
template <typename Place>
void place_buffers(Tiling& tiling, const Place& place) {
  ScratchpadLayout& layout = tiling.layout;
  const bool several = tiling.tiles() > 1;
  const auto place_pair = [&](std::uint32_t(&buffers)[2], std::uint64_t bytes, bool twice, bool weights) {
    buffers[0] = buffers[1] = 0;
    if (bytes == 0) return;
    buffers[0] = buffers[1] = static_cast<std::uint32_t>(place(bytes, weights));
    if (twice) buffers[1] = static_cast<std::uint32_t>(place(bytes, false));
  };
  place_pair(layout.weights, layout.weight_bytes, tiling.channel_blocks > 1, true);
  place_pair(layout.input, layout.input_bytes, several && !tiling.input_is_shared, false);
  place_pair(layout.residual, layout.residual_bytes, several, false);
  place_pair(layout.output, layout.output_bytes, several, false);
}

class TilingSearch {
 public:
  TilingSearch(const std::string& name, const LayerGeometry& geometry, const WeightPacker& packer,
               const HardwareLimits& limits, const LayerMapping& mapping, const Residency& residency)
      : name_(name), g_(geometry), packer_(packer), limits_(limits), mapping_(mapping), residency_(residency) {}

  Tiling run(const TilingCost& cost) {
    const std::uint32_t group = std::max(limits_.tmac_output_channels, 1u);
    const auto fixed_or = [](std::uint32_t fixed, std::uint32_t most, std::vector<std::uint32_t> sizes) {
      return fixed == 0 ? sizes : std::vector{std::min(fixed, most)};
    };
    const auto row_sizes = fixed_or(mapping_.tile_rows, g_.output_height, even_sizes(g_.output_height));
    const auto column_sizes = fixed_or(mapping_.tile_columns, g_.output_width, even_sizes(g_.output_width));
    for (const std::uint32_t channels :
         fixed_or(mapping_.tile_channels, g_.output_channels, channel_sizes(g_.output_channels, group))) {
      if (!packer_.can_address(g_.widest_slice(channels))) continue;
      // Fewer than the array makes at once only where nothing else fits, or where groups make it worth it.
      const bool is_fewer = channels < group && channels < g_.output_channels;
      if (is_fewer && g_.groups == 1 && !candidates_.empty()) break;
      block_bytes_ = largest_block(channels);
      for (const std::uint32_t rows : row_sizes) {
        for (const std::uint32_t columns : column_sizes) consider(TileShape{rows, columns, channels});
      }
    }
    if (candidates_.empty()) refuse();
    return cheapest(cost);
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
    tiling.residency = residency_;
    const std::uint32_t input_channels = tiling.input_is_shared ? g_.input_channels : g_.widest_slice(tile.channels);
    layout.input_bytes = residency_.input ? 0 : input_bytes(tile, input_channels);
    layout.residual_bytes = g_.has_residual && !residency_.residual ? outputs : 0;
    layout.output_bytes = residency_.output ? 0 : outputs * g_.output_element_bytes;
    place_buffers(tiling, [&](std::uint64_t bytes, bool /*first_weights*/) {
      const std::uint64_t at = layout.bytes;
      layout.bytes += align(bytes);
      return at;
    });
    if (g_.has_weights) {
      const bool several = tiling.tiles() > 1;
      layout.accumulators[1] = several ? static_cast<std::uint32_t>(outputs) : 0;
      layout.accumulator_count = several ? 2 * outputs : outputs;
    }
    return tiling;
  }

  bool fits(const Tiling& tiling) const {
    return tiling.layout.bytes <= limits_.scratchpad_bytes && tiling.layout.accumulator_count <= limits_.accumulators &&
           (limits_.weight_bytes == 0 || tiling.layout.weight_bytes <= limits_.weight_bytes) &&
           tiling.tiles() <= greatest_tiles;
  }

  /// Cycles of the units for one full tile, the longest and all of them.
  struct UnitCycles {
    std::uint64_t most = 0, all = 0;
  };
  UnitCycles unit_cycles(const TileShape& tile) const {
    const std::uint64_t pixels = std::uint64_t{tile.rows} * tile.columns;
    std::uint64_t dense = 0, sparse = 0;
    if (packer_.has_dense()) {
      dense = divide_up(tile.channels, limits_.tmac_output_channels) * g_.kernel_positions() *
              divide_up(g_.widest_slice(tile.channels), limits_.tmac_input_channels) *
              divide_up(pixels, limits_.tmac_pixels);
    }
    if (packer_.has_sparse()) {
      const std::uint64_t stored = packer_.stored_values(0, g_.output_channels) * tile.channels / g_.output_channels;
      sparse = divide_up(stored * pixels, limits_.spu_lanes);
    }
    const std::uint64_t window = g_.has_weights ? 1 : std::uint64_t{g_.window.kernel_height} * g_.window.kernel_width;
    const std::uint64_t merge = pixels * window * divide_up(tile.channels, limits_.timing.merge.output_channels);
    const bool at_once = limits_.timing.superposition != SuperpositionMode::sequential;
    const std::uint64_t passes = at_once ? std::max(dense, sparse) : dense + sparse;
    return {std::max({dense, sparse, merge}), passes + merge};
  }

  /// Two tiles are under way: units, DMA and core hide behind the busiest of them, but for the first tile's loads, its
  /// passes and the last tile's merge and stores.
  std::uint64_t rank(const Tiling& tiling) const {
    const ScratchpadLayout& layout = tiling.layout;
    const std::uint64_t shared_input = tiling.input_is_shared ? layout.input_bytes : 0;
    const std::uint64_t tile_bytes = layout.input_bytes - shared_input + layout.residual_bytes + layout.output_bytes;
    const std::uint64_t spatial_tiles = tiling.tiles() / tiling.channel_blocks;
    const std::uint64_t transfer = divide_up(tile_bytes + layout.weight_bytes / spatial_tiles, nominal_bus_bytes);
    const std::uint64_t exposed = divide_up(
        layout.weight_bytes + layout.input_bytes + layout.residual_bytes + layout.output_bytes, nominal_bus_bytes);
    const std::uint64_t jobs = 1 + (packer_.has_dense() ? 1 : 0) + (packer_.has_sparse() ? 1 : 0) +
                               (layout.input_bytes != shared_input ? 1 : 0) + (layout.residual_bytes != 0 ? 1 : 0) +
                               (layout.output_bytes != 0 ? 1 : 0);
    const UnitCycles units = unit_cycles(tiling.tile);
    const std::uint64_t driver = jobs * nominal_job_overhead, alone = exposed + units.all + driver;
    // Two tiles at a time, so none goes through faster than in half its time; and a part of the core's work hides never.
    const std::uint64_t per_tile = std::max({units.most, transfer, driver, alone / 2}) + driver / 4;
    return alone + (tiling.tiles() - 1) * per_tile;
  }

  /// Blocks of a grouped convolution read different channels, so each may also load its own.
  void consider(const TileShape& tile) {
    consider(lay_out(tile));
    if (g_.groups > 1 && !residency_.input) consider(lay_out(tile, false));
  }

  void consider(const Tiling& tiling) {
    if (fits(tiling)) candidates_.push_back({rank(tiling), tiling});
  }

  Tiling cheapest(const TilingCost& cost) {
    const auto by_rank = [](const Candidate& a, const Candidate& b) { return a.rank < b.rank; };
    std::ranges::stable_sort(candidates_, by_rank);
    const Tiling* best = &candidates_.front().tiling;
    if (!cost || candidates_.size() == 1) return *best;
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t i = 0; i < std::min(finalists, candidates_.size()); ++i) {
      const std::uint64_t cycles = cost(candidates_[i].tiling);
      if (cycles >= least) continue;
      least = cycles;
      best = &candidates_[i].tiling;
    }
    return *best;
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
    if (limits_.weight_bytes != 0 && layout.weight_bytes > limits_.weight_bytes) {
      throw CompileError(
          fmt::format("layer '{}': the weights and the record of a single output channel need {} bytes, "
                      "mapping.weight_bytes allows {}; raise it, or set it to 0",
                      name_, layout.weight_bytes, limits_.weight_bytes));
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
  const LayerMapping& mapping_;
  const Residency residency_;
  std::uint64_t block_bytes_ = 0;  ///< Of the largest channel block at the channel count under consideration.
  struct Candidate {
    std::uint64_t rank;
    Tiling tiling;
  };
  std::vector<Candidate> candidates_;
};

}  // namespace

Tiling choose_tiling(const std::string& layer_name, const LayerGeometry& geometry, const WeightPacker& packer,
                     const HardwareLimits& limits, const LayerMapping& mapping, const Residency& residency,
                     const TilingCost& cost) {
  return TilingSearch(layer_name, geometry, packer, limits, mapping, residency).run(cost);
}

std::vector<ByteRange> Tiling::buffers() const {
  std::vector<ByteRange> ranges;
  const auto add = [&](const std::uint32_t(&buffers)[2], std::uint64_t bytes) {
    if (bytes == 0) return;
    for (const std::uint32_t at : buffers) ranges.push_back({at, at + align(bytes)});
  };
  add(layout.weights, layout.weight_bytes);
  add(layout.input, layout.input_bytes);
  add(layout.residual, layout.residual_bytes);
  add(layout.output, layout.output_bytes);
  return ranges;
}

void make_weights_early(Tiling& tiling, std::span<const ByteRange> busy, std::uint64_t weight_limit,
                        std::uint64_t scratchpad_bytes) {
  Tiling moved = tiling;
  moved.layout.bytes = 0;
  std::vector<ByteRange> taken;
  bool fits = true;
  place_buffers(moved, [&](std::uint64_t bytes, bool first_weights) {
    std::vector<ByteRange> avoided = taken;
    if (first_weights) avoided.insert(avoided.end(), busy.begin(), busy.end());
    const std::uint64_t at = first_fit(std::move(avoided), align(bytes));
    fits = fits && at + bytes <= (first_weights ? std::min(weight_limit, scratchpad_bytes) : scratchpad_bytes);
    taken.push_back({at, at + align(bytes)});
    moved.layout.bytes = std::max(moved.layout.bytes, at + align(bytes));
    return at;
  });
  if (!fits) return;
  tiling = moved;
  tiling.weights_are_early = true;
}

}  // namespace terse::compiler
