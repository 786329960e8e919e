#include "platform/run/memory_plan.hpp"

#include <fmt/format.h>

#include <cstring>

#include "formats/network_image.hpp"

namespace terse::run {

device_table::Arguments plan_memory(const Scenario& scenario, const compiler::CompiledNetwork& compiled) {
  image::Header header{};
  std::memcpy(&header, compiled.image.data(), sizeof(header));
  const netlist::Instance& dram = *scenario.platform.find_type("dram");
  std::uint64_t next = dram.base;
  const auto place = [&](std::uint64_t bytes) {
    const std::uint64_t at = next;
    next = (at + bytes + 63) / 64 * 64;  // DMA bursts start aligned
    return static_cast<std::uint32_t>(at);
  };
  device_table::Arguments arguments{};
  arguments.inferences = scenario.dataset.images;
  arguments.image_size = static_cast<std::uint32_t>(compiled.image.size());
  arguments.image_address = place(compiled.image.size());
  arguments.arena_size = header.arena_size;
  arguments.arena_address = place(header.arena_size);
  arguments.input_address = place(std::uint64_t{header.input_size} * arguments.inferences);
  arguments.output_address = place(std::uint64_t{header.output_size} * arguments.inferences);
  arguments.profile = scenario.run.profile ? 1 : 0;
  using device_table::Superposition;
  const std::string& mode = scenario.run.superposition;
  arguments.superposition = mode == "sequential" ? Superposition::sequential
                            : mode == "fused"    ? Superposition::fused
                                                 : Superposition::concurrent;
  const std::uint64_t size = scenario.platform.value(dram.name, "size");
  if (next - dram.base > size) {
    throw configuration::ConfigurationError(
        dram.place_of("size"),
        fmt::format("platform.{0}.size: network, activations and {1} images need {2} bytes, the memory has {3}; raise "
                    "platform.{0}.size or lower dataset.images",
                    dram.name, arguments.inferences, next - dram.base, size));
  }
  return arguments;
}

}  // namespace terse::run
