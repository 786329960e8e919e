#include "compiler/weight_packing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "compiler/pattern.hpp"

namespace terse::compiler {

namespace {

using registers::spu::IndexFormat;
using registers::tmac::WeightFormat;

constexpr std::uint64_t greatest_absolute_index = 65535;
constexpr std::uint32_t greatest_gap_bits = 8;
constexpr std::uint32_t eie_gap_bits = 4;  ///< Han et al., ISCA 2016, section 3

[[noreturn]] void refuse_format(const Layer& layer, Mapping::IndexFormat format, const char* rule) {
  constexpr std::array names = {"auto", "absolute", "relative", "bitmap", "n_of_m"};
  throw CompileError(fmt::format("layer '{}': mapping.index_format {} is impossible: {}", layer.name,
                                 names[static_cast<std::size_t>(format)], rule));
}

/// The narrowest integer format that holds every value; 0 bits when none does.
std::pair<WeightFormat, std::uint32_t> narrowest_format(const std::vector<std::int16_t>& values) {
  for (const auto& [format, bits] :
       {std::pair{WeightFormat::int2, 2u}, {WeightFormat::int4, 4u}, {WeightFormat::int8, 8u}}) {
    const int limit = 1 << (bits - 1);
    if (std::all_of(values.begin(), values.end(), [&](std::int16_t v) { return v >= -limit && v < limit; })) {
      return {format, bits};
    }
  }
  return {WeightFormat::int8, 0};
}

}  // namespace

WeightPacker::WeightPacker(const Layer& layer, const LayerGeometry& geometry, const HardwareLimits& limits,
                           const LayerMapping& mapping)
    : layer_(layer),
      geometry_(geometry),
      weights_per_channel_(geometry.weights_per_channel),
      channels_(geometry.output_channels),
      lanes_(limits.spu_lanes) {
  choose_dense_pass(limits);
  if (!has_sparse()) return;
  choose_index_format(limits, mapping);
  if (index_format_ == IndexFormat::dense) return;
  balanced_ = mapping.lane_assignment == Mapping::LaneAssignment::balanced;
  if (index_format_ == IndexFormat::relative || index_format_ == IndexFormat::relative_columns) {
    choose_gap_bits(mapping.index_bits);
  }
  entries_before_.assign(std::size_t{channels_} + 1, 0);
  for (std::uint32_t o = 0; o < channels_; ++o) {
    entries_before_[o + 1] = entries_before_[o] + row_entries(block_row(o, 1, o), o, gap_bits_);
  }
  if (index_format_ != IndexFormat::relative_columns) return;
  for (std::uint32_t o = 0; o < channels_; ++o) {
    first_nonzero_.push_back(nonzeros_.size());
    const auto values = row(o);
    for (std::uint32_t k = 0; k < values.size(); ++k) {
      if (values[k] != 0) nonzeros_.push_back(k);
    }
  }
  first_nonzero_.push_back(nonzeros_.size());
}

void WeightPacker::choose_dense_pass(const HardwareLimits& limits) {
  if (!layer_.ternary.empty()) {
    if (limits.tmac_base3) weight_format_ = WeightFormat::ternary_base3;
    return;
  }
  if (layer_.high_precision.empty() || !is_dense(layer_.pattern)) return;
  const auto [format, bits] = narrowest_format(layer_.high_precision);
  if (bits == 0 || bits > limits.tmac_integer_bits) return;
  weight_format_ = format;
  values_in_dense_pass_ = true;
}

void WeightPacker::choose_index_format(const HardwareLimits& limits, const LayerMapping& mapping) {
  using Choice = Mapping::IndexFormat;
  const bool grouped = geometry_.groups > 1;
  // Groups of M within a channel's own inputs are none within the block's.
  const bool regular = layer_.pattern.kind == Pattern::Kind::n_of_m && !grouped;
  if (is_dense(layer_.pattern) && !grouped) {
    index_format_ = IndexFormat::dense;
    return;
  }
  if (limits.activation_broadcast) {
    if (mapping.index_format != Choice::automatic && mapping.index_format != Choice::relative) {
      refuse_format(layer_, mapping.index_format,
                    "spu.dataflow activation_broadcast needs relative indices by column; choose auto or relative");
    }
    index_format_ = IndexFormat::relative_columns;
    return;
  }
  switch (mapping.index_format) {
    case Choice::automatic:
      index_format_ = regular ? IndexFormat::n_of_m : grouped ? format_of_groups(limits) : IndexFormat::absolute;
      return;  // whether the unit reads it is for the driver to say
    case Choice::absolute:
      index_format_ = IndexFormat::absolute;
      break;
    case Choice::relative:
      index_format_ = IndexFormat::relative;
      break;
    case Choice::bitmap:
      index_format_ = IndexFormat::bitmap;
      break;
    case Choice::n_of_m:
      if (grouped) {
        refuse_format(layer_, mapping.index_format,
                      "rows of a grouped convolution have values in some of the tile's inputs only; choose auto");
      }
      if (!regular)
        refuse_format(layer_, mapping.index_format, "its pattern is no N:M; decompose it to one, or choose auto");
      index_format_ = IndexFormat::n_of_m;
      break;
  }
  if (index_format_ == IndexFormat::absolute && weights_per_channel_ > greatest_absolute_index + 1) {
    refuse_format(layer_, mapping.index_format,
                  "it has more than 65536 weights per output channel; choose relative or bitmap");
  }
  if ((limits.index_formats >> static_cast<std::uint32_t>(index_format_) & 1u) == 0) {
    refuse_format(layer_, mapping.index_format, "spu does not read it; switch spu's parameter for that format on");
  }
}

/// The first of the formats by position that spu reads; where it reads none, rows are stored whole.
IndexFormat WeightPacker::format_of_groups(const HardwareLimits& limits) const {
  for (const IndexFormat format : {IndexFormat::absolute, IndexFormat::relative, IndexFormat::bitmap}) {
    const bool reaches = format != IndexFormat::absolute || weights_per_channel_ <= greatest_absolute_index + 1;
    if (reaches && (limits.index_formats >> static_cast<std::uint32_t>(format) & 1u) != 0) return format;
  }
  return IndexFormat::dense;
}

void WeightPacker::choose_gap_bits(std::uint32_t wanted) {
  const bool columns = index_format_ == IndexFormat::relative_columns;
  gap_bits_ = wanted != 0 ? wanted : columns ? eie_gap_bits : 1;
  if (wanted != 0 || columns) return;
  const auto bits = [this](std::uint32_t width) {
    std::uint64_t entries = 0;
    // Of a grouped convolution the gaps depend on the block; its smallest one stands for all.
    for (std::uint32_t o = 0; o < channels_; ++o) entries += row_entries(block_row(o, 1, o), o, width);
    return entries * (layer_.value_bits + width);
  };
  std::uint64_t least = bits(1);
  for (std::uint32_t width = 2; width <= greatest_gap_bits; ++width) {
    const std::uint64_t candidate = bits(width);
    if (candidate >= least) continue;
    least = candidate;
    gap_bits_ = width;
  }
}

bool WeightPacker::has_rows_of_own_length() const {
  return index_format_ == IndexFormat::absolute || index_format_ == IndexFormat::relative ||
         index_format_ == IndexFormat::bitmap;
}

std::span<const std::int16_t> WeightPacker::row(std::uint32_t channel) const {
  return std::span(layer_.high_precision).subspan(channel * weights_per_channel_, weights_per_channel_);
}

BlockRow WeightPacker::block_row(std::uint32_t first_channel, std::uint32_t channels, std::uint32_t channel) const {
  return {geometry_, geometry_.input_slice(first_channel, channels), channel};
}

std::uint64_t WeightPacker::columns(std::uint32_t first_channel, std::uint32_t channels) const {
  return geometry_.kernel_positions() * geometry_.input_slice(first_channel, channels).count;
}

bool WeightPacker::can_address(std::uint32_t input_channels) const {
  const bool absolute = has_sparse() && index_format_ == IndexFormat::absolute;
  return !absolute || geometry_.kernel_positions() * input_channels <= greatest_absolute_index + 1;
}

std::uint64_t WeightPacker::row_entries(const BlockRow& at, std::uint32_t channel, std::uint32_t gap_bits) const {
  if (index_format_ == IndexFormat::n_of_m) return slots_per_channel(layer_.pattern, weights_per_channel_);
  const bool relative = index_format_ == IndexFormat::relative;
  const auto values = row(channel);
  std::uint64_t entries = 0, next = 0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (values[k] == 0) continue;
    entries += 1 + (relative ? (at.column(k) - next) >> gap_bits : 0);
    next = at.column(k) + 1;
  }
  return entries;
}

