#pragma once
// The elaborated platform: SystemC modules made from PlatformSettings and joined as it says.
#include <tlm_utils/simple_initiator_socket.h>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <systemc>
#include <vector>

#include "models/clocked/clock_domain.hpp"
#include "models/timing/scratchpad_bandwidth.hpp"
#include "models/timing/timing.hpp"
#include "platform/netlist/module_type.hpp"
#include "platform/netlist/platform_settings.hpp"

namespace terse::netlist {

/// The host's own port on the bus, for loading and inspecting memory without simulated time. Usable from `on_start` on:
/// SystemC completes the bindings of the bus when it elaborates.
class HostPort : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<HostPort> bus;

  /// Called when everything is joined and nothing has run: the moment to fill the memories.
  std::function<void()> on_start;

  explicit HostPort(sc_core::sc_module_name name) : sc_module(name), bus("bus") {}
  /// False when some byte of the range could not be accessed.
  [[nodiscard]] bool write(std::uint64_t address, std::span<const std::uint8_t> bytes);
  [[nodiscard]] bool read(std::uint64_t address, std::span<std::uint8_t> bytes);

 private:
  void start_of_simulation() override;
  bool transfer(tlm::tlm_command command, std::uint64_t address, std::uint8_t* bytes, std::size_t length);
};

class Platform {
 public:
  Platform(const PlatformSettings& settings, Timing timing);

  /// The module of C++ type M; every platform has exactly one of the types a run needs.
  template <class M>
  [[nodiscard]] M& get() const {
    for (const auto& [name, component] : components_) {
      if (auto* module = dynamic_cast<M*>(component.module.get())) return *module;
    }
    throw std::logic_error("the platform was checked to have one module of each type that a run needs");
  }

  [[nodiscard]] HostPort& host() { return host_; }
  /// Interrupt lines and other wires, named "INSTANCE_PORT" and "INSTANCE_interrupt_LINE".
  [[nodiscard]] const std::vector<std::unique_ptr<sc_core::sc_signal<bool>>>& wires() const { return wires_; }
  [[nodiscard]] sc_core::sc_time clock_period() const { return clock_period_; }
  /// Steps the units in timing level cycle; null in the others.
  [[nodiscard]] ClockDomain* clock_domain() const { return clock_domain_.get(); }
  /// Who is connected to the scratchpad, by port; "bus" for everybody behind the bus.
  [[nodiscard]] const std::vector<std::string>& scratchpad_ports() const { return scratchpad_ports_; }

 private:
  void make_components(const PlatformSettings& settings);
  void join(const PlatformSettings& settings);
  void join_interrupts(const PlatformSettings& settings);
  /// Names the scratchpad's next port.
  void name_scratchpad_port(const std::string& initiator);
  /// Timing level cycle: steps the units, and what reaches the scratchpad through `dma` and `bus`.
  void set_clock(const PlatformSettings& settings, Timing timing);
  void set_timing(const PlatformSettings& settings, Timing timing);
  /// `time` of the core and mtime of the CLINT are one clock, also after software has set it.
  void share_clock();

  sc_core::sc_time clock_period_;
  std::map<std::string, Component> components_;
  std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> wires_;
  std::unique_ptr<ScratchpadBandwidth> bandwidth_;  ///< Shared by the units that read and write the scratchpad.
  std::vector<std::string> scratchpad_ports_;       ///< Owners, by port.
  std::unique_ptr<ClockDomain> clock_domain_;       ///< Timing level cycle only.
  HostPort host_;
};

}  // namespace terse::netlist
