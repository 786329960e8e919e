#pragma once
#include "models/activity/activity.hpp"
#include "models/convolution/shape.hpp"
#include "models/spu/spu_parameters.hpp"
#include "models/spu/spu_time.hpp"
#include "models/spu/spu_weights.hpp"

namespace terse {

/// What a sparse pass does that costs energy. `cost`: of the same job. `accumulate`: its sums are added to the
/// accumulators.
///
/// Dataflow gather: a stored value and its index are read from the buffer, and the index decoded, once for the pixels
/// that the lanes of a channel work on at a time; each MAC inside the tile fetches its own activation.
[[nodiscard]] Activity spu_activity(const convolution::Shape& shape, const SpuFormat& format, const SpuCost& cost,
                                    const SpuParameters& parameters, bool accumulate);

}  // namespace terse
