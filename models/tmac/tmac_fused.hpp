#pragma once
// The fused sparse lanes of the array: a job with FLAGS.FUSED does the sparse pass of its tile in the steps of the dense
// one. Each output channel has fused_lanes multipliers that pick their activations from those being broadcast, as the
// outlier MAC of OLAccel does (Park et al., ISCA 2018).
#include <cstdint>

#include "models/convolution/shape.hpp"
#include "models/sparse_weights/sparse_weights.hpp"
#include "models/tmac/tmac_parameters.hpp"
#include "models/tmac/tmac_work.hpp"

namespace terse {

/// Every index format whose rows belong to output channels; none without lanes.
[[nodiscard]] SparseCapabilities fused_capabilities(const TmacParameters& parameters);

/// The values of a job, for its dataflow.
[[nodiscard]] TmacValues fused_values(const SparseRegisters& job, const SparseFormat& format,
                                      const SparseWeights& weights, const convolution::Shape& shape,
                                      std::uint32_t lanes);

}  // namespace terse
