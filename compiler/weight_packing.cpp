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

std::uint64_t align(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

std::uint64_t bits_to_row_bytes(std::uint64_t bits) {
  return align((bits + 7) / 8, 4);
}

/// Writes fields of any width, lowest bits first, into zeroed bytes.
class BitStream {
 public:
  explicit BitStream(std::uint8_t* bytes) : bytes_(bytes) {}
  void put(std::uint32_t value, std::uint32_t width) {
    for (std::uint32_t bit = 0; bit < width; ++bit, ++position_) {
      if ((value >> bit & 1u) == 0) continue;
      bytes_[position_ / 8] = static_cast<std::uint8_t>(bytes_[position_ / 8] | 1u << position_ % 8);
    }
  }

 private:
  std::uint8_t* bytes_;
  std::size_t position_ = 0;
};

constexpr std::uint32_t trits_per_byte = 5;
constexpr std::uint64_t greatest_absolute_index = 65535;
constexpr std::uint64_t greatest_narrow_pointer = 65535;
constexpr std::uint32_t greatest_gap_bits = 8;
constexpr std::uint32_t eie_gap_bits = 4;  ///< Han et al., ISCA 2016, section 3

[[noreturn]] void refuse_format(const Layer& layer, Mapping::IndexFormat format, const char* rule) {
  constexpr std::array names = {"auto", "absolute", "relative", "bitmap", "n_of_m"};
  throw CompileError(fmt::format("layer '{}': mapping.index_format {} is impossible: {}", layer.name,
                                 names[static_cast<std::size_t>(format)], rule));
}

/// Weights [first, first + count) of a row, each plus one, as digits of a base-3 number, the first one lowest.
std::uint32_t base3_code(const std::int8_t* weights, std::size_t count) {
  std::uint32_t code = 0;
  for (std::size_t i = count; i > 0; --i) code = 3 * code + static_cast<std::uint32_t>(weights[i - 1] + 1);
  return code;
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

void put_little_endian(std::uint8_t* bytes, std::uint64_t value, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(value >> 8 * i);
}

std::uint32_t as_bits(std::int16_t value) {
  return static_cast<std::uint32_t>(static_cast<std::uint16_t>(value));
}

}  // namespace

WeightPacker::WeightPacker(const Layer& layer, const LayerGeometry& geometry, const HardwareLimits& limits,
                           const Mapping& mapping)
    : layer_(layer),
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
  for (std::uint32_t o = 0; o < channels_; ++o) entries_before_[o + 1] = entries_before_[o] + row_entries(o, gap_bits_);
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

std::uint64_t WeightPacker::dense_row_bits() const {
  switch (weight_format_) {
    case WeightFormat::ternary_base3:
      return (weights_per_channel_ + trits_per_byte - 1) / trits_per_byte * 8;
    case WeightFormat::int4:
      return weights_per_channel_ * 4;
    case WeightFormat::int8:
      return weights_per_channel_ * 8;
    case WeightFormat::ternary_2bit:
    case WeightFormat::int2:
      break;
  }
  return weights_per_channel_ * 2;
}

void WeightPacker::choose_index_format(const HardwareLimits& limits, const Mapping& mapping) {
  using Choice = Mapping::IndexFormat;
  const bool regular = layer_.pattern.kind == Pattern::Kind::n_of_m;
  if (is_dense(layer_.pattern)) {
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
      index_format_ = regular ? IndexFormat::n_of_m : IndexFormat::absolute;
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

void WeightPacker::choose_gap_bits(std::uint32_t wanted) {
  const bool columns = index_format_ == IndexFormat::relative_columns;
  gap_bits_ = wanted != 0 ? wanted : columns ? eie_gap_bits : 1;
  if (wanted != 0 || columns) return;
  const auto bits = [this](std::uint32_t width) {
    std::uint64_t entries = 0;
    for (std::uint32_t o = 0; o < channels_; ++o) entries += row_entries(o, width);
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

std::uint64_t WeightPacker::row_entries(std::uint32_t channel, std::uint32_t gap_bits) const {
  if (index_format_ == IndexFormat::n_of_m) return slots_per_channel(layer_.pattern, weights_per_channel_);
  const bool relative = index_format_ == IndexFormat::relative;
  std::uint64_t entries = 0, gap = 0;
  for (const std::int16_t value : row(channel)) {
    if (value == 0) {
      ++gap;
      continue;
    }
    entries += 1 + (relative ? gap >> gap_bits : 0);
    gap = 0;
  }
  return entries;
}

std::uint64_t WeightPacker::stored_values(std::uint32_t first_channel, std::uint32_t channels) const {
  if (!has_sparse()) return 0;
  if (index_format_ == IndexFormat::dense) return channels * weights_per_channel_;
  if (index_format_ == IndexFormat::relative_columns) return lane_lengths(first_channel, channels).total;
  return entries_before_[first_channel + channels] - entries_before_[first_channel];
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
  std::vector<std::uint32_t> next(weights_per_channel_);  // per column, the place after the last entry
  LaneLengths lengths;
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    std::ranges::fill(next, 0u);
    std::uint64_t entries = 0;
    for (std::uint32_t place = lane; place < channels; place += lanes) {
      const std::uint32_t channel = first_channel + order[place];
      for (std::size_t i = first_nonzero_[channel]; i < first_nonzero_[channel + 1]; ++i) {
        std::uint32_t& from = next[nonzeros_[i]];
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
  LaneStreams streams;
  streams.entries.resize(lanes);
  streams.column_starts.resize(lanes);
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    for (std::size_t k = 0; k < weights_per_channel_; ++k) {
      streams.column_starts[lane].push_back(static_cast<std::uint32_t>(streams.entries[lane].size()));
      RelativeRun run(gap_bits_, streams.entries[lane]);
      for (std::uint32_t place = lane; place < channels; place += lanes) {
        const std::int16_t value = row(first_channel + order[place])[k];
        if (value != 0) run.add(place / lanes, value);
      }
    }
    streams.column_starts[lane].push_back(static_cast<std::uint32_t>(streams.entries[lane].size()));
  }
  return streams;
}

void WeightPacker::lay_out_sparse(std::uint32_t first_channel, std::uint32_t channels, BlockLayout& layout,
                                  const std::function<std::uint32_t(std::uint64_t)>& place) const {
  const auto stride = [](std::uint64_t bits) { return static_cast<std::uint32_t>(bits_to_row_bytes(bits)); };
  std::uint64_t rows = channels;
  if (has_rows_of_own_length()) {
    const std::uint64_t stored = stored_values(first_channel, channels);
    layout.values = place((stored * layer_.value_bits + 7) / 8);
    if (index_format_ == IndexFormat::bitmap) layout.index_row_stride = stride(weights_per_channel_);
    layout.indices = place(index_format_ == IndexFormat::absolute   ? stored * 2
                           : index_format_ == IndexFormat::relative ? (stored * gap_bits_ + 7) / 8
                                                                    : layout.index_row_stride * rows);
    layout.row_pointers = place((rows + 1) * 4);
  } else if (index_format_ == IndexFormat::relative_columns) {
    const std::uint64_t longest = lane_lengths(first_channel, channels).longest;
    rows = std::min(lanes_, channels);
    layout.value_row_stride = stride(longest * layer_.value_bits);
    layout.values = place(layout.value_row_stride * rows);
    layout.index_row_stride = stride(longest * gap_bits_);
    layout.indices = place(layout.index_row_stride * rows);
    layout.wide_pointers = longest > greatest_narrow_pointer;
    layout.row_pointers = place(stride((weights_per_channel_ + 1) * (layout.wide_pointers ? 32 : 16)) * rows);
  } else {
    const std::uint64_t slots = slots_per_channel(layer_.pattern, weights_per_channel_);
    layout.value_row_stride = stride(slots * layer_.value_bits);
    layout.values = place(layout.value_row_stride * rows);
    if (index_format_ == IndexFormat::n_of_m) {
      layout.index_row_stride = stride(slots * index_bits(layer_.pattern.m));
      layout.indices = place(layout.index_row_stride * rows);
    }
  }
  if (balanced_) layout.row_order = place(std::uint64_t{channels} * 2);
}

BlockLayout WeightPacker::layout(std::uint32_t first_channel, std::uint32_t channels) const {
  BlockLayout layout;
  std::uint64_t end = std::uint64_t{record_bytes} * channels;
  const std::uint64_t weights_begin = end;
  const auto place = [&](std::uint64_t bytes) {
    const std::uint64_t begin = end;
    end += align(bytes, 4);
    return static_cast<std::uint32_t>(begin);
  };
  if (has_dense()) {
    layout.dense_row_stride = static_cast<std::uint32_t>(bits_to_row_bytes(dense_row_bits()));
    layout.dense = place(std::uint64_t{layout.dense_row_stride} * channels);
  }
  if (has_sparse()) lay_out_sparse(first_channel, channels, layout, place);
  layout.weight_bits = (end - weights_begin) * 8;
  layout.bytes = align(end, block_alignment);
  return layout;
}

std::vector<std::uint8_t> WeightPacker::pack(std::uint32_t first_channel, std::uint32_t channels) const {
  const BlockLayout at = layout(first_channel, channels);
  std::vector<std::uint8_t> block(at.bytes, 0);
  pack_records(first_channel, channels, block.data() + at.records);
  for (std::uint32_t i = 0; has_dense() && i < channels; ++i) {
    pack_dense(first_channel + i, block.data() + at.dense + std::size_t{i} * at.dense_row_stride);
  }
  if (!has_sparse()) return block;
  if (balanced_) {
    std::uint8_t* table = block.data() + at.row_order;
    for (const std::uint32_t channel : row_order(first_channel, channels)) {
      put_little_endian(table, channel, 2);
      table += 2;
    }
  }
  if (has_rows_of_own_length()) {
    pack_rows(first_channel, channels, at, block.data());
    return block;
  }
  if (index_format_ == IndexFormat::relative_columns) {
    pack_columns(first_channel, channels, at, block.data());
    return block;
  }
  for (std::uint32_t i = 0; i < channels; ++i) {
    pack_regular(first_channel + i, block.data() + at.values + std::size_t{i} * at.value_row_stride,
                 block.data() + at.indices + std::size_t{i} * at.index_row_stride);
  }
  return block;
}

void WeightPacker::pack_records(std::uint32_t first_channel, std::uint32_t channels, std::uint8_t* bytes) const {
  for (std::uint32_t i = 0; i < channels; ++i) {
    const Requantization& q = layer_.requantization[first_channel + i];
    std::uint8_t* record = bytes + std::size_t{i} * record_bytes;
    put_little_endian(record, static_cast<std::uint64_t>(q.bias), 8);
    put_little_endian(record + 8, as_bits(values_in_dense_pass_ ? q.sparse : q.dense), 2);
    put_little_endian(record + 10, as_bits(values_in_dense_pass_ ? std::int16_t{0} : q.sparse), 2);
    put_little_endian(record + 12, as_bits(q.residual), 2);
    record[14] = q.shift;
  }
}

void WeightPacker::pack_dense(std::uint32_t channel, std::uint8_t* bytes) const {
  BitStream stream(bytes);
  const std::size_t first = channel * weights_per_channel_;
  if (weight_format_ == WeightFormat::ternary_base3) {
    for (std::size_t k = 0; k < weights_per_channel_; k += trits_per_byte) {
      const std::size_t count = std::min<std::size_t>(trits_per_byte, weights_per_channel_ - k);
      stream.put(base3_code(layer_.ternary.data() + first + k, count), 8);
    }
    return;
  }
  const auto width = static_cast<std::uint32_t>(dense_row_bits() / weights_per_channel_);
  for (std::size_t k = 0; k < weights_per_channel_; ++k) {
    const std::int16_t weight = values_in_dense_pass_ ? layer_.high_precision[first + k] : layer_.ternary[first + k];
    stream.put(as_bits(weight), width);
  }
}

void WeightPacker::pack_regular(std::uint32_t channel, std::uint8_t* values, std::uint8_t* indices) const {
  BitStream value_stream(values);
  BitStream index_stream(indices);
  const std::size_t first = channel * weights_per_channel_;
  if (index_format_ == IndexFormat::dense) {
    for (std::size_t k = 0; k < weights_per_channel_; ++k) {
      value_stream.put(as_bits(layer_.high_precision[first + k]), layer_.value_bits);
    }
    return;
  }
  const Pattern& pattern = layer_.pattern;
  const std::uint32_t width = index_bits(pattern.m);
  for (std::size_t group = 0; group < weights_per_channel_; group += pattern.m) {
    std::uint32_t used = 0;
    for (std::size_t k = group; k < std::min<std::size_t>(group + pattern.m, weights_per_channel_); ++k) {
      if (layer_.high_precision[first + k] == 0) continue;
      value_stream.put(as_bits(layer_.high_precision[first + k]), layer_.value_bits);
      index_stream.put(static_cast<std::uint32_t>(k - group), width);
      ++used;
    }
    for (; used < pattern.n; ++used) {
      value_stream.put(0, layer_.value_bits);
      index_stream.put(0, width);
    }
  }
}

void WeightPacker::pack_rows(std::uint32_t first_channel, std::uint32_t channels, const BlockLayout& at,
                             std::uint8_t* block) const {
  BitStream values(block + at.values), indices(block + at.indices);
  for (std::uint32_t i = 0; i < channels; ++i) {
    const auto weights = row(first_channel + i);
    BitStream bitmap(block + at.indices + std::size_t{i} * at.index_row_stride);
    std::vector<RelativeEntry> entries;
    RelativeRun run(index_format_ == IndexFormat::relative ? gap_bits_ : 0, entries);
    for (std::uint32_t k = 0; k < weights.size(); ++k) {
      if (index_format_ == IndexFormat::bitmap) bitmap.put(weights[k] != 0 ? 1 : 0, 1);
      if (weights[k] == 0) continue;
      if (index_format_ == IndexFormat::relative) {
        run.add(k, weights[k]);
        continue;
      }
      values.put(as_bits(weights[k]), layer_.value_bits);
      if (index_format_ == IndexFormat::absolute) indices.put(k, 16);
    }
    for (const RelativeEntry& entry : entries) {
      values.put(as_bits(entry.value), layer_.value_bits);
      indices.put(entry.gap, gap_bits_);
    }
  }
  for (std::uint32_t i = 0; i <= channels; ++i) {
    put_little_endian(block + at.row_pointers + std::size_t{i} * 4, stored_values(first_channel, i), 4);
  }
}

void WeightPacker::pack_columns(std::uint32_t first_channel, std::uint32_t channels, const BlockLayout& at,
                                std::uint8_t* block) const {
  const LaneStreams streams = lane_streams(first_channel, channels);
  const std::uint32_t pointer_bytes = at.wide_pointers ? 4 : 2;
  const std::size_t pointer_stride = align((weights_per_channel_ + 1) * pointer_bytes, 4);
  for (std::size_t lane = 0; lane < streams.entries.size(); ++lane) {
    BitStream values(block + at.values + lane * at.value_row_stride);
    BitStream indices(block + at.indices + lane * at.index_row_stride);
    for (const RelativeEntry& entry : streams.entries[lane]) {
      values.put(as_bits(entry.value), layer_.value_bits);
      indices.put(entry.gap, gap_bits_);
    }
    std::uint8_t* pointer = block + at.row_pointers + lane * pointer_stride;
    for (const std::uint32_t start : streams.column_starts[lane]) {
      put_little_endian(pointer, start, pointer_bytes);
      pointer += pointer_bytes;
    }
  }
}

std::uint32_t WeightPacker::value_row_offset(std::uint32_t first_channel, std::uint32_t channels,
                                             std::uint32_t channel) const {
  const BlockLayout at = layout(first_channel, channels);
  const std::uint32_t row = channel - first_channel;
  if (has_rows_of_own_length()) {
    return at.values + static_cast<std::uint32_t>(stored_values(first_channel, row) * layer_.value_bits / 8);
  }
  if (index_format_ == IndexFormat::relative_columns) return at.values;
  return at.values + row * at.value_row_stride;
}

}  // namespace terse::compiler
