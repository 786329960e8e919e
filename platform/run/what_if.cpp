#include "platform/run/what_if.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace terse::run {
namespace {

using configuration::Assignment;
using configuration::Place;

const Place what_if{"--what-if", 0, 0};

/// Collects the parameters of one limit.
class Removal {
 public:
  Removal(const Scenario& scenario, std::string name) : scenario_(scenario) { limit_.name = std::move(name); }

  Removal& set(const char* type, const char* parameter, const std::string& value) {
    const netlist::Instance* instance = scenario_.platform.find_type(type);
    if (instance == nullptr) return *this;
    return assign("platform." + instance->name + "." + parameter, value);
  }
  /// The greatest value that the parameter may have.
  Removal& greatest(const char* type, const char* parameter) {
    const netlist::Instance* instance = scenario_.platform.find_type(type);
    if (instance == nullptr) return *this;
    for (const auto& bound : instance->settings->parameters()) {
      if (bound.description.name == parameter)
        return assign("platform." + instance->name + "." + parameter, fmt::format("{:.0f}", bound.description.maximum));
    }
    return *this;
  }
  /// Only if it is less.
  Removal& at_least(const char* type, const char* parameter, std::uint64_t value) {
    const netlist::Instance* instance = scenario_.platform.find_type(type);
    if (instance == nullptr || scenario_.platform.value(instance->name, parameter) >= value) return *this;
    return set(type, parameter, std::to_string(value));
  }
  [[nodiscard]] const Limit& limit() const { return limit_; }

 private:
  Removal& assign(const std::string& path, const std::string& value) {
    limit_.assignments.push_back({path, configuration::scalar(value, what_if)});
    limit_.sentence +=
        fmt::format("{}{}: {}", limit_.sentence.empty() ? "" : ", ", path.substr(path.find('.') + 1), value);
    return *this;
  }

  const Scenario& scenario_;
  Limit limit_;
};

/// Banks up to the greatest number whose words still divide the capacity.
std::string most_banks(const Scenario& scenario) {
  const std::string& name = scenario.platform.find_type("scratchpad")->name;
  const std::uint64_t size = scenario.platform.value(name, "size"), width = scenario.platform.value(name, "bank_width");
  std::uint64_t banks = 256;
  while (banks > 1 && size % (banks * width) != 0) banks /= 2;
  return std::to_string(banks);
}

}  // namespace

std::vector<Limit> limits_of(const Scenario& scenario) {
  std::vector<Limit> limits;
  const auto add = [&](const Removal& removal) { limits.push_back(removal.limit()); };
  if (scenario.run.timing == "cycle")  // the other levels arbitrate no banks
    add(Removal(scenario, "bank conflicts").set("scratchpad", "banks", most_banks(scenario)));
  add(Removal(scenario, "DMA bandwidth")
          .greatest("dma", "bus_bytes")
          .at_least("dma", "burst_bytes", 128)  // a burst fills one cycle of the data path
          .greatest("dma", "outstanding_bursts")
          .greatest("bus", "width")
          .greatest("dram", "bytes_per_cycle"));
  add(Removal(scenario, "memory latency").set("dram", "latency_cycles", "0").set("bus", "latency_cycles", "0"));
  if (scenario.run.superposition == "fused") {
    add(Removal(scenario, "sparse lanes").greatest("tmac", "fused_lanes"));
  } else {
    add(Removal(scenario, "sparse lanes").greatest("spu", "lanes").greatest("spu", "value_bits_per_cycle"));
  }
  add(Removal(scenario, "dense array")
          .set("tmac", "output_channels", "1024")
          .greatest("tmac", "weight_bits_per_cycle"));
  add(Removal(scenario, "merge").set("merge", "output_channels", "1024").set("merge", "accumulator_banks", "1024"));
  // A core cannot take no time; one instruction per cycle without waiting for memory is the least there is.
  add(Removal(scenario, "core")
          .set("riscv", "timing", "nominal")
          .set("riscv", "prefetch", "on")
          .set("bus", "latency_cycles", "0")
          .set("sram", "read_latency", "0")
          .set("sram", "write_latency", "0"));
  return limits;
}

}  // namespace terse::run
