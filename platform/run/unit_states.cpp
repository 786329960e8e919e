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

bool is_unit(const std::string& type) {
  return type == "dma" || type == "tmac" || type == "spu" || type == "merge";
}

}  // namespace

std::vector<ControlBlock> control_blocks(const netlist::PlatformSettings& settings) {
  std::vector<ControlBlock> blocks;
  for (const auto& instance : settings.instances) {
    const std::string& type = instance.type->name;
    if (!instance.on_bus || !is_unit(type)) continue;
    const bool channels = type == "dma";
    const std::uint64_t count = channels ? settings.value(instance.name, "channels") : 1;
    for (std::uint64_t channel = 0; channel < count; ++channel) {
      blocks.push_back({.name = channels ? fmt::format("{}[{}]", instance.name, channel) : instance.name,
                        .type = type,
                        .base = instance.base + channel * hwpe::window});
    }
  }
  return blocks;
}

UnitState unit_state(netlist::Platform& platform, const ControlBlock& block) {
  UnitState state;
  state.unit = block.name;
  for (std::uint32_t contexts = peek(platform, block.base + hwpe::status); contexts != 0; contexts >>= 8) {
    if (hwpe::fields::status::running.get(contexts & 0xFF) != 0) state.running = true;
    if (hwpe::fields::status::committed.get(contexts & 0xFF) != 0) ++state.waiting_jobs;
    if (hwpe::fields::status::acquired.get(contexts & 0xFF) != 0) state.being_programmed = true;
  }
  constexpr std::uint32_t none = 0xFF;
  const std::uint32_t job = peek(platform, block.base + hwpe::running_job);
  if (job != none) state.job = job;
  state.finished_jobs = peek(platform, block.base + hwpe::finished_jobs);
  // The job registers show the job being programmed if there is one; then the running one's are hidden.
  if (state.running && !state.being_programmed) state.tag = peek(platform, block.base + registers::tmac::tag);
  state.error = peek(platform, block.base + hwpe::err_code);
  return state;
}

std::vector<UnitState> unit_states(netlist::Platform& platform, const netlist::PlatformSettings& settings) {
  std::vector<UnitState> states;
  for (const ControlBlock& block : control_blocks(settings)) states.push_back(unit_state(platform, block));
  return states;
}

}  // namespace terse::run
