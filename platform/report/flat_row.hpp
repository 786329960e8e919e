#pragma once
// The headline numbers of a result.json on one line: the columns of `points` in results.sqlite and of CSV.
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace terse::report {

/// Names and values in the order of the columns; null where the run has no such figure. docs/sweeps.md says what they
/// mean.
std::vector<std::pair<std::string, nlohmann::ordered_json>> flat_row(const nlohmann::ordered_json& result);

}  // namespace terse::report
