#pragma once
// The fused sparse lanes of the array: a job with FLAGS.FUSED does the sparse pass of its tile in the steps of the dense
// one. Each output channel has fused_lanes multipliers that pick their activations from those being broadcast, as the
// outlier MAC of OLAccel does (Park et al., ISCA 2018).
#include <cstdint>

#include "models/convolution/shape.hpp"
#include "models/sparse_weights/sparse_weights.hpp"
#include "models/tmac/tmac_parameters.hpp"

namespace terse {

/// Every index format whose rows belong to output channels; none without lanes.
[[nodiscard]] SparseCapabilities fused_capabilities(const TmacParameters& parameters);

/// Steps that the values of a job add to those of the dense pass. A step (one kernel position, Pi input channels, Po
/// output channels, Px pixels) takes max(1, ceil(values / fused_lanes)) cycles for the output channel that has most
/// values among its weights.
[[nodiscard]] std::uint64_t fused_extra_steps(const convolution::Shape& shape, const SparseFormat& format,
                                              const SparseWeights& weights, const TmacParameters& parameters);

}  // namespace terse
