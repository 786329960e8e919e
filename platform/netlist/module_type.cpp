#include "platform/netlist/module_type.hpp"

#include <algorithm>

namespace terse::netlist {

TypeRegistry& TypeRegistry::instance() {
  static TypeRegistry registry;
  return registry;
}

void TypeRegistry::add(ModuleType type) {
  types_.push_back(std::move(type));
}

const ModuleType* TypeRegistry::find(const std::string& name) const {
  const auto at = std::find_if(types_.begin(), types_.end(), [&](const ModuleType& type) { return type.name == name; });
  return at == types_.end() ? nullptr : &*at;
}

std::vector<std::string> TypeRegistry::names() const {
  std::vector<std::string> names;
  for (const auto& type : types_) names.push_back(type.name);
  return names;
}

}  // namespace terse::netlist
