#pragma once
#include "models/activity/activity.hpp"
#include "models/convolution/shape.hpp"
#include "models/convolution/weights.hpp"
#include "models/tmac/tmac_cost.hpp"
#include "models/tmac/tmac_parameters.hpp"
#include "registers/generated/tmac.hpp"

namespace terse {

/// What a dense pass does that costs energy. `format`: of its weights in memory. `cost`: of the same job. `accumulate`:
/// its sums are added to the accumulators.
///
/// A weight is written to its buffer whenever a block brings it, and read from it for each Px pixels of its group; once
/// per load where the dataflow lets it stay in the array. An activation is latched once per step and group and goes to
/// all Po output channels; a sum is updated once per step. Zero weights and padding are gated MACs. Base-3 bytes are
/// decoded on their way to the buffer, which holds 2 bits a trit.
[[nodiscard]] Activity tmac_activity(const convolution::Shape& shape, const convolution::TernaryMatrix& weights,
                                     registers::tmac::WeightFormat format, const TmacCost& cost,
                                     const TmacParameters& parameters, bool accumulate);

}  // namespace terse
