#pragma once
// The contents of the boot ROM: a few instructions that hand the device table to the firmware, and that table.
#include <cstdint>
#include <vector>

#include "formats/device_table.hpp"
#include "platform/netlist/platform_settings.hpp"

namespace terse::netlist {

/// The devices of a platform, for the firmware.
device_table::DeviceTable make_device_table(const PlatformSettings& platform, const device_table::Arguments& arguments);

/// Bytes for a ROM at bus address `base`: a0 = mhartid, a1 = address of the table, jump to `entry`; then the table.
std::vector<std::uint8_t> make_boot_rom(std::uint32_t base, std::uint32_t entry,
                                        const device_table::DeviceTable& table);
/// The same for a core that has nothing to do: it sleeps for good.
std::vector<std::uint8_t> make_parking_rom(const device_table::DeviceTable& table);

}  // namespace terse::netlist
