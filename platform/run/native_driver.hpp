#pragma once
// The driver compiled for the host (sw_driver/), in a thread of the simulation instead of on the core: the same sources,
// the same registers, the same interrupts, but with a sanitizer and a host debugger. What the driver computes takes no
// time here; its accesses take what the bus and the devices take.
//
// The core is there and sleeps: the boot ROM holds a wfi that nothing ends.
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <systemc>

#include "formats/device_table.hpp"
#include "platform/netlist/platform.hpp"
#include "platform/run/result.hpp"
#include "sw_driver/host_hal.hpp"
#include "sw_driver/network_executor.hpp"

namespace terse::run {

class NativeDriver : public sc_core::sc_module, private driver::HostBackend {
 public:
  /// `table` is what the boot ROM tells firmware. Before elaboration ends.
  NativeDriver(sc_core::sc_module_name name, netlist::Platform& platform, const device_table::DeviceTable& table);

  /// The driver has waited for an interrupt from `begin` to `end`.
  std::function<void(sc_core::sc_time begin, sc_core::sc_time end)> on_sleep;
  /// What the driver prints.
  std::function<void(char)> console;

  /// Why it has failed; code, text, file, line, address and tag as firmware `infer` would have left them.
  [[nodiscard]] const std::optional<GuestFailure>& failure() const { return failure_; }

 private:
  void run();
  void fail(const driver::Error& error);
  bool access(tlm::tlm_command command, std::uint32_t address, std::uint32_t& value);

  bool read(std::uint32_t address, std::uint32_t& value) override;
  bool write(std::uint32_t address, std::uint32_t value) override;
  void wait(std::uint32_t kinds) override;
  std::uint32_t pending() override;
  const std::uint8_t* view(std::uint32_t address, std::uint32_t size) override;
  std::uint8_t* memory(std::uint32_t address, std::uint32_t size) override;
  std::uint32_t cycles() override;

  netlist::Platform& platform_;
  const device_table::DeviceTable table_;
  driver::HostHal hal_;
  driver::NetworkExecutor<driver::HostHal> network_;
  std::array<driver::LayerProfile, 1024> profile_{};
  std::optional<GuestFailure> failure_;
};

}  // namespace terse::run
