#pragma once
#include "models/clocked/schedule.hpp"
#include "models/clocked/stream_engine.hpp"
#include "models/timing/job_time.hpp"

namespace terse {

/// How long a job takes, and why, if the scratchpad grants every word in the cycle in which it is asked for and operands
/// are always fetched ahead in time: the StreamEngine's rules without banks and other initiators (timing levels
/// functional and approximate). Walks through the schedule once and uses it up. A fetch takes ceil(words / fetch_words)
/// cycles, 1 where fetch_words is 0; fetches follow each other, at most fetch_ahead steps ahead, the first cycle of the
/// first one in the set-up. No job is faster in timing level cycle. `bank_width`: bytes.
[[nodiscard]] JobTime nominal_time(Schedule& schedule, const StreamParameters& parameters, std::uint32_t bank_width);

}  // namespace terse