std::uint64_t WeightPacker::entries(std::uint32_t first_channel, std::uint32_t channels, std::uint32_t count) const {
  if (geometry_.groups == 1 || index_format_ != IndexFormat::relative) {
    return entries_before_[first_channel + count] - entries_before_[first_channel];
  }
  std::uint64_t entries = 0;
  for (std::uint32_t o = first_channel; o < first_channel + count; ++o) {
    entries += row_entries(block_row(first_channel, channels, o), o, gap_bits_);
  }
  return entries;
}

std::uint64_t WeightPacker::dense_values(std::uint32_t first_channel, std::uint32_t channels) const {
  return has_dense() ? channels * columns(first_channel, channels) : 0;
}

std::uint64_t WeightPacker::row_values(std::uint32_t first_channel, std::uint32_t channels,
                                       std::uint32_t channel) const {
  if (index_format_ == IndexFormat::dense) return columns(first_channel, channels);
  return row_entries(block_row(first_channel, channels, channel), channel, gap_bits_);
}

std::uint64_t WeightPacker::stored_values(std::uint32_t first_channel, std::uint32_t channels) const {
  if (!has_sparse()) return 0;
  if (index_format_ == IndexFormat::dense) return channels * columns(first_channel, channels);
  if (index_format_ == IndexFormat::relative_columns) return lane_lengths(first_channel, channels).total;
  return entries(first_channel, channels, channels);
}

