#pragma once
// Runs any bare-metal ELF on a platform, without a network: self-tests, bring-up, other people's programs.
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "platform/run/result.hpp"
#include "platform/run/runner.hpp"
#include "platform/run/scenario.hpp"
#include "platform/run/signature.hpp"

namespace terse::run {

struct FirmwareResult {
  std::string program;  ///< File name of the ELF.
  nlohmann::ordered_json configuration;
  std::string configuration_hash;
  std::string timing;
  double clock_mhz = 0;
  std::optional<GuestFailure> failure;
  std::uint64_t cycles = 0;  ///< From reset to the guest's end.
  std::uint64_t instructions = 0;
  std::uint64_t core_active_cycles = 0;  ///< Not in wfi.
  double wall_s = 0;                     ///< Simulation alone.
  [[nodiscard]] double mips() const { return static_cast<double>(instructions) / wall_s / 1e6; }
};

/// What else to do with a run of an ELF.
struct FirmwareRequest {
  TraceRequest trace;
  std::optional<SignatureRequest> signature;
};

/// The guest finds the devices in the device table; its arguments are zero. How it ends: guest_run.hpp. Throws ElfError,
/// ConfigurationError.
FirmwareResult run_firmware(const std::filesystem::path& elf, FirmwareSetup& setup, const FirmwareRequest& request,
                            const Progress& progress);

}  // namespace terse::run
