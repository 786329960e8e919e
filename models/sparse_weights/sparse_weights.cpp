#include "models/sparse_weights/sparse_weights.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "models/ports/convolution_job.hpp"
#include "models/sparse_weights/row_stride.hpp"

namespace terse {

using convolution::Shape;
using registers::spu::IndexFormat;

void SparseWeights::load(const SparseRegisters& job, const SparseFormat& format, const Shape& shape,
                         std::uint32_t lanes, JobMemory& memory) {
  row_values_.clear();
  row_bytes_.clear();
  stored_.entries.clear();
  stored_.row_starts.assign(1, 0);
  sparse_.columns = shape.weights_per_channel();
  sparse_.entries.clear();
  sparse_.row_starts.assign(1, 0);
  lane_columns_.lanes = std::min(lanes, shape.output_channels);
  require_aligned(job.value_address, 4);
  row_order_.resize(shape.output_channels);
  std::iota(row_order_.begin(), row_order_.end(), 0u);
  if (format.row_order) load_row_order(job, shape, memory);
  switch (format.index) {
    case IndexFormat::absolute:
    case IndexFormat::relative:
    case IndexFormat::bitmap:
      return load_rows(job, format, shape, memory);
    case IndexFormat::n_of_m:
      return load_n_of_m(job, format, shape, memory);
    case IndexFormat::dense:
      return load_dense(job, format, shape, memory);
    case IndexFormat::relative_columns:
      return load_columns(job, format, shape, memory);
  }
}

/// A permutation of the output channels.
void SparseWeights::load_row_order(const SparseRegisters& job, const Shape& shape, JobMemory& memory) {
  require_aligned(job.row_order_address, 4);
  const std::uint64_t rows = shape.output_channels;
  const auto table = memory.read(job.row_order_address, 2 * rows, order_buffer_);
  std::vector<bool> seen(rows, false);
  for (std::uint64_t i = 0; i < rows; ++i) {
    const auto channel = static_cast<std::uint32_t>(table[2 * i] | table[2 * i + 1] << 8);
    if (channel >= rows || seen[channel]) illegal_index(job.row_order_address + 2 * i);
    seen[channel] = true;
    row_order_[i] = channel;
  }
}

void SparseWeights::end_row() {
  const auto first = stored_.entries.begin() + static_cast<std::ptrdiff_t>(stored_.row_starts.back());
  const auto has_value = [](const convolution::SparseEntry& entry) { return entry.value != 0; };
  std::copy_if(first, stored_.entries.end(), std::back_inserter(sparse_.entries), has_value);
  sparse_.end_row();
  stored_.row_starts.push_back(stored_.entries.size());
}

void SparseWeights::load_dense(const SparseRegisters& job, const SparseFormat& format, const Shape& shape,
                               JobMemory& memory) {
  const std::uint64_t row_values = format.row_values(shape);
  const std::uint64_t row_bytes = field_bytes(row_values, format.value_bits);
  require_value(legal_stride(job.value_row_stride, row_bytes, shape.output_channels), job.value_row_stride_offset);
  const auto packed =
      memory.read(job.value_address, extent(shape.output_channels, job.value_row_stride, row_bytes), value_buffer_);
  dense_.columns = row_values;
  dense_.weights.resize(shape.output_channels * row_values);
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    convolution::unpack_values(packed.subspan(o * job.value_row_stride, row_bytes), 0, row_values, format.value_bits,
                               dense_.weights.data() + o * row_values);
  }
  row_values_.assign(shape.output_channels, row_values);
  row_bytes_.assign(shape.output_channels, row_bytes);
}

void SparseWeights::load_n_of_m(const SparseRegisters& job, const SparseFormat& format, const Shape& shape,
                                JobMemory& memory) {
  const std::uint64_t slots = format.row_values(shape);
  const std::uint64_t row_bytes = field_bytes(slots, format.value_bits);
  const std::uint64_t index_bytes = format.row_index_bytes(shape);
  const std::uint32_t width = convolution::index_width(format.m);
  require_value(legal_stride(job.value_row_stride, row_bytes, shape.output_channels), job.value_row_stride_offset);
  if (width > 0) {
    require_aligned(job.index_address, 4);
    require_value(legal_stride(job.index_row_stride, index_bytes, shape.output_channels), job.index_row_stride_offset);
  }
  const auto packed =
      memory.read(job.value_address, extent(shape.output_channels, job.value_row_stride, row_bytes), value_buffer_);
  const std::uint64_t index_size = width == 0 ? 0 : extent(shape.output_channels, job.index_row_stride, index_bytes);
  const auto indices = memory.read(job.index_address, index_size, index_buffer_);
  values_.resize(slots);
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    convolution::unpack_values(packed.subspan(o * job.value_row_stride, row_bytes), 0, slots, format.value_bits,
                               values_.data());
    const std::uint64_t row = o * job.index_row_stride;
    const auto stream = width == 0 ? indices : indices.subspan(row, index_bytes);
    for (std::uint64_t slot = 0; slot < slots; ++slot) {
      const std::uint64_t group = slot / format.n * format.m;
      // An unused slot's index means nothing.
      const std::uint32_t place = values_[slot] == 0 ? 0 : convolution::read_bits(stream, slot * width, width);
      const std::uint64_t position = group + place;
      if (place >= format.m || position >= sparse_.columns) illegal_index(job.index_address + row + slot * width / 8);
      stored_.entries.push_back({static_cast<std::uint32_t>(position), values_[slot]});
    }
    end_row();
  }
  row_values_.assign(shape.output_channels, slots);
  row_bytes_.assign(shape.output_channels, row_bytes + index_bytes);
}

