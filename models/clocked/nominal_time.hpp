#pragma once
#include "models/clocked/schedule.hpp"
#include "models/clocked/stream_engine.hpp"
#include "models/timing/job_time.hpp"

namespace terse {

/// How long a job takes, and why, if the scratchpad grants every word in the cycle in which it is asked for and operands
/// are always fetched ahead in time: the StreamEngine's rules without banks and other initiators (timing levels
/// functional and approximate). Walks through the schedule once and uses it up. What is left of a fetch:
/// ceil(words / fetch_words) cycles, where that is more than the step before occupies the datapath. `bank_width`: bytes.
[[nodiscard]] JobTime nominal_time(Schedule& schedule, const StreamParameters& parameters, std::uint32_t bank_width);

}  // namespace terse
