#pragma once
// How many products of a job change an operand: those of a weight other than zero and an activation inside the tile. The
// others (weight zero, unused slot, filler, padding) are gated. Every unit counts them here, so that dense and sparse
// passes agree about padding.
#include <cstdint>

#include "models/convolution/shape.hpp"
#include "models/convolution/weights.hpp"

namespace terse::convolution {

/// The matrix has shape.output_channels rows of shape.weights_per_channel() columns.
[[nodiscard]] std::uint64_t products_inside(const Shape& shape, const TernaryMatrix& weights);
[[nodiscard]] std::uint64_t products_inside(const Shape& shape, const DenseMatrix& weights);
/// Entries of value 0 must have been left out.
[[nodiscard]] std::uint64_t products_inside(const Shape& shape, const SparseMatrix& weights);

}  // namespace terse::convolution
