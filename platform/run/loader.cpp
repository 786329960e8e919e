#include "platform/run/loader.hpp"

#include <fmt/format.h>

#include "models/memory/memory.hpp"
#include "platform/netlist/boot_rom.hpp"

namespace terse::run {
namespace {

using configuration::ConfigurationError;

void write_or_refuse(netlist::Platform& platform, const configuration::Place& place, std::uint64_t address,
                     std::span<const std::uint8_t> bytes, const std::string& what) {
  if (bytes.empty() || platform.host().write(address, bytes)) return;
  throw ConfigurationError(
      place, fmt::format("{} needs memory at 0x{:08x}..0x{:08x}, where the platform has none; see the address map "
                         "of 'terse describe'",
                         what, address, address + bytes.size() - 1));
}

}  // namespace

std::filesystem::path firmware_of(const Scenario& scenario) {
  if (!scenario.run.firmware.empty()) return scenario.run.firmware;
  return std::filesystem::path(TERSE_FIRMWARE_FOLDER) / "infer.elf";
}

void load_firmware(netlist::Platform& platform, const configuration::Place& place, const ElfFile& elf) {
  for (const auto& segment : elf.segments) {
    std::vector<std::uint8_t> bytes = segment.bytes;
    bytes.resize(segment.memory_size);
    write_or_refuse(platform, place, segment.address, bytes, fmt::format("{}: a segment", elf.path.string()));
  }
}

void load_boot_rom(netlist::Platform& platform, const netlist::PlatformSettings& settings,
                   std::optional<std::uint32_t> entry, const device_table::Arguments& arguments) {
  const netlist::Instance& rom = *settings.find_type("rom");
  const auto table = netlist::make_device_table(settings, arguments);
  const auto bytes = entry ? netlist::make_boot_rom(static_cast<std::uint32_t>(rom.base), *entry, table)
                           : netlist::make_parking_rom(table);
  const std::uint64_t size = settings.value(rom.name, "size");
  if (bytes.size() > size) {
    throw ConfigurationError(
        rom.place, fmt::format("platform.{0}.size: the boot code and the device table need {1} bytes, the ROM has {2}",
                               rom.name, bytes.size(), size));
  }
  write_or_refuse(platform, rom.place, rom.base, bytes, "the boot ROM's content");
}

void load_network(netlist::Platform& platform, const device_table::Arguments& arguments,
                  std::span<const std::uint8_t> image, std::span<const std::uint8_t> inputs) {
  const configuration::Place place{"network", 0, 0};
  write_or_refuse(platform, place, arguments.image_address, image, "the network image");
  write_or_refuse(platform, place, arguments.input_address, inputs, "the inputs");
}

}  // namespace terse::run
