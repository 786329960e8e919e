#pragma once
#include "models/activity/activity.hpp"
#include "models/convolution/shape.hpp"
#include "models/spu/spu_cost.hpp"
#include "models/spu/spu_weights.hpp"

namespace terse {

/// What a sparse pass does that costs energy. `cost`: of the same job. `accumulate`: its sums are added to the
/// accumulators.
///
/// How often stored values are read from the buffer and their indices decoded, and how many activations are fetched, is
/// the dataflow's (SpuTraffic).
[[nodiscard]] Activity spu_activity(const convolution::Shape& shape, const SpuFormat& format, const SpuCost& cost,
                                    bool accumulate);

}  // namespace terse
