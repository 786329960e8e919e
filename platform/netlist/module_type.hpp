#pragma once
// What the platform knows of a kind of module: its parameters, its ports and how to make one. Types are registered by
// name; a platform file refers to them with `type:`. A new type is one more file in platform/netlist/types/.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "formats/device_table.hpp"
#include "parameters/parameters.hpp"

namespace terse::netlist {

using TargetSocket = tlm::tlm_base_target_socket_b<>;

/// A named connection point of a type, as `terse describe` lists it.
struct PortDescription {
  enum class Kind { initiator, target, wire_output, wire_input };
  std::string name;
  Kind kind = Kind::initiator;
  std::string peer;  ///< initiator, wire_output: default peer, "instance" or "instance.port"; else empty.
  std::string sentence;
};

/// An elaborated module with its ports by name.
struct Component {
  std::unique_ptr<sc_core::sc_module> module;
  std::map<std::string, std::function<void(TargetSocket&)>> initiators;
  std::map<std::string, TargetSocket*> targets;
  std::map<std::string, std::function<void(sc_core::sc_signal<bool>&)>> wires;  ///< Outputs and inputs.
  std::vector<std::function<void(sc_core::sc_signal<bool>&)>> interrupts;       ///< Lines to the PLIC, in order.
};

/// What a module may learn of the rest of the platform when it is made.
struct BuildContext {
  std::string instance;
  sc_core::sc_time clock_period;
  std::uint64_t reset_vector = 0;
  std::uint64_t scratchpad_base = 0;
  std::uint64_t scratchpad_size = 0;
  std::uint32_t scratchpad_banks = 0;
};

/// One instance as configured, before elaboration.
class ModuleSettings {
 public:
  virtual ~ModuleSettings() = default;
  virtual ParameterList parameters() = 0;
  [[nodiscard]] virtual ParameterProblems problems() const { return {}; }
  /// Bytes of address space when it sits on the bus; 0 when it cannot.
  [[nodiscard]] virtual std::uint64_t address_size() const = 0;
  /// Number of interrupt lines to the PLIC.
  [[nodiscard]] virtual std::uint32_t interrupt_lines() const { return 0; }
  [[nodiscard]] virtual Component build(const BuildContext& context) const = 0;
};

struct ModuleType {
  std::string name;
  std::string sentence;
  device_table::DeviceType device = {};  ///< How the firmware recognises it; 0: not in the device table.
  std::string bus_port = {};             ///< The target port that the bus reaches; empty: not on the bus.
  std::vector<PortDescription> ports;
  std::function<std::unique_ptr<ModuleSettings>()> make;
};

/// All known types, in the order registered.
class TypeRegistry {
 public:
  static TypeRegistry& instance();
  void add(ModuleType type);
  [[nodiscard]] const ModuleType* find(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] const std::vector<ModuleType>& types() const { return types_; }

 private:
  std::vector<ModuleType> types_;
};

/// Registers the types of this tree; called once by the program.
void register_types();

}  // namespace terse::netlist
