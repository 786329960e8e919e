#include "platform/run/unit_states.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "registers/generated/hwpe.hpp"
#include "registers/generated/tmac.hpp"

namespace terse::run {
namespace {

namespace hwpe = registers::hwpe;

std::uint32_t peek(netlist::Platform& platform, std::uint64_t address) {
  std::array<std::uint8_t, 4> bytes{};
  std::uint32_t value = 0;
  if (platform.host().read(address, bytes)) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

UnitState state_of(netlist::Platform& platform, std::string name, std::uint64_t base) {
  UnitState state;
  state.unit = std::move(name);
  for (std::uint32_t contexts = peek(platform, base + hwpe::status); contexts != 0; contexts >>= 8) {
    if (hwpe::fields::status::running.get(contexts & 0xFF) != 0) state.running = true;
    if (hwpe::fields::status::committed.get(contexts & 0xFF) != 0) ++state.waiting_jobs;
    if (hwpe::fields::status::acquired.get(contexts & 0xFF) != 0) state.being_programmed = true;
  }
  // The job registers show the job being programmed if there is one; then the running one's are hidden.
  if (state.running && !state.being_programmed) state.tag = peek(platform, base + registers::tmac::tag);
  state.error = peek(platform, base + hwpe::err_code);
  return state;
}

bool is_unit(const std::string& type) {
  return type == "dma" || type == "tmac" || type == "spu" || type == "merge";
}

}  // namespace

std::vector<UnitState> unit_states(netlist::Platform& platform, const netlist::PlatformSettings& settings) {
  std::vector<UnitState> states;
  for (const auto& instance : settings.instances) {
    if (!instance.on_bus || !is_unit(instance.type->name)) continue;
    const bool channels = instance.type->name == "dma";
    const std::uint64_t count = channels ? settings.value(instance.name, "channels") : 1;
    for (std::uint64_t channel = 0; channel < count; ++channel) {
      states.push_back(state_of(platform, channels ? fmt::format("{}[{}]", instance.name, channel) : instance.name,
                                instance.base + channel * hwpe::window));
    }
  }
  return states;
}

}  // namespace terse::run
