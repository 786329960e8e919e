// Bytes of a block of channels: where everything lies, and what it holds.
#include <algorithm>

#include "compiler/pattern.hpp"
#include "compiler/weight_packing.hpp"

namespace terse::compiler {

namespace {

using registers::spu::IndexFormat;
using registers::tmac::WeightFormat;

constexpr std::uint32_t trits_per_byte = 5;
constexpr std::uint64_t greatest_narrow_pointer = 65535;

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

/// Weights, each plus one, as digits of a base-3 number, the first one lowest.
std::uint32_t base3_code(std::span<const std::int8_t> weights) {
  std::uint32_t code = 0;
  for (std::size_t i = weights.size(); i > 0; --i) code = 3 * code + static_cast<std::uint32_t>(weights[i - 1] + 1);
  return code;
}

void put_little_endian(std::uint8_t* bytes, std::uint64_t value, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(value >> 8 * i);
}

std::uint32_t as_bits(std::int16_t value) {
  return static_cast<std::uint32_t>(static_cast<std::uint16_t>(value));
}

}  // namespace

std::uint64_t WeightPacker::dense_row_bits(std::uint64_t columns) const {
  switch (weight_format_) {
    case WeightFormat::ternary_base3:
      return (columns + trits_per_byte - 1) / trits_per_byte * 8;
    case WeightFormat::int4:
      return columns * 4;
    case WeightFormat::int8:
      return columns * 8;
    case WeightFormat::ternary_2bit:
    case WeightFormat::int2:
      break;
  }
  return columns * 2;
}

void WeightPacker::lay_out_sparse(std::uint32_t first_channel, std::uint32_t channels, BlockLayout& layout,
                                  const std::function<std::uint32_t(std::uint64_t)>& place) const {
  const auto stride = [](std::uint64_t bits) { return static_cast<std::uint32_t>(bits_to_row_bytes(bits)); };
  std::uint64_t rows = channels;
  if (has_rows_of_own_length()) {
    const std::uint64_t stored = stored_values(first_channel, channels);
    layout.values = place((stored * layer_.value_bits + 7) / 8);
    if (index_format_ == IndexFormat::bitmap) layout.index_row_stride = stride(columns(first_channel, channels));
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
    layout.row_pointers =
        place(stride((columns(first_channel, channels) + 1) * (layout.wide_pointers ? 32 : 16)) * rows);
  } else {
    const bool whole = index_format_ == IndexFormat::dense;
    const std::uint64_t slots =
        whole ? columns(first_channel, channels) : slots_per_channel(layer_.pattern, weights_per_channel_);
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
    layout.dense_row_stride =
        static_cast<std::uint32_t>(bits_to_row_bytes(dense_row_bits(columns(first_channel, channels))));
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
    pack_dense(block_row(first_channel, channels, first_channel + i), first_channel + i,
               block.data() + at.dense + std::size_t{i} * at.dense_row_stride);
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
    pack_regular(block_row(first_channel, channels, first_channel + i), first_channel + i,
                 block.data() + at.values + std::size_t{i} * at.value_row_stride,
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

void WeightPacker::pack_dense(const BlockRow& at, std::uint32_t channel, std::uint8_t* bytes) const {
  BitStream stream(bytes);
  if (values_in_dense_pass_) {
    const auto width = static_cast<std::uint32_t>(dense_row_bits(at.columns()) / at.columns());
    for (const std::int16_t weight : at.expand(row(channel))) stream.put(as_bits(weight), width);
    return;
  }
  const std::vector<std::int8_t> weights = at.expand(
      std::span<const std::int8_t>(layer_.ternary).subspan(channel * weights_per_channel_, weights_per_channel_));
  if (weight_format_ != WeightFormat::ternary_base3) {
    for (const std::int8_t weight : weights) stream.put(as_bits(weight), 2);
    return;
  }
  for (std::size_t k = 0; k < weights.size(); k += trits_per_byte) {
    const std::size_t count = std::min<std::size_t>(trits_per_byte, weights.size() - k);
    stream.put(base3_code(std::span(weights).subspan(k, count)), 8);
  }
}

void WeightPacker::pack_regular(const BlockRow& at, std::uint32_t channel, std::uint8_t* values,
                                std::uint8_t* indices) const {
  BitStream value_stream(values);
  BitStream index_stream(indices);
  const std::size_t first = channel * weights_per_channel_;
  if (index_format_ == IndexFormat::dense) {
    for (const std::int16_t value : at.expand(row(channel))) value_stream.put(as_bits(value), layer_.value_bits);
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
    const BlockRow row_at = block_row(first_channel, channels, first_channel + i);
    const std::vector<std::int16_t> weights = row_at.expand(row(first_channel + i));
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
    put_little_endian(block + at.row_pointers + std::size_t{i} * 4, entries(first_channel, channels, i), 4);
  }
}

void WeightPacker::pack_columns(std::uint32_t first_channel, std::uint32_t channels, const BlockLayout& at,
                                std::uint8_t* block) const {
  const LaneStreams streams = lane_streams(first_channel, channels);
  const std::uint32_t pointer_bytes = at.wide_pointers ? 4 : 2;
  const std::size_t pointer_stride = align((columns(first_channel, channels) + 1) * pointer_bytes, 4);
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
    return at.values + static_cast<std::uint32_t>(entries(first_channel, channels, row) * layer_.value_bits / 8);
  }
  if (index_format_ == IndexFormat::relative_columns) return at.values;
  return at.values + row * at.value_row_stride;
}

}  // namespace terse::compiler
