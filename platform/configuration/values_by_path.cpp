#include "platform/configuration/values_by_path.hpp"

#include <algorithm>

namespace terse::configuration {

nlohmann::ordered_json values_by_path(const nlohmann::ordered_json& configuration) {
  nlohmann::ordered_json values = nlohmann::ordered_json::object();
  const nlohmann::ordered_json flat = configuration.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    if (pointer.empty()) continue;  // the whole is empty
    std::string path = pointer.substr(1);
    std::replace(path.begin(), path.end(), '/', '.');
    values[path] = value;
  }
  return values;
}

}  // namespace terse::configuration
