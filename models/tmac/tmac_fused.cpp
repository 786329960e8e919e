#include "models/tmac/tmac_fused.hpp"

#include <numeric>

#include "models/convolution/products.hpp"

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
    values.rows.push_back(row_pieces(job, format, weights, shape, o));
    for_each_value(format, weights, o,
                   [&](std::uint64_t k) { values.positions.push_back(static_cast<std::uint32_t>(k)); });
    values.starts.push_back(values.positions.size());
  }
  return values;
}

std::uint64_t stored_values(const SparseWeights& weights) {
  return std::accumulate(weights.row_values().begin(), weights.row_values().end(), std::uint64_t{0});
}

Activity fused_activity(const TmacWork& work, const SparseFormat& format, const SparseWeights& weights,
                        const TmacCost& dense, const TmacCost& fused, bool accumulate) {
  const convolution::Shape& shape = work.shape;
  const std::uint64_t stored = stored_values(weights);
  const std::uint64_t products = format.index == IndexFormat::dense
                                     ? convolution::products_inside(shape, weights.dense())
                                     : convolution::products_inside(shape, weights.sparse());
  std::uint64_t row_bits = 0;
  for (const RowPieces& row : work.values->rows) row_bits += 8 * (row.values.bytes + row.indices.bytes);
  const std::uint64_t uses = dense.weights_stay ? 1 : work.pixel_blocks();
  const std::uint64_t loaded = fused.weight_bytes - dense.weight_bytes;
  Activity activity;
  activity[sparse_mac(format.value_bits)] = products;
  activity[Action::sparse_gated] = stored * shape.pixels() - products;
  activity[Action::sparse_sum_update] = products;
  activity[Action::sparse_select] = products;
  if (format.index != IndexFormat::dense) activity[Action::sparse_index_decode] = stored * uses;
  activity[Action::sparse_weight_write_bits] = 8 * loaded;
  activity[Action::sparse_weight_read_bits] = row_bits * uses;
  activity[Action::sparse_stream_bytes] = loaded;
  activity[Action::sparse_accumulator_reads] = dense.sums_taken_back + (accumulate ? shape.outputs() : 0);
  activity[Action::sparse_accumulator_writes] = dense.sums_handed_over;
  return activity;
}

}  // namespace terse
