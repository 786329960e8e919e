#pragma once
#include "models/activity/activity.hpp"
#include "models/spu/spu_cost.hpp"
#include "models/spu/spu_work.hpp"

namespace terse {

/// What a sparse pass does that costs energy. `cost`: of the same job. `accumulate`: its sums are added to the
/// accumulators.
///
/// How often stored values are read and their indices decoded, which products are skipped, and how activations come to the
/// lanes, is the dataflow's (SpuTraffic). A value read takes its share of the bits of all values and indices.
[[nodiscard]] Activity spu_activity(const SpuWork& work, const SpuCost& cost, bool accumulate);

}  // namespace terse
