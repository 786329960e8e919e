#pragma once
// What is generated from the one description of parameters: the reference page and the JSON Schema for editors.
#include <nlohmann/json.hpp>
#include <string>

namespace terse::documentation {

/// docs/parameters.md: every key of scenario and platform files with type, default, range, unit and sentence.
std::string reference_page();

/// JSON Schema (draft 2020-12) of scenario files.
nlohmann::ordered_json scenario_schema();

}  // namespace terse::documentation
