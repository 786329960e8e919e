// Runs the inferences that the device table's arguments ask for. Silent when all goes well; an error is reported on the
// UART and to the simulator, and its code (sw_driver/result.hpp) is the exit code.
#include <array>
#include <cstdint>

#include "firmware/runtime/runtime.hpp"
#include "sw_driver/network_executor.hpp"

namespace terse::firmware {
namespace {

using driver::ErrorCode;
using driver::fail;
using driver::MemoryRange;
using driver::Status;

/// Whether `count` blocks of `size` bytes from `address` on end within the address space.
bool fits_address_space(std::uint32_t address, std::uint32_t size, std::uint32_t count) {
  return std::uint64_t{address} + std::uint64_t{size} * count <= std::uint64_t{1} << 32;
}

/// In L2, where the core reads job descriptors ten times faster than in DRAM; larger networks do without.
driver::RecordMemory record_memory() {
  [[gnu::section(".noinit")]] alignas(4) static std::array<std::uint8_t, 48 * 1024> bytes;
  return {bytes.data(), bytes.size()};
}

Status run(driver::NetworkExecutor<TargetHal>& network, const device_table::DeviceTable* table) {
  if (const Status status = network.init(table); !status.ok()) return status;
  const device_table::Arguments& arguments = table->arguments;
  const MemoryRange image{arguments.image_address, arguments.image_size};
  const MemoryRange arena{arguments.arena_address, arguments.arena_size};
  if (const Status status = network.load(image, arena, arguments.superposition, record_memory()); !status.ok()) {
    return status;
  }
  const std::uint32_t input_size = network.header().input_size;
  const std::uint32_t output_size = network.header().output_size;
  if (arguments.inferences == 0) return fail(ErrorCode::arguments, {.address = arguments.inferences});
  if (!fits_address_space(arguments.input_address, input_size, arguments.inferences)) {
    return fail(ErrorCode::arguments, {.address = arguments.input_address});
  }
  if (!fits_address_space(arguments.output_address, output_size, arguments.inferences)) {
    return fail(ErrorCode::arguments, {.address = arguments.output_address});
  }
  for (std::uint32_t inference = 0; inference < arguments.inferences; ++inference) {
    const std::uint32_t input = arguments.input_address + inference * input_size;
    const std::uint32_t output = arguments.output_address + inference * output_size;
    if (const Status status = network.dispatch_wait(input, output, inference); !status.ok()) return status;
  }
  network.term();
  return {};
}

}  // namespace

std::uint32_t program(const device_table::DeviceTable* table) {
  static TargetHal hal;
  static driver::NetworkExecutor<TargetHal> network(hal);  // its workspace is too much for the stack
  if (const Status status = run(network, table); !status.ok()) stop(status.error());
  return 0;
}

}  // namespace terse::firmware
