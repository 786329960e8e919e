#include "platform/netlist/types/settings.hpp"

namespace terse::netlist {

void register_types() {
  TypeRegistry& registry = TypeRegistry::instance();
  if (!registry.types().empty()) return;
  register_system_types(registry);
  register_accelerator_types(registry);
}

}  // namespace terse::netlist
