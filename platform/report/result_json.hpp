#pragma once
// result.json: the machine-readable result of a run. docs/results.md describes every key; `schema` names the version,
// whose major number changes when a key changes its meaning or goes away.
#include <nlohmann/json.hpp>

#include "platform/run/result.hpp"

namespace terse::report {

inline constexpr const char* result_schema = "terse.result/1.0";

nlohmann::ordered_json to_json(const run::RunResult& result);

}  // namespace terse::report
