#pragma once
// A configuration as one list of values.
#include <nlohmann/json.hpp>

namespace terse::configuration {

/// Every value by its path: {"platform.spu.lanes": 16, ...}; null for what is empty.
nlohmann::ordered_json values_by_path(const nlohmann::ordered_json& configuration);

}  // namespace terse::configuration
