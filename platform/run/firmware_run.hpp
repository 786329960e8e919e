#pragma once
// Runs any bare-metal ELF on a platform, without a network: self-tests, bring-up, other people's programs.
#include <cstdint>
#include <filesystem>
#include <optional>

#include "platform/netlist/platform_settings.hpp"
#include "platform/run/result.hpp"
#include "platform/run/runner.hpp"

namespace terse::run {

struct FirmwareResult {
  std::optional<GuestFailure> failure;
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
  double wall_s = 0;
};

/// The guest finds the devices in the device table; its arguments are zero. Ends with the guest's write to testdev
/// EXIT, or after `time_limit_ms` of simulated time. Throws ElfError, ConfigurationError.
FirmwareResult run_firmware(const std::filesystem::path& elf, const netlist::PlatformSettings& platform,
                            const RunSettings& settings, const Progress& progress);

}  // namespace terse::run
