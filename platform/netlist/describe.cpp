#include <fmt/format.h>

#include <algorithm>

#include "platform/netlist/platform_settings.hpp"

namespace terse::netlist {
namespace {

std::string module_table(const PlatformSettings& platform) {
  std::string text = fmt::format("Modules and parameters (clock {} MHz)\n", platform.clock_mhz);
  for (const auto& instance : platform.instances) {
    text += fmt::format("\n  {} ({}): {}\n", instance.name, instance.type->name, instance.type->sentence);
    for (const auto& parameter : instance.settings->parameters()) {
      text +=
          fmt::format("    {:<24}{:>12} {:<12}  {}\n", parameter.description.name, configuration::value_text(parameter),
                      parameter.description.unit, parameter.description.sentence);
    }
  }
  return text;
}

std::string address_table(const PlatformSettings& platform) {
  std::vector<const Instance*> mapped;
  for (const auto& instance : platform.instances) {
    if (instance.on_bus) mapped.push_back(&instance);
  }
  std::sort(mapped.begin(), mapped.end(), [](const auto* a, const auto* b) { return a->base < b->base; });
  std::string text = "\nAddress map\n\n  first       last         bytes       module        PLIC sources\n";
  for (const auto* instance : mapped) {
    const std::uint64_t size = instance->settings->address_size();
    const std::uint32_t lines = instance->settings->interrupt_lines();
    std::string sources = instance->interrupt == 0 ? "" : fmt::format("{}", instance->interrupt);
    if (instance->interrupt != 0 && lines > 1) sources += fmt::format("..{}", instance->interrupt + lines - 1);
    text += fmt::format("  0x{:08x}  0x{:08x}  {:>10}  {:<12}  {}\n", instance->base, instance->base + size - 1, size,
                        instance->name, sources);
  }
  return text;
}

std::string connection_table(const PlatformSettings& platform) {
  std::string text = "\nConnections\n\n";
  for (const auto& instance : platform.instances) {
    for (const auto& port : instance.type->ports) {
      const auto peer = instance.peers.find(port.name);
      if (peer == instance.peers.end()) continue;
      text += fmt::format("  {:<28} -> {:<26} {}\n", instance.name + "." + port.name, peer->second, port.sentence);
    }
    if (instance.on_bus) {
      text +=
          fmt::format("  {:<28} -> {:<26} {}\n", "bus", instance.name + "." + instance.type->bus_port, "Address map.");
    }
  }
  return text;
}

}  // namespace

std::string describe(const PlatformSettings& platform) {
  return module_table(platform) + address_table(platform) + connection_table(platform);
}

}  // namespace terse::netlist
