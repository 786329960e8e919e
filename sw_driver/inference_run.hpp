#pragma once
// What firmware `infer` does, on the core and natively on the host: the inferences that the device table's arguments ask
// for, one after the other.
#include <array>
#include <cstdint>
#include <span>

#include "sw_driver/network_executor.hpp"
#include "sw_driver/text.hpp"

namespace terse::driver {

/// Whether `count` blocks of `size` bytes from `address` on end within the address space.
[[nodiscard]] constexpr bool fits_address_space(std::uint32_t address, std::uint32_t size, std::uint32_t count) {
  return std::uint64_t{address} + std::uint64_t{size} * count <= std::uint64_t{1} << 32;
}

/// `records`: memory near the core, see NetworkExecutor::load. `profile`: filled if the arguments ask for it. The first
/// error ends the run. The network stays loaded.
template <Hal H>
Status run_inferences(NetworkExecutor<H>& network, const device_table::DeviceTable* table, RecordMemory records,
                      std::span<LayerProfile> profile) {
  if (const Status status = network.init(table); !status.ok()) return status;
  const device_table::Arguments& arguments = table->arguments;
  const MemoryRange image{arguments.image_address, arguments.image_size};
  const MemoryRange arena{arguments.arena_address, arguments.arena_size};
  if (const Status status = network.load(image, arena, arguments.superposition, records); !status.ok()) return status;
  const std::uint32_t input_size = network.header().input_size;
  const std::uint32_t output_size = network.header().output_size;
  if (arguments.inferences == 0) return fail(ErrorCode::arguments, {.address = arguments.inferences});
  if (!fits_address_space(arguments.input_address, input_size, arguments.inferences)) {
    return fail(ErrorCode::arguments, {.address = arguments.input_address});
  }
  if (!fits_address_space(arguments.output_address, output_size, arguments.inferences)) {
    return fail(ErrorCode::arguments, {.address = arguments.output_address});
  }
  if (arguments.profile != 0) network.set_profile(profile);
  for (std::uint32_t inference = 0; inference < arguments.inferences; ++inference) {
    const std::uint32_t input = arguments.input_address + inference * input_size;
    const std::uint32_t output = arguments.output_address + inference * output_size;
    if (const Status status = network.dispatch_wait(input, output, inference); !status.ok()) return status;
  }
  return {};
}

/// A line per layer to `put`: its cycles per inference, and those in which each unit computed.
template <Hal H, typename Put>
void print_profile(const NetworkExecutor<H>& network, std::span<const LayerProfile> profile, std::uint32_t inferences,
                   const Put& put) {
  constexpr std::array<const char*, LayerProfile::units> names{" loads ", " stores ", " tmac ", " spu ", " merge "};
  put("profile: cycles per inference, and of each unit those in which it computed\n");
  const std::uint32_t layers = network.header().layers.count;
  for (std::uint32_t layer = 0; layer < layers && layer < profile.size(); ++layer) {
    std::array<char, 160> buffer;
    TextWriter line(buffer.data(), buffer.size());
    line << network.layer_name(layer) << ": ";
    line.decimal(profile[layer].cycles / inferences);
    for (std::uint32_t unit = 0; unit < names.size(); ++unit) {
      (line << names[unit]).decimal(profile[layer].compute[unit] / inferences);
    }
    put(line.view());
    put("\n");
  }
  if (profile.size() < layers) put("further layers were not measured\n");
}

}  // namespace terse::driver
