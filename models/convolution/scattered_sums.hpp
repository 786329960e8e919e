#pragma once
// The sums of a sparse pass, one stored weight after the other: the way to go when most weights are not stored.
#include <cstdint>
#include <span>

#include "models/convolution/shape.hpp"
#include "models/convolution/weights.hpp"

namespace terse::convolution {

/// As sparse_sums (models/convolution/sums.hpp); takes time for stored weights only.
void scattered_sums(const Shape& shape, const ActivationView& activations, const SparseMatrix& weights,
                    std::span<std::int64_t> sums);

}  // namespace terse::convolution
