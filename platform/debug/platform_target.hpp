#pragma once
// The platform as gdb sees it: the core's registers, memory through the bus's debug access, breakpoints, watchpoints on
// the core and on everybody else who reaches the address.
//
// Watchpoints on others: the bus reports what goes through it (Bus::watch), the scratchpad what its own ports do
// (Scratchpad::watch); both in the process of the initiator, whose name says who it was. The core's own accesses are
// left to the core.
#include <functional>
#include <string>
#include <vector>

#include "models/bus/bus.hpp"
#include "models/riscv/riscv_core.hpp"
#include "models/scratchpad/scratchpad.hpp"
#include "platform/debug/monitor.hpp"
#include "platform/debug/target.hpp"
#include "platform/netlist/platform.hpp"

namespace terse::debug {

/// An access of a DMA channel or a unit to a watched range.
struct ForeignAccess {
  std::string initiator;      ///< "dma channel 0", "tmac"
  std::uint32_t address = 0;  ///< Of its first byte.
  std::uint32_t size = 0;
  bool write = false;
  std::uint32_t watched = 0;  ///< First watched byte it touches.
};

class PlatformTarget : public Target {
 public:
  PlatformTarget(netlist::Platform& platform, const netlist::PlatformSettings& settings);

  std::optional<std::uint32_t> read_register(unsigned number) override;
  bool write_register(unsigned number, std::uint32_t value) override;
  std::vector<std::uint8_t> read_memory(std::uint32_t address, std::uint32_t length) override;
  bool write_memory(std::uint32_t address, std::span<const std::uint8_t> bytes) override;
  void add(const Point& point) override;
  void remove(const Point& point) override;
  std::string description() override;
  std::string memory_map() override;
  std::string monitor(const std::string& command) override { return monitor_.answer(command); }

  /// Called in the initiator's process.
  std::function<void(const ForeignAccess&)> on_foreign_access;

  void remove_all();
  /// The reason of a stop in the words of a stop reply, "watch:30000040;", by the points that were set.
  [[nodiscard]] std::string reason(const riscv::Stop& stop) const;

 private:
  struct Set {
    Point point;
    std::optional<unsigned> bus_watch, scratchpad_watch;
  };

  [[nodiscard]] bool hits(const Point& point, std::uint32_t address, bool write) const;
  void watch_others(Set& set);
  void accessed(const Point& point, std::uint64_t address, std::uint64_t length, bool write);
  [[nodiscard]] std::uint32_t reachable(std::uint32_t address, std::uint32_t length) const;

  netlist::Platform& platform_;
  const netlist::PlatformSettings& settings_;
  RiscvCore& core_;
  Bus& bus_;
  Scratchpad& scratchpad_;
  std::uint64_t scratchpad_base_;
  Monitor monitor_;
  std::vector<Set> points_;
};

}  // namespace terse::debug