/// Balanced: by descending number of entries, and every other run of one row per lane the other way round, so that the
/// lane which got the longest row of a run gets the shortest of the next one.
std::vector<std::uint32_t> WeightPacker::row_order(std::uint32_t first_channel, std::uint32_t channels) const {
  std::vector<std::uint32_t> order(channels);
  std::iota(order.begin(), order.end(), 0u);
  if (!balanced_) return order;
  const auto entries = [&](std::uint32_t i) {
    return entries_before_[first_channel + i + 1] - entries_before_[first_channel + i];
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return entries(a) > entries(b); });
  const std::uint32_t run = std::min(lanes_, channels);
  for (std::uint32_t begin = run; begin < channels; begin += 2 * run) {
    const auto first = order.begin() + begin;
    std::reverse(first, first + std::min(run, channels - begin));
  }
  return order;
}

WeightPacker::LaneLengths WeightPacker::lane_lengths(std::uint32_t first_channel, std::uint32_t channels) const {
  const auto known = lane_lengths_.find({first_channel, channels});
  if (known != lane_lengths_.end()) return known->second;
  const std::uint32_t lanes = std::min(lanes_, channels);
  const std::vector<std::uint32_t> order = row_order(first_channel, channels);
  std::vector<std::uint32_t> next(columns(first_channel, channels));  // per column, the place after the last entry
  LaneLengths lengths;
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    std::ranges::fill(next, 0u);
    std::uint64_t entries = 0;
    for (std::uint32_t place = lane; place < channels; place += lanes) {
      const std::uint32_t channel = first_channel + order[place];
      const BlockRow at = block_row(first_channel, channels, channel);
      for (std::size_t i = first_nonzero_[channel]; i < first_nonzero_[channel + 1]; ++i) {
        std::uint32_t& from = next[at.column(nonzeros_[i])];
        entries += 1 + ((place / lanes - from) >> gap_bits_);  // fillers as in RelativeRun
        from = place / lanes + 1;
      }
    }
    lengths.longest = std::max(lengths.longest, entries);
    lengths.total += entries;
  }
  lane_lengths_.emplace(std::pair{first_channel, channels}, lengths);
  return lengths;
}

LaneStreams WeightPacker::lane_streams(std::uint32_t first_channel, std::uint32_t channels) const {
  const std::uint32_t lanes = std::min(lanes_, channels);
  const std::vector<std::uint32_t> order = row_order(first_channel, channels);
  std::vector<std::vector<std::int16_t>> rows;
  for (std::uint32_t i = 0; i < channels; ++i) {
    rows.push_back(block_row(first_channel, channels, first_channel + i).expand(row(first_channel + i)));
  }
  LaneStreams streams;
  streams.entries.resize(lanes);
  streams.column_starts.resize(lanes);
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    for (std::size_t k = 0; k < columns(first_channel, channels); ++k) {
      streams.column_starts[lane].push_back(static_cast<std::uint32_t>(streams.entries[lane].size()));
      RelativeRun run(gap_bits_, streams.entries[lane]);
      for (std::uint32_t place = lane; place < channels; place += lanes) {
        const std::int16_t value = rows[order[place]][k];
        if (value != 0) run.add(place / lanes, value);
      }
    }
    streams.column_starts[lane].push_back(static_cast<std::uint32_t>(streams.entries[lane].size()));
  }
  return streams;
}

}  // namespace terse::compiler
