#include "compiler/weight_packing.hpp"

#include <algorithm>
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

WeightPacker::WeightPacker(const Layer& layer, const LayerGeometry& geometry, const HardwareLimits& limits)
    : layer_(layer),
      weights_per_channel_(geometry.weights_per_channel),
      channels_(geometry.output_channels),
      nonzeros_before_(std::size_t{channels_} + 1, 0) {
  choose_dense_pass(limits);
  if (!has_sparse()) return;
  for (std::uint32_t o = 0; o < channels_; ++o) {
    const auto first = layer.high_precision.begin() + static_cast<std::ptrdiff_t>(o * weights_per_channel_);
    const auto last = first + static_cast<std::ptrdiff_t>(weights_per_channel_);
    const auto nonzeros = std::count_if(first, last, [](std::int16_t v) { return v != 0; });
    nonzeros_before_[o + 1] = nonzeros_before_[o] + static_cast<std::uint64_t>(nonzeros);
  }
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

IndexFormat WeightPacker::index_format() const {
  if (is_dense(layer_.pattern)) return IndexFormat::dense;
  return layer_.pattern.kind == Pattern::Kind::n_of_m ? IndexFormat::n_of_m : IndexFormat::absolute;
}

std::uint64_t WeightPacker::stored_values(std::uint32_t first_channel, std::uint32_t channels) const {
  if (!has_sparse()) return 0;
  if (index_format() == IndexFormat::absolute) {
    return nonzeros_before_[first_channel + channels] - nonzeros_before_[first_channel];
  }
  return channels * slots_per_channel(layer_.pattern, weights_per_channel_);
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
  if (has_sparse() && index_format() == IndexFormat::absolute) {
    const std::uint64_t stored = stored_values(first_channel, channels);
    layout.values = place((stored * layer_.value_bits + 7) / 8);
    layout.indices = place(stored * 2);
    layout.row_pointers = place((std::uint64_t{channels} + 1) * 4);
  } else if (has_sparse()) {
    const std::uint64_t slots = slots_per_channel(layer_.pattern, weights_per_channel_);
    layout.value_row_stride = static_cast<std::uint32_t>(bits_to_row_bytes(slots * layer_.value_bits));
    layout.values = place(std::uint64_t{layout.value_row_stride} * channels);
    if (index_format() == IndexFormat::n_of_m) {
      layout.index_row_stride = static_cast<std::uint32_t>(bits_to_row_bytes(slots * index_bits(layer_.pattern.m)));
      layout.indices = place(std::uint64_t{layout.index_row_stride} * channels);
    }
  }
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
  if (index_format() == IndexFormat::absolute) {
    pack_absolute(first_channel, channels, at, block.data());
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
  if (index_format() == IndexFormat::dense) {
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

void WeightPacker::pack_absolute(std::uint32_t first_channel, std::uint32_t channels, const BlockLayout& at,
                                 std::uint8_t* block) const {
  BitStream values(block + at.values);
  std::uint8_t* index = block + at.indices;
  for (std::uint32_t i = 0; i < channels; ++i) {
    const std::size_t first = (first_channel + i) * weights_per_channel_;
    for (std::size_t k = 0; k < weights_per_channel_; ++k) {
      if (layer_.high_precision[first + k] == 0) continue;
      values.put(as_bits(layer_.high_precision[first + k]), layer_.value_bits);
      put_little_endian(index, k, 2);
      index += 2;
    }
  }
  for (std::uint32_t i = 0; i <= channels; ++i) {
    put_little_endian(block + at.row_pointers + std::size_t{i} * 4, stored_values(first_channel, i), 4);
  }
}

std::uint32_t WeightPacker::value_row_offset(std::uint32_t first_channel, std::uint32_t channels,
                                             std::uint32_t channel) const {
  const BlockLayout at = layout(first_channel, channels);
  const std::uint32_t row = channel - first_channel;
  if (index_format() == IndexFormat::absolute) {
    return at.values + static_cast<std::uint32_t>(stored_values(first_channel, row) * layer_.value_bits / 8);
  }
  return at.values + row * at.value_row_stride;
}

}  // namespace terse::compiler
