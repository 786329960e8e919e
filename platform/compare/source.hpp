#pragma once
// A result to compare with, wherever it is.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/configuration/node.hpp"

namespace terse::compare {

/// `text` is a result.json (or a folder that has one), DB:POINT of a database of sweeps, or a scenario, which is then
/// run with the settings laid over it. Relative to `folder`. Throws ConfigurationError at `place`.
nlohmann::ordered_json result_of(const std::string& text, const configuration::Place& place,
                                 const std::filesystem::path& folder, const std::vector<std::string>& settings);

}  // namespace terse::compare
