// Format relative_columns: per lane a stream of entries, column after column, as in EIE (Han et al., ISCA 2016).
#include <algorithm>

#include "models/ports/convolution_job.hpp"
#include "models/sparse_weights/row_stride.hpp"
#include "models/sparse_weights/sparse_weights.hpp"

namespace terse {

using convolution::Shape;

/// Reads and checks all lanes' column pointers; returns the number of entries of the longest lane.
std::uint32_t SparseWeights::load_column_pointers(const SparseRegisters& job, const SparseFormat& format,
                                                  JobMemory& memory) {
  require_aligned(job.row_pointer_address, 4);
  const std::uint64_t count = sparse_.columns + 1;
  const std::uint32_t size = format.wide_pointers ? 4 : 2;
  const std::uint64_t stride = (count * size + 3) / 4 * 4;
  const auto table =
      memory.read(job.row_pointer_address, extent(lane_columns_.lanes, stride, count * size), pointer_buffer_);
  lane_columns_.pointers.resize(lane_columns_.lanes * count);
  std::uint32_t longest = 0;
  for (std::uint64_t lane = 0; lane < lane_columns_.lanes; ++lane) {
    std::uint32_t* pointers = lane_columns_.pointers.data() + lane * count;
    for (std::uint64_t k = 0; k < count; ++k) {
      const std::uint64_t at = lane * stride + k * size;
      pointers[k] = 0;
      for (std::uint32_t byte = 0; byte < size; ++byte) pointers[k] |= std::uint32_t{table[at + byte]} << 8 * byte;
      const std::uint32_t least = k == 0 ? 0 : pointers[k - 1];
      if (pointers[k] < least || (k == 0 && pointers[k] != 0)) illegal_index(job.row_pointer_address + at);
    }
    longest = std::max(longest, pointers[count - 1]);
  }
  return longest;
}

void SparseWeights::load_columns(const SparseRegisters& job, const SparseFormat& format, const Shape& shape,
                                 JobMemory& memory) {
  const std::uint32_t lanes = lane_columns_.lanes;
  const std::uint32_t longest = load_column_pointers(job, format, memory);
  const std::uint64_t lane_bytes = field_bytes(longest, format.value_bits);
  const std::uint64_t index_bytes = field_bytes(longest, format.n);
  require_value(legal_stride(job.value_row_stride, lane_bytes, lanes), job.value_row_stride_offset);
  require_value(legal_stride(job.index_row_stride, index_bytes, lanes), job.index_row_stride_offset);
  require_aligned(job.index_address, 4);
  const bool any = longest != 0;
  const auto packed =
      memory.read(job.value_address, any ? extent(lanes, job.value_row_stride, lane_bytes) : 0, value_buffer_);
  const auto indices =
      memory.read(job.index_address, any ? extent(lanes, job.index_row_stride, index_bytes) : 0, index_buffer_);
  lane_entries_.clear();
  lane_columns_.bytes.clear();
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    if (any) {
      load_lane(job, format, lane, packed.subspan(std::uint64_t{lane} * job.value_row_stride, lane_bytes),
                indices.subspan(std::uint64_t{lane} * job.index_row_stride, index_bytes));
    }
    const std::uint64_t entries = lane_columns_.pointers[(lane + 1) * (sparse_.columns + 1) - 1];
    lane_columns_.bytes.push_back(field_bytes(entries, format.value_bits) + field_bytes(entries, format.n) +
                                  (sparse_.columns + 1) * (format.wide_pointers ? 4 : 2));
  }
  sort_by_channel(format, shape.output_channels);
}

void SparseWeights::load_lane(const SparseRegisters& job, const SparseFormat& format, std::uint32_t lane,
                              std::span<const std::uint8_t> packed, std::span<const std::uint8_t> indices) {
  const std::uint32_t* pointers = lane_columns_.pointers.data() + lane * (sparse_.columns + 1);
  values_.resize(pointers[sparse_.columns]);
  convolution::unpack_values(packed, 0, values_.size(), format.value_bits, values_.data());
  for (std::uint32_t k = 0; k < sparse_.columns; ++k) {
    std::uint64_t next = 0;  // the lane's row that a gap of 0 means
    for (std::uint64_t i = pointers[k]; i < pointers[k + 1]; ++i) {
      const std::uint64_t row = next + convolution::read_bits(indices, i * format.n, format.n);
      const std::uint64_t place = row * lane_columns_.lanes + lane;
      if (place >= row_order_.size()) {
        illegal_index(job.index_address + std::uint64_t{lane} * job.index_row_stride + i * format.n / 8);
      }
      lane_entries_.push_back({row_order_[place], {k, values_[i]}});
      next = row + 1;
    }
  }
}

/// From lanes to output channels; columns stay in order.
void SparseWeights::sort_by_channel(const SparseFormat& format, std::uint32_t channels) {
  row_values_.assign(channels, 0);
  for (const LaneEntry& entry : lane_entries_) ++row_values_[entry.channel];
  std::vector<std::uint64_t> next(channels, 0);
  for (std::uint32_t o = 1; o < channels; ++o) next[o] = next[o - 1] + row_values_[o - 1];
  std::vector<convolution::SparseEntry> sorted(lane_entries_.size());
  for (const LaneEntry& entry : lane_entries_) sorted[next[entry.channel]++] = entry.entry;
  std::uint64_t begin = 0;
  for (std::uint32_t o = 0; o < channels; ++o) {
    const auto first = sorted.begin() + static_cast<std::ptrdiff_t>(begin);
    stored_.entries.insert(stored_.entries.end(), first, first + static_cast<std::ptrdiff_t>(row_values_[o]));
    end_row();
    row_bytes_.push_back(field_bytes(row_values_[o], format.value_bits + format.n));
    begin += row_values_[o];
  }
}

}  // namespace terse
