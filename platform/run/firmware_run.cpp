#include "platform/run/firmware_run.hpp"

#include <chrono>
#include <cmath>
#include <functional>

#include "models/riscv/riscv_core.hpp"
#include "models/testdev/testdev.hpp"
#include "models/uart/uart.hpp"
#include "platform/run/guest.hpp"
#include "platform/run/loader.hpp"

namespace terse::run {

FirmwareResult run_firmware(const std::filesystem::path& elf, const netlist::PlatformSettings& platform_settings,
                            const RunSettings& settings, const Progress& progress) {
  const ElfFile firmware = load_elf(elf);
  netlist::Platform platform(platform_settings,
                             settings.timing == "functional" ? Timing::functional : Timing::approximate);
  platform.host().on_start = [&] {
    load_firmware(platform, {"platform", 0, 0}, firmware);
    load_boot_rom(platform, platform_settings, firmware.entry, {});
  };
  GuestLines lines(progress.guest_output);
  if (platform_settings.find_type("uart") != nullptr) platform.get<Uart>().sink = std::ref(lines);
  std::optional<std::uint32_t> exit_code;
  sc_core::sc_time end;
  platform.get<Testdev>().on_exit = [&](std::uint32_t code, sc_core::sc_time time) {
    exit_code = code;
    end = time;
    sc_core::sc_stop();
  };

  tlm::tlm_global_quantum::instance().set(sc_core::sc_time(settings.quantum_ns, sc_core::SC_NS));
  const auto start = std::chrono::steady_clock::now();
  sc_core::sc_start(sc_core::sc_time(settings.time_limit_ms, sc_core::SC_MS));
  FirmwareResult result;
  result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  lines.flush();
  if (!exit_code) end = sc_core::sc_time_stamp();
  result.cycles = static_cast<std::uint64_t>(std::llround(end / platform.clock_period()));
  result.instructions = platform.get<RiscvCore>().statistics().instructions;
  result.failure = guest_failure(platform, firmware, exit_code, settings.time_limit_ms);
  return result;
}

}  // namespace terse::run
