#pragma once
// The fused sparse lanes of the array: a job with FLAGS.FUSED does the sparse pass of its tile in the steps of the dense
// one. Each output channel has fused_lanes multipliers that pick their activations from those being broadcast, as the
// outlier MAC of OLAccel does (Park et al., ISCA 2018).
#include <cstdint>

#include "models/activity/activity.hpp"
#include "models/convolution/shape.hpp"
#include "models/sparse_weights/sparse_weights.hpp"
#include "models/tmac/tmac_cost.hpp"
#include "models/tmac/tmac_parameters.hpp"
#include "models/tmac/tmac_work.hpp"

namespace terse {

/// Every index format whose rows belong to output channels; none without lanes.
[[nodiscard]] SparseCapabilities fused_capabilities(const TmacParameters& parameters);

/// The values of a job, for its dataflow.
[[nodiscard]] TmacValues fused_values(const SparseRegisters& job, const SparseFormat& format,
                                      const SparseWeights& weights, const convolution::Shape& shape,
                                      std::uint32_t lanes);

/// Of all output channels together, unused slots and fillers included.
[[nodiscard]] std::uint64_t stored_values(const SparseWeights& weights);

/// What the sparse pass of a fused job does that costs energy. `fused`, `dense`: costs of the job with its values and
/// without. The lanes' part follows the dense pass: values and indices are read from the buffer, and indices decoded,
/// when the weights they belong to are; a product selects its activation among those at the array's inputs; sparse sums
/// go to the accumulators, and come back, when dense ones do.
[[nodiscard]] Activity fused_activity(const TmacWork& work, const SparseFormat& format, const SparseWeights& weights,
                                      const TmacCost& dense, const TmacCost& fused, bool accumulate);

}  // namespace terse
