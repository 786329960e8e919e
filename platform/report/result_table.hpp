#pragma once
// The result of a run as text for people.
#include <string>

#include "platform/run/result.hpp"

namespace terse::report {

/// Table per layer, totals, accuracy, host figures and the verdict.
std::string to_table(const run::RunResult& result);
/// Why the guest failed, where its software says so.
std::string to_text(const run::GuestFailure& failure);

}  // namespace terse::report
