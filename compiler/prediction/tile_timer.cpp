#include "compiler/prediction/tile_timer.hpp"

#include <algorithm>

#include "compiler/pattern.hpp"
#include "compiler/prediction/stream_time.hpp"

namespace terse::compiler {

namespace {

using registers::spu::IndexFormat;
using registers::tmac::WeightFormat;

std::uint32_t weights_per_byte(WeightFormat format) {
  switch (format) {
    case WeightFormat::ternary_base3:
      return 5;
    case WeightFormat::int4:
      return 2;
    case WeightFormat::int8:
      return 1;
    case WeightFormat::ternary_2bit:
    case WeightFormat::int2:
      break;
  }
  return 4;
}

/// What the time of a job depends on apart from the layer.
template <typename Job>
std::array<std::uint32_t, 10> window_key(const Job& job, std::uint32_t first_channel) {
  return {job.input_size,       job.output_size,        job.output_channels, job.kernel,    job.padding,
          job.input_row_stride, job.input_pixel_stride, job.input_channels,  first_channel, 0};
}

}  // namespace

TileTimer::TileTimer(const Layer& layer, const LayerGeometry& geometry, const WeightPacker& packer,
                     const HardwareLimits& limits)
    : layer_(layer), g_(geometry), packer_(packer), limits_(limits) {
  if (packer_.has_sparse()) find_positions();
}

void TileTimer::find_positions() {
  positions_.resize(g_.output_channels);
  if (packer_.index_format() == IndexFormat::dense) return;
  for (std::uint32_t o = 0; o < g_.output_channels; ++o) {
    const auto* row = &layer_.high_precision[o * g_.weights_per_channel];
    for (std::uint32_t k = 0; k < g_.weights_per_channel; ++k) {
      if (row[k] != 0) positions_[o].push_back(k);
    }
  }
}

BlockRow TileTimer::block_row(const TileRectangle& tile, std::uint32_t channel) const {
  return {g_, g_.input_slice(tile.channel, tile.channels), channel};
}

LayerTimes TileTimer::times(const ImageWriter& writer, std::uint32_t index, std::span<const TileRectangle> rectangles) {
  LayerTimes layer;
  const image::Layer& record = writer.layers()[index];
  for (std::uint32_t i = 0; i < record.tile_count; ++i) {
    const image::Tile& tile = writer.tiles()[record.first_tile + i];
    const TileRectangle& rectangle = rectangles[i];
    TileTimes& times = layer.tiles.emplace_back();
    for (std::uint32_t t = 0; t < tile.load_count; ++t) {
      times.loads.push_back(transfer(writer.transfers()[tile.first_load + t]));
    }
    for (std::uint32_t t = 0; t < tile.store_count; ++t) {
      times.stores.push_back(transfer(writer.transfers()[tile.first_store + t]));
    }
    const bool both = tile.dense_job != image::none && tile.sparse_job != image::none;
    times.fused = both && limits_.timing.superposition == SuperpositionMode::fused;
    if (tile.dense_job != image::none) times.dense = dense(writer.dense_jobs()[tile.dense_job], rectangle, times.fused);
    if (tile.sparse_job != image::none) times.sparse = sparse(writer.sparse_jobs()[tile.sparse_job], rectangle);
    times.merge = merge_cycles(writer.merge_jobs()[tile.merge_job], limits_.timing.merge);
  }
  return layer;
}

std::uint64_t TileTimer::dense(const registers::tmac::Job& job, const TileRectangle& tile, bool fused) {
  Key key = window_key(job, fused ? tile.channel : 0);
  key.back() = fused ? 1 : 0;
  const auto [known, is_new] = dense_.try_emplace(key);
  if (!is_new) return known->second;
  DenseWork work;
  work.shape = convolution_work(job);
  work.output_channels_at_once = limits_.tmac_output_channels;
  work.input_channels_at_once = limits_.tmac_input_channels;
  work.pixels_at_once = limits_.tmac_pixels;
  work.weights_per_byte = weights_per_byte(packer_.weight_format());
  work.base3_decoder = limits_.tmac_base3;
  if (fused) {
    work.value_cycles = value_cycles(tile);
    for (std::uint32_t o = 0; o < tile.channels; ++o) work.value_bytes += row_bytes(tile, tile.channel + o);
  }
  return known->second = dense_cycles(work, limits_.timing);
}

/// Of each group and slice of K: what the channel with the most values there takes beyond the first cycle.
std::vector<std::uint32_t> TileTimer::value_cycles(const TileRectangle& tile) const {
  const bool unrolled = limits_.timing.tmac.dataflow == TmacTiming::Dataflow::unrolled;
  const std::uint64_t inputs = g_.input_slice(tile.channel, tile.channels).count;
  const std::uint64_t channel_slices = divide_up(inputs, limits_.tmac_input_channels);
  const std::uint64_t slices = g_.kernel_positions() * channel_slices;
  const std::uint32_t lanes = std::max(limits_.timing.tmac.fused_lanes, 1u);
  std::vector<std::uint32_t> cycles(divide_up(tile.channels, limits_.tmac_output_channels) * slices);
  std::vector<std::uint32_t> counts(slices);
  for (std::uint32_t o = 0; o < tile.channels; ++o) {
    std::ranges::fill(counts, 0u);
    const BlockRow row = block_row(tile, tile.channel + o);
    const auto count = [&](std::uint64_t k) {
      const std::uint64_t column = row.column(k), slice = column % inputs / limits_.tmac_input_channels;
      ++counts[unrolled ? slice : column / inputs * channel_slices + slice];
    };
    if (packer_.index_format() == IndexFormat::dense) {
      for (std::uint64_t k = 0; k < g_.weights_per_channel; ++k) count(k);
    } else {
      for (const std::uint32_t k : positions_[tile.channel + o]) count(k);
    }
    const std::uint64_t group = o / limits_.tmac_output_channels;
    for (std::uint64_t slice = 0; slice < slices; ++slice) {
      const std::uint64_t needed = divide_up(counts[slice], lanes);
      if (needed < 2) continue;
      std::uint32_t& most = cycles[group * slices + slice];
      most = std::max(most, static_cast<std::uint32_t>(needed - 1));
    }
  }
  return cycles;
}

/// Values, indices and pointer of an output channel.
std::uint64_t TileTimer::row_bytes(const TileRectangle& tile, std::uint32_t channel) const {
  const std::uint64_t values = packer_.row_values(tile.channel, tile.channels, channel);
  const std::uint64_t value_bytes = divide_up(values * layer_.value_bits, 8);
  constexpr std::uint64_t pointer = 4;
  switch (packer_.index_format()) {
    case IndexFormat::absolute:
      return value_bytes + 2 * values + pointer;
    case IndexFormat::relative:
    case IndexFormat::relative_columns:
      return value_bytes + divide_up(values * packer_.gap_bits(), 8) + pointer;
    case IndexFormat::bitmap:
      return value_bytes + divide_up(block_row(tile, channel).columns(), 8) + pointer;
    case IndexFormat::n_of_m:
      return value_bytes + divide_up(values * index_bits(layer_.pattern.m), 8);
    default:
      return value_bytes;
  }
}

std::uint64_t TileTimer::sparse(const registers::spu::Job& job, const TileRectangle& tile) {
  const auto [known, is_new] = sparse_.try_emplace(window_key(job, tile.channel));
  if (!is_new) return known->second;
  SparseWork work;
  work.shape = convolution_work(job);
  work.lanes = limits_.spu_lanes;
  work.has_indices = packer_.index_format() != IndexFormat::dense;
  const bool columns = packer_.index_format() == IndexFormat::relative_columns;
  if (columns) {
    const std::uint64_t lanes = std::min(limits_.spu_lanes, tile.channels);
    work.lane_entries = divide_up(packer_.stored_values(tile.channel, tile.channels), lanes);
    work.lane_bytes = packer_.layout(tile.channel, tile.channels).weight_bits / 8;
  }
  std::vector<std::vector<std::uint32_t>> of_block(tile.channels);
  for (const std::uint32_t place : packer_.row_order(tile.channel, tile.channels)) {
    const std::uint32_t channel = tile.channel + place;
    work.row_values.push_back(columns ? positions_[channel].size()
                                      : packer_.row_values(tile.channel, tile.channels, channel));
    work.row_bytes.push_back(columns ? 0 : row_bytes(tile, channel));
    work.positions.push_back(&positions_[channel]);
    if (g_.groups == 1) continue;
    const BlockRow row = block_row(tile, channel);
    for (const std::uint32_t k : positions_[channel]) {
      of_block[place].push_back(static_cast<std::uint32_t>(row.column(k)));
    }
    work.positions.back() = &of_block[place];
  }
  return known->second = sparse_cycles(work, limits_.timing);
}

std::uint64_t TileTimer::transfer(const image::Transfer& transfer) {
  const registers::dma::Job& job = transfer.job;
  const bool to_memory = transfer.source == image::Region::scratchpad;
  const Key key{job.length,
                job.lines,
                job.planes,
                job.source % limits_.timing.dma.burst_bytes,
                job.source_line_stride,
                job.source_plane_stride,
                job.destination_line_stride,
                job.destination_plane_stride,
                to_memory ? 1u : 0u,
                job.padding};
  const auto [known, is_new] = transfers_.try_emplace(key);
  if (is_new) known->second = transfer_cycles(job, to_memory, limits_.timing.dma, limits_.timing.memory);
  return known->second;
}

std::uint64_t cycles_alone(const LayerTimes& layer, const HardwareTiming& timing) {
  DriverTimeline timeline(timing, false);
  return timeline.run({&layer, 1}).front().cycles();
}

}  // namespace terse::compiler
