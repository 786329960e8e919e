#pragma once
// gdb's `monitor` commands: tables about the stopped platform, for people. Reading them changes nothing.
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "platform/netlist/platform.hpp"
#include "platform/run/unit_states.hpp"

namespace terse::debug {

class Monitor {
 public:
  Monitor(netlist::Platform& platform, const netlist::PlatformSettings& settings);

  /// Lines of text for `command`; the list of commands if there is no such command.
  std::string answer(const std::string& command);

 private:
  std::string help() const;
  std::string units(const std::string& name);
  std::string registers(const run::ControlBlock& block);
  std::string queues();
  std::string scratchpad();
  std::string statistics();
  std::string time();
  std::string stop_at_ebreak(const std::string& value);
  std::uint32_t peek(std::uint64_t address);

  netlist::Platform& platform_;
  bool semihosting_;  // stops at ebreak are its calls
  std::vector<run::ControlBlock> blocks_;
};

}  // namespace terse::debug
