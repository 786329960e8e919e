#pragma once
// A platform as configured: which modules, of which type, with which parameters, where in the address map and joined
// how. Checked completely before anything is elaborated.
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compiler/compiler.hpp"
#include "platform/configuration/section.hpp"
#include "platform/netlist/module_type.hpp"
#include "platform/technology/table.hpp"

namespace terse::netlist {

/// One module of the platform.
struct Instance {
  std::string name;
  const ModuleType* type = nullptr;
  std::unique_ptr<ModuleSettings> settings;
  bool on_bus = false;
  std::uint64_t base = 0;
  std::uint32_t interrupt = 0;               ///< First PLIC source, 0: none.
  std::map<std::string, std::string> peers;  ///< Per initiator and wire output: "instance.port".
  configuration::Place place;
  std::map<std::string, configuration::Place>
      key_places;  ///< Of every key given, in whichever file or --set decided it.

  /// Where to point at for `key`; the instance when the key has its default.
  [[nodiscard]] const configuration::Place& place_of(const std::string& key) const;
};

struct PlatformSettings {
  double clock_mhz = 500;
  std::string technology = "22nm";         ///< Built-in table or file.
  double voltage = 0;                      ///< 0: the table's.
  std::optional<technology::Table> table;  ///< At that voltage; read_platform() sets it.
  std::vector<std::string> libraries;      ///< As written: files of variants from outside the tree.
  std::vector<Instance> instances;

  ParameterList parameters();  ///< The platform's own parameters.
  [[nodiscard]] const Instance* find(const std::string& name) const;
  /// The only instance of a type; null when there is none.
  [[nodiscard]] const Instance* find_type(const std::string& type) const;
  /// Value of a numeric parameter of an instance; asserts that both exist.
  [[nodiscard]] double number(const std::string& instance, const std::string& parameter) const;
  /// The same for a whole number.
  [[nodiscard]] std::uint64_t value(const std::string& instance, const std::string& parameter) const;
  /// Value of a text parameter of an instance; asserts that both exist.
  [[nodiscard]] const std::string& text(const std::string& instance, const std::string& parameter) const;
  /// Value of an on/off parameter of an instance; asserts that both exist.
  [[nodiscard]] bool flag(const std::string& instance, const std::string& parameter) const;
  [[nodiscard]] nlohmann::ordered_json effective() const;
};

/// Reads and checks `platform:`. Throws ConfigurationError.
PlatformSettings read_platform(configuration::Section section);

/// What the compiler may assume of this platform.
compiler::HardwareLimits limits_of(const PlatformSettings& platform);

/// The tables of `terse describe`: modules and parameters, address map, connections.
std::string describe(const PlatformSettings& platform);

}  // namespace terse::netlist
