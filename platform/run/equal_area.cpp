#include "platform/run/equal_area.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "platform/energy/area.hpp"

namespace terse::run {
namespace {

ParameterValue parameter_of(netlist::PlatformSettings& platform, const char* type, const char* name) {
  for (auto& instance : platform.instances) {
    if (instance.type->name != type) continue;
    for (const auto& bound : instance.settings->parameters()) {
      if (bound.description.name == name) return bound.value;
    }
  }
  throw std::logic_error(fmt::format("no parameter {} in a module of type {}", name, type));
}

std::uint32_t number(netlist::PlatformSettings& platform, const char* name) {
  return *std::get<std::uint32_t*>(parameter_of(platform, "tmac", name));
}

double units_um2(const netlist::PlatformSettings& platform) {
  const energy::AreaModel area(energy::hardware_of(platform), *platform.table);
  return area.of(energy::Unit::tmac).value + area.of(energy::Unit::spu).value;
}

std::uint32_t next_divisor(std::uint32_t number, std::uint32_t after) {
  do --after;
  while (after > 1 && number % after != 0);
  return after;
}

}  // namespace

void set_parameter(netlist::PlatformSettings& platform, const char* type, const char* name, const std::string& value) {
  *std::get<std::string*>(parameter_of(platform, type, name)) = value;
}

void set_parameter(netlist::PlatformSettings& platform, const char* type, const char* name, std::uint32_t value) {
  *std::get<std::uint32_t*>(parameter_of(platform, type, name)) = value;
}

ArrayOfArea make_equal_area(netlist::PlatformSettings& platform, const std::string& weight_type) {
  const std::uint32_t outputs = number(platform, "output_channels"), inputs = number(platform, "input_channels");
  ArrayOfArea best{.output_channels = 1, .input_channels = 1, .um2 = 0, .limit = units_um2(platform)};
  set_parameter(platform, "tmac", "weight_type", weight_type);
  set_parameter(platform, "tmac", "fused_lanes", 0);
  set_parameter(platform, "spu", "lanes", 1);
  const auto take = [&](std::uint32_t po, std::uint32_t pi) {
    set_parameter(platform, "tmac", "output_channels", po);
    set_parameter(platform, "tmac", "input_channels", pi);
    return units_um2(platform);
  };
  for (std::uint32_t po = outputs;; po = next_divisor(outputs, po)) {
    for (std::uint32_t pi = inputs;; pi = next_divisor(inputs, pi)) {
      const bool more = std::uint64_t{po} * pi > std::uint64_t{best.output_channels} * best.input_channels;
      if (more && take(po, pi) <= best.limit) {
        best.output_channels = po;
        best.input_channels = pi;
      }
      if (pi == 1) break;
    }
    if (po == 1) break;
  }
  best.um2 = take(best.output_channels, best.input_channels);
  return best;
}

}  // namespace terse::run
