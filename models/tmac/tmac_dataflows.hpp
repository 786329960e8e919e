#pragma once
// The dataflows of the MAC array: in which order a job's steps happen, what each fetches, and when weights are loaded. One
// dataflow is one file (dataflow_*.cpp): a Schedule (models/clocked/schedule.hpp) made from a TmacWork (tmac_work.hpp),
// under the name by which parameter `dataflow` chooses it. The same schedule gives the time of all timing levels. A
// dataflow of your own is added from a shared library (docs/variants.md).
#include "models/clocked/schedule.hpp"
#include "parameters/variants.hpp"

namespace terse {

struct TmacWork;

/// A maker may throw JobProblem (models/ports/job_problem.hpp) for a job that the dataflow cannot do. The TmacWork lives
/// longer than the schedule.
using TmacDataflows = Variants<Schedule, const TmacWork&>;

/// All dataflows by name.
TmacDataflows& tmac_dataflows();

}  // namespace terse
