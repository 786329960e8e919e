#pragma once
// A timeline as Chrome trace events (JSON), which Perfetto, chrome://tracing and speedscope open. Times are
// microseconds of simulated time, as the format wants it; `args` hold cycles.
#include <nlohmann/json.hpp>

#include "platform/run/result.hpp"

namespace terse::report {

/// The run must have a timeline.
nlohmann::ordered_json trace_events(const run::RunResult& result);

}  // namespace terse::report
