#include "platform/run/firmware_run.hpp"

#include <chrono>
#include <cmath>

#include "models/riscv/riscv_core.hpp"
#include "platform/run/guest_run.hpp"
#include "platform/run/loader.hpp"

namespace terse::run {

FirmwareResult run_firmware(const std::filesystem::path& elf, FirmwareSetup& setup, const FirmwareRequest& request,
                            const Progress& progress) {
  const ElfFile firmware = load_elf(elf);
  if (request.signature) check_signature(*request.signature, firmware);
  FirmwareResult result;
  result.program = elf.filename().string();
  result.configuration["run"] = configuration::values_of(setup.run.parameters());
  result.configuration["platform"] = setup.platform.effective();
  result.configuration_hash = configuration_hash(result.configuration);
  result.timing = setup.run.timing;
  result.clock_mhz = setup.platform.clock_mhz;

  netlist::Platform platform(setup.platform, setup.run.timing_level());
  platform.host().on_start = [&] {
    load_firmware(platform, {"platform", 0, 0}, firmware);
    load_boot_rom(platform, setup.platform, firmware.entry, {});
  };
  GuestRun guest(platform, setup.platform, firmware, setup.run, request.trace, progress.guest_output);
  guest.attach(progress.debugger);
  const auto start = std::chrono::steady_clock::now();
  guest.run();
  result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  const RiscvStatistics core = platform.get<RiscvCore>().statistics();
  result.cycles = static_cast<std::uint64_t>(std::llround(guest.end_time() / platform.clock_period()));
  result.instructions = core.instructions;
  result.core_active_cycles = core.active_cycles;
  result.failure = guest.failure();
  if (request.signature) write_signature(*request.signature, firmware, platform);
  return result;
}

}  // namespace terse::run
