#pragma once
// result.json: the machine-readable result of a run. docs/results.md describes every key; `schema` names the version,
// whose major number changes when a key changes its meaning or goes away.
#include <nlohmann/json.hpp>
#include <string>

#include "platform/run/firmware_run.hpp"
#include "platform/run/result.hpp"

namespace terse::report {

inline constexpr const char* result_schema = "terse.result/1.0";

nlohmann::ordered_json to_json(const run::RunResult& result);
/// Indented, but for the timeline, which is on one line: nobody reads a hundred thousand numbers one below the other.
std::string text_of(nlohmann::ordered_json result);
/// Of an ELF without a network; the keys mean the same.
nlohmann::ordered_json to_json(const run::FirmwareResult& result);

}  // namespace terse::report
