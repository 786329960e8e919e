#pragma once
// Who may accompany a run: the debugger, as the run knows it.
#include <cstdint>

#include "models/riscv/elf.hpp"
#include "platform/netlist/platform.hpp"
#include "platform/run/stop_dispatcher.hpp"

namespace terse::run {

class Debugger {
 public:
  virtual ~Debugger() = default;
  /// Once, before elaboration ends.
  virtual void attach(netlist::Platform& platform, const netlist::PlatformSettings& settings, const ElfFile& firmware,
                      StopDispatcher& stops) = 0;
  /// Somebody watches: limits of time and the detection of hangs are suspended.
  [[nodiscard]] virtual bool attached() const = 0;
  /// The user has ended the simulation.
  [[nodiscard]] virtual bool killed() const = 0;
  /// The guest has ended.
  virtual void ended(std::uint32_t code) = 0;
};

}  // namespace terse::run
