#include "models/sparse_weights/row_pieces.hpp"

#include <cassert>

#include "models/sparse_weights/row_stride.hpp"

namespace terse {

using registers::spu::IndexFormat;

namespace {

/// Fields [first, end) of `bits` each from `address` on.
Piece fields(std::uint64_t address, std::uint64_t first, std::uint64_t end, std::uint32_t bits) {
  const std::uint64_t begin = first * bits / 8;
  return {address + begin, field_bytes(end, bits) - begin};
}

}  // namespace

RowPieces row_pieces(const SparseRegisters& job, const SparseFormat& format, const SparseWeights& weights,
                     const convolution::Shape& shape, std::uint32_t channel) {
  assert(format.index != IndexFormat::relative_columns);
  const auto index_row = [&]() -> Piece {
    return {job.index_address + std::uint64_t{channel} * job.index_row_stride, format.row_index_bytes(shape)};
  };
  RowPieces row;
  if (format.index == IndexFormat::dense || format.index == IndexFormat::n_of_m) {
    const std::uint64_t address = job.value_address + std::uint64_t{channel} * job.value_row_stride;
    row.values = fields(address, 0, format.row_values(shape), format.value_bits);
    if (format.index == IndexFormat::n_of_m) row.indices = index_row();
    return row;
  }
  constexpr std::uint32_t pointer_bytes = 4, absolute_bits = 16;
  const std::uint64_t first = weights.row_pointers()[channel], end = weights.row_pointers()[channel + 1];
  row.values = fields(job.value_address, first, end, format.value_bits);
  row.pointer = {job.row_pointer_address + std::uint64_t{pointer_bytes} * channel, pointer_bytes};
  if (format.index == IndexFormat::bitmap) {
    row.indices = index_row();
  } else {
    const std::uint32_t index_bits = format.index == IndexFormat::absolute ? absolute_bits : format.n;
    row.indices = fields(job.index_address, first, end, index_bits);
  }
  return row;
}

}  // namespace terse
