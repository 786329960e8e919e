#pragma once
// Exact sums of products over one tile: sums[pixel * output_channels + o] = sum over k of weight[o][k] * activation, in
// 64 bits, so that no order of additions and no number of weights can overflow. Pure arithmetic: no time, no registers.
//
// How they are made fast: up to `widest_block` output pixels are taken at once. Their activations are rearranged into
// columns, one per k, of 16-bit lanes; a weight then applies to a whole column, which compilers turn into vector
// instructions of any width. k is taken `chunk` at a time, so that columns stay in the first-level cache and narrow
// partial sums are exact (see sums.cpp).
#include <cstdint>
#include <span>

#include "models/convolution/shape.hpp"
#include "models/convolution/weights.hpp"

namespace terse::convolution {

/// Most output pixels taken at once.
inline constexpr std::size_t widest_block = 64;

/// Every weight matrix has shape.output_channels rows of shape.weights_per_channel() columns; `sums` has
/// shape.outputs() elements, which are overwritten.
void ternary_sums(const Shape& shape, const ActivationView& activations, const TernaryMatrix& weights,
                  std::span<std::int64_t> sums);
void dense_sums(const Shape& shape, const ActivationView& activations, const DenseMatrix& weights,
                std::span<std::int64_t> sums);
void sparse_sums(const Shape& shape, const ActivationView& activations, const SparseMatrix& weights,
                 std::span<std::int64_t> sums);

}  // namespace terse::convolution
