#pragma once
// Puts firmware, boot ROM, network image and inputs into the platform's memories before time starts.
#include <filesystem>
#include <optional>
#include <span>

#include "compiler/compiler.hpp"
#include "formats/device_table.hpp"
#include "models/riscv/elf.hpp"
#include "platform/netlist/platform.hpp"
#include "platform/run/scenario.hpp"

namespace terse::run {

/// The firmware of the scenario: run.firmware, or the infer.elf built with this program.
std::filesystem::path firmware_of(const Scenario& scenario);

/// Throws ConfigurationError at `place` when a segment of the ELF has no memory under it.
void load_firmware(netlist::Platform& platform, const configuration::Place& place, const ElfFile& elf);
/// Without an entry the core sleeps for good.
void load_boot_rom(netlist::Platform& platform, const netlist::PlatformSettings& settings,
                   std::optional<std::uint32_t> entry, const device_table::Arguments& arguments);
void load_network(netlist::Platform& platform, const device_table::Arguments& arguments,
                  std::span<const std::uint8_t> image, std::span<const std::uint8_t> inputs);

}  // namespace terse::run
