#pragma once
// gdb's `monitor` commands: tables about the stopped platform, for people. Reading them changes nothing.
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "platform/netlist/platform.hpp"

namespace terse::debug {

class Monitor {
 public:
  Monitor(netlist::Platform& platform, const netlist::PlatformSettings& settings);

  /// Lines of text for `command`; the list of commands if there is no such command.
  std::string answer(const std::string& command);

 private:
  /// A control block on the bus: a unit, or one channel of the DMA.
  struct Block {
    std::string name;
    std::string type;
    std::uint64_t base = 0;
  };

  std::string help() const;
  std::string units(const std::string& name);
  std::string registers(const Block& block);
  std::string queues();
  std::string scratchpad();
  std::string statistics();
  std::string time();
  std::string stop_at_ebreak(const std::string& value);
  std::uint32_t peek(std::uint64_t address);

  netlist::Platform& platform_;
  bool semihosting_;  // stops at ebreak are its calls
  std::vector<Block> blocks_;
};

}  // namespace terse::debug
