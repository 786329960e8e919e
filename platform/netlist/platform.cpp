#include "platform/netlist/platform.hpp"

#include "models/bus/bus.hpp"
#include "models/interrupt/clint.hpp"
#include "models/interrupt/plic.hpp"
#include "models/merge/merge.hpp"
#include "models/riscv/riscv_core.hpp"
#include "models/scratchpad/scratchpad.hpp"
#include "models/spu/spu.hpp"
#include "models/tmac/tmac.hpp"

namespace terse::netlist {

void HostPort::start_of_simulation() {
  if (on_start) on_start();
}

bool HostPort::transfer(tlm::tlm_command command, std::uint64_t address, std::uint8_t* bytes, std::size_t length) {
  tlm::tlm_generic_payload transaction;
  transaction.set_command(command);
  transaction.set_address(address);
  transaction.set_data_ptr(bytes);
  transaction.set_data_length(static_cast<unsigned>(length));
  transaction.set_streaming_width(static_cast<unsigned>(length));
  return bus->transport_dbg(transaction) == length;
}

bool HostPort::write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  return transfer(tlm::TLM_WRITE_COMMAND, address, const_cast<std::uint8_t*>(bytes.data()), bytes.size());
}

bool HostPort::read(std::uint64_t address, std::span<std::uint8_t> bytes) {
  return transfer(tlm::TLM_READ_COMMAND, address, bytes.data(), bytes.size());
}

Platform::Platform(const PlatformSettings& settings, Timing timing)
    : clock_period_(1000.0 / settings.clock_mhz, sc_core::SC_NS), host_("host") {
  make_components(settings);
  join(settings);
  join_interrupts(settings);
  set_timing(settings, timing);
  set_clock(settings, timing);
  share_clock();
}

void Platform::name_scratchpad_port(const std::string& initiator) {
  get<Scratchpad>().name_port(static_cast<unsigned>(scratchpad_ports_.size()), initiator);
  scratchpad_ports_.push_back(initiator);
}

/// Units know the scratchpad's geometry in every level; its ports take time in `cycle` only.
void Platform::set_clock(const PlatformSettings& settings, Timing timing) {
  constexpr std::uint32_t bus_bytes = 4;  // a word of the core; nobody else comes this way
  auto& scratchpad = get<Scratchpad>();
  const std::string& name = settings.find_type("scratchpad")->name;
  if (timing == Timing::cycle) {
    clock_domain_ = std::make_unique<ClockDomain>("clock_domain", clock_period_, scratchpad.arbiter());
  }
  const auto time_port = [&](unsigned port, std::uint32_t width) {
    if (clock_domain_ != nullptr) scratchpad.time_port(port, width, *clock_domain_);
  };
  ScratchpadClock clock{.domain = clock_domain_.get(),
                        .layout = &scratchpad.layout(),
                        .read_latency = static_cast<std::uint32_t>(settings.value(name, "read_latency"))};
  const auto set = [&](auto& unit) {
    if constexpr (requires { unit.set_clock(clock); }) unit.set_clock(clock);
  };
  for (clock.port = 0; clock.port < scratchpad_ports_.size(); ++clock.port) {
    const std::string& owner = scratchpad_ports_[clock.port];
    const Instance* instance = settings.find(owner);
    if (instance == nullptr || instance->type->name == "bus") {
      time_port(clock.port, bus_bytes);
    } else if (instance->type->name == "dma") {
      time_port(clock.port, static_cast<std::uint32_t>(settings.value(owner, "bus_bytes")));
    } else if (auto* tmac = dynamic_cast<Tmac*>(components_.at(owner).module.get())) {
      set(*tmac);
    } else if (auto* spu = dynamic_cast<Spu*>(components_.at(owner).module.get())) {
      set(*spu);
    } else if (auto* merge = dynamic_cast<Merge*>(components_.at(owner).module.get())) {
      set(*merge);
    }
  }
}

void Platform::share_clock() {
  const Clint& clint = get<Clint>();
  get<RiscvCore>().set_time_source([&clint](sc_core::sc_time local_time) { return clint.mtime(local_time); });
}