namespace {

std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::uint64_t index) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + 4 * index, 4);
  return word;
}

/// Bytes of the indices of all rows when `end` values are stored.
std::uint64_t index_size(const SparseRegisters& job, const SparseFormat& format, const Shape& shape,
                         std::uint64_t end) {
  if (format.index == IndexFormat::absolute) return 2 * end;
  if (format.index == IndexFormat::relative) return field_bytes(end, format.n);
  return extent(shape.output_channels, job.index_row_stride, format.row_index_bytes(shape));
}

}  // namespace

void SparseWeights::load_rows(const SparseRegisters& job, const SparseFormat& format, const Shape& shape,
                              JobMemory& memory) {
  require_aligned(job.index_address, 4);
  require_aligned(job.row_pointer_address, 4);
  const std::uint64_t rows = shape.output_channels;
  const bool bitmap = format.index == IndexFormat::bitmap;
  if (bitmap) {
    require_value(legal_stride(job.index_row_stride, format.row_index_bytes(shape), rows), job.index_row_stride_offset);
  }
  const auto table = memory.read(job.row_pointer_address, 4 * (rows + 1), pointer_buffer_);
  row_pointers_.resize(rows + 1);
  for (std::uint64_t o = 0; o <= rows; ++o) {
    row_pointers_[o] = word_at(table, o);
    if (o > 0 && row_pointers_[o] < row_pointers_[o - 1]) illegal_index(job.row_pointer_address + 4 * o);
  }
  const std::uint64_t first = row_pointers_.front(), end = row_pointers_.back();
  const bool any = end > first;
  const auto packed = memory.read(job.value_address, any ? field_bytes(end, format.value_bits) : 0, value_buffer_);
  const auto indices =
      memory.read(job.index_address, any || bitmap ? index_size(job, format, shape, end) : 0, index_buffer_);
  values_.resize(end - first);
  if (any) convolution::unpack_values(packed, first, end - first, format.value_bits, values_.data());
  for (std::uint64_t o = 0; o < rows; ++o) {
    load_positions(job, format, o, first, indices);
    end_row();
    const std::uint64_t count = row_pointers_[o + 1] - row_pointers_[o];
    const std::uint64_t index_bytes = bitmap                                  ? format.row_index_bytes(shape)
                                      : format.index == IndexFormat::relative ? field_bytes(count, format.n)
                                                                              : 2 * count;
    row_values_.push_back(count);
    row_bytes_.push_back(field_bytes(count, format.value_bits) + index_bytes + 4);
  }
}

/// The entries of output channel o; `first`: number of the first value of all rows.
void SparseWeights::load_positions(const SparseRegisters& job, const SparseFormat& format, std::uint64_t o,
                                   std::uint64_t first, std::span<const std::uint8_t> indices) {
  const std::uint64_t begin = row_pointers_[o], end = row_pointers_[o + 1];
  if (format.index == IndexFormat::bitmap) {
    const auto bits = indices.subspan(o * job.index_row_stride);
    std::uint64_t next = begin;
    for (std::uint32_t k = 0; k < sparse_.columns; ++k) {
      if ((bits[k / 8] >> k % 8 & 1u) == 0) continue;
      if (next == end) illegal_index(job.row_pointer_address + 4 * (o + 1));
      stored_.entries.push_back({k, values_[next++ - first]});
    }
    if (next != end) illegal_index(job.row_pointer_address + 4 * (o + 1));
    return;
  }
  std::uint64_t next = 0;  // position that a gap of 0 means
  for (std::uint64_t i = begin; i < end; ++i) {
    const bool relative = format.index == IndexFormat::relative;
    const std::uint64_t position = relative ? next + convolution::read_bits(indices, i * format.n, format.n)
                                            : static_cast<std::uint64_t>(indices[2 * i] | indices[2 * i + 1] << 8);
    if (position >= sparse_.columns) illegal_index(job.index_address + (relative ? i * format.n / 8 : 2 * i));
    stored_.entries.push_back({static_cast<std::uint32_t>(position), values_[i - first]});
    next = position + 1;
  }
}

}  // namespace terse
