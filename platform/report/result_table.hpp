#pragma once
// The result of a run as text for people.
#include <string>

#include "platform/run/result.hpp"

namespace terse::report {

/// Table per layer, totals, accuracy, host figures and the verdict.
std::string to_table(const run::RunResult& result);

}  // namespace terse::report
