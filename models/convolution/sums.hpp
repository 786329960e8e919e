#pragma once
// Exact sums of products over one tile: sums[pixel * output_channels + o] = sum over k of weight[o][k] * activation, in
// 64 bits, so that no order of additions and no number of weights can overflow. Pure arithmetic: no time, no registers.
//
// How they are made fast: weights are rearranged once (packed_weights.hpp), and a few output pixels' patches are
// multiplied with all of them by vector instructions (packed_product.hpp). Tiles of very few pixels, and weights of which
// few are stored, go other ways (sums.cpp, scattered_sums.hpp).
#include <cstdint>
#include <span>

#include "models/convolution/shape.hpp"
#include "models/convolution/weights.hpp"

namespace terse::convolution {

/// Every weight matrix has shape.output_channels rows of shape.weights_per_channel() columns; `sums` has
/// shape.outputs() elements, which are overwritten.
void ternary_sums(const Shape& shape, const ActivationView& activations, const TernaryMatrix& weights,
                  std::span<std::int64_t> sums);
void dense_sums(const Shape& shape, const ActivationView& activations, const DenseMatrix& weights,
                std::span<std::int64_t> sums);
void sparse_sums(const Shape& shape, const ActivationView& activations, const SparseMatrix& weights,
                 std::span<std::int64_t> sums);

}  // namespace terse::convolution
