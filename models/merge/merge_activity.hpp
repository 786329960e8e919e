#pragma once
#include "models/activity/activity.hpp"
#include "models/merge/merge_job.hpp"
#include "models/merge/merge_parameters.hpp"

namespace terse {

/// What a merge job does that costs energy. A pixel's channels lie together, so that a cycle's channels are one piece
/// at the scratchpad.
[[nodiscard]] Activity merge_activity(const MergeJob& job, const MergeParameters& parameters);

}  // namespace terse
