#pragma once
#include <cstdint>

#include "models/merge/merge_job.hpp"
#include "models/merge/merge_parameters.hpp"
#include "models/timing/job_time.hpp"

namespace terse {

/// What a merge job costs; the rules stand in models/merge/merge.hpp.
struct MergeCost {
  JobTime time;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

[[nodiscard]] MergeCost merge_cost(const MergeJob& job, const MergeParameters& parameters);

}  // namespace terse
