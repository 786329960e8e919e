#pragma once
// Where an output channel's stored values and indices lie in the scratchpad.
#include "models/clocked/schedule.hpp"
#include "models/sparse_weights/sparse_weights.hpp"

namespace terse {

struct RowPieces {
  Piece values, indices, pointer;  ///< Without bytes where the format has none.
};

/// All formats but relative_columns, whose entries belong to lanes.
[[nodiscard]] RowPieces row_pieces(const SparseRegisters& job, const SparseFormat& format, const SparseWeights& weights,
                                   const convolution::Shape& shape, std::uint32_t channel);

}  // namespace terse
