#include "models/tmac/tmac_fused.hpp"

namespace terse {

using registers::spu::IndexFormat;

namespace {

/// Calls use(k) for every value other than zero of output channel o.
template <typename Use>
void for_each_value(const SparseFormat& format, const SparseWeights& weights, std::uint64_t o, const Use& use) {
  if (format.index == IndexFormat::dense) {
    const convolution::DenseMatrix& dense = weights.dense();
    for (std::uint64_t k = 0; k < dense.columns; ++k) {
      if (dense.weights[o * dense.columns + k] != 0) use(k);
    }
    return;
  }
  for (const convolution::SparseEntry& entry : weights.stored().row(o)) {
    if (entry.value != 0) use(entry.position);
  }
}

/// Fields [first, end) of `bits` each from `address` on.
Piece fields(std::uint64_t address, std::uint64_t first, std::uint64_t end, std::uint32_t bits) {
  const std::uint64_t begin = first * bits / 8;
  return {address + begin, (end * bits + 7) / 8 - begin};
}

TmacValues::Row row_of(const SparseRegisters& job, const SparseFormat& format, const SparseWeights& weights,
                       const convolution::Shape& shape, std::uint64_t o) {
  const std::uint64_t index_row = job.index_address + o * job.index_row_stride;
  TmacValues::Row row;
  if (format.index == IndexFormat::dense || format.index == IndexFormat::n_of_m) {
    row.values = fields(job.value_address + o * job.value_row_stride, 0, format.row_values(shape), format.value_bits);
    if (format.index == IndexFormat::n_of_m) row.indices = {index_row, format.row_index_bytes(shape)};
    return row;
  }
  const std::uint64_t first = weights.row_pointers()[o], end = weights.row_pointers()[o + 1];
  row.values = fields(job.value_address, first, end, format.value_bits);
  row.pointer = {job.row_pointer_address + 4 * o, 4};
  if (format.index == IndexFormat::bitmap) {
    row.indices = {index_row, format.row_index_bytes(shape)};
  } else {
    row.indices = fields(job.index_address, first, end, format.index == IndexFormat::absolute ? 16 : format.n);
  }
  return row;
}

}  // namespace

SparseCapabilities fused_capabilities(const TmacParameters& parameters) {
  if (parameters.fused_lanes == 0) return {};
  return {index_format_bit(IndexFormat::absolute) | index_format_bit(IndexFormat::n_of_m) |
              index_format_bit(IndexFormat::dense) | index_format_bit(IndexFormat::relative) |
              index_format_bit(IndexFormat::bitmap),
          parameters.fused_value_bits};
}

TmacValues fused_values(const SparseRegisters& job, const SparseFormat& format, const SparseWeights& weights,
                        const convolution::Shape& shape, std::uint32_t lanes) {
  TmacValues values{.lanes = lanes, .rows = {}, .starts = {0}, .positions = {}};
  for (std::uint32_t o = 0; o < shape.output_channels; ++o) {
    values.rows.push_back(row_of(job, format, weights, shape, o));
    for_each_value(format, weights, o,
                   [&](std::uint64_t k) { values.positions.push_back(static_cast<std::uint32_t>(k)); });
    values.starts.push_back(values.positions.size());
  }
  return values;
}

}  // namespace terse
