// Runs the inferences that the device table's arguments ask for (sw_driver/inference_run.hpp). Silent when all goes well,
// unless a profile is asked for; an error is reported on the UART and to the simulator, and its code (sw_driver/result.hpp)
// is the exit code.
#include <array>
#include <cstdint>

#include "firmware/runtime/runtime.hpp"
#include "sw_driver/inference_run.hpp"

namespace terse::firmware {
namespace {

/// In L2, where the core reads job descriptors ten times faster than in DRAM; larger networks do without.
driver::RecordMemory record_memory() {
  [[gnu::section(".noinit")]] alignas(4) static std::array<std::uint8_t, image::near_record_bytes> bytes;
  return {bytes.data(), bytes.size()};
}

/// Longer networks are measured as far as this.
constexpr std::uint32_t profiled_layers = 64;
std::array<driver::LayerProfile, profiled_layers> profile;

}  // namespace

std::uint32_t program(const device_table::DeviceTable* table) {
  static TargetHal hal;
  static driver::NetworkExecutor<TargetHal> network(hal);  // its workspace is too much for the stack
  const driver::Status status = driver::run_inferences(network, table, record_memory(), profile);
  if (!status.ok()) stop(status.error());
  if (table->arguments.profile != 0) {
    driver::print_profile(network, profile, table->arguments.inferences,
                          [](std::string_view text) { console().put(text); });
  }
  network.term();
  return 0;
}

}  // namespace terse::firmware