void Platform::set_timing(const PlatformSettings& settings, Timing timing) {
  const Instance& scratchpad = *settings.find_type("scratchpad");
  bandwidth_ =
      std::make_unique<ScratchpadBandwidth>(static_cast<double>(settings.value(scratchpad.name, "banks")) *
                                            static_cast<double>(settings.value(scratchpad.name, "bank_width")));
  const auto capacity = static_cast<std::uint32_t>(settings.value(settings.find_type("merge")->name, "accumulators"));
  const auto set = [&](auto& unit) {
    unit.set_timing(timing);
    unit.set_bandwidth(bandwidth_.get());
  };
  set(get<Tmac>());
  set(get<Spu>());
  set(get<Merge>());
  get<Tmac>().set_accumulator_capacity(capacity);
  get<Spu>().set_accumulator_capacity(capacity);
}

void Platform::make_components(const PlatformSettings& settings) {
  BuildContext context;
  context.clock_period = clock_period_;
  context.reset_vector = settings.find_type("rom")->base;
  const Instance& scratchpad = *settings.find_type("scratchpad");
  context.scratchpad_base = scratchpad.base;
  context.scratchpad_size = settings.value(scratchpad.name, "size");
  context.scratchpad_banks = static_cast<std::uint32_t>(settings.value(scratchpad.name, "banks"));
  for (const auto& instance : settings.instances) {
    context.instance = instance.name;
    components_.emplace(instance.name, instance.settings->build(context));
  }
}

void Platform::join(const PlatformSettings& settings) {
  for (const auto& instance : settings.instances) {
    auto& component = components_.at(instance.name);
    for (const auto& port : instance.type->ports) {
      const auto peer = instance.peers.find(port.name);
      if (peer == instance.peers.end()) continue;
      const auto dot = peer->second.find('.');
      auto& other = components_.at(peer->second.substr(0, dot));
      const std::string other_port = peer->second.substr(dot + 1);
      if (port.kind == PortDescription::Kind::initiator) {
        component.initiators.at(port.name)(*other.targets.at(other_port));
        if (dynamic_cast<Scratchpad*>(other.module.get()) != nullptr) name_scratchpad_port(instance.name);
      } else {
        wires_.push_back(std::make_unique<sc_core::sc_signal<bool>>((instance.name + "_" + port.name).c_str()));
        component.wires.at(port.name)(*wires_.back());
        other.wires.at(other_port)(*wires_.back());
      }
    }
  }
  auto& bus = get<Bus>();
  host_.bus.bind(bus.initiators);
  for (const auto& instance : settings.instances) {
    if (!instance.on_bus) continue;
    auto& component = components_.at(instance.name);
    bus.targets.bind(*component.targets.at(instance.type->bus_port));
    if (dynamic_cast<Scratchpad*>(component.module.get()) != nullptr) name_scratchpad_port("bus");
    bus.map(instance.name, instance.base, instance.settings->address_size(),
            static_cast<unsigned>(bus.targets.size() - 1));
  }
}

void Platform::join_interrupts(const PlatformSettings& settings) {
  auto& plic = get<Plic>();
  std::vector<bool> joined(plic.sources.size(), false);
  const auto make_wire = [&](const std::string& name) -> sc_core::sc_signal<bool>& {
    wires_.push_back(std::make_unique<sc_core::sc_signal<bool>>(name.c_str()));
    return *wires_.back();
  };
  for (const auto& instance : settings.instances) {
    auto& lines = components_.at(instance.name).interrupts;
    for (std::size_t line = 0; line < lines.size(); ++line) {
      auto& wire = make_wire(instance.name + "_interrupt_" + std::to_string(line));
      lines[line](wire);
      if (instance.interrupt == 0) continue;
      const std::size_t source = instance.interrupt + line - 1;
      plic.sources[source].bind(wire);
      joined[source] = true;
    }
  }
  for (std::size_t source = 0; source < joined.size(); ++source) {
    if (!joined[source]) plic.sources[source].bind(make_wire("no_interrupt_" + std::to_string(source + 1)));
  }
}

}  // namespace terse::netlist
