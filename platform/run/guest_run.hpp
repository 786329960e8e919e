#pragma once
// One simulation from reset to the guest's end, however that comes about, for scenarios and for ELFs alone.
//
// The guest ends
//   - by writing testdev EXIT,
//   - by writing tohost, if its ELF has that symbol (host_interface.hpp),
//   - by a semihosting call, if run.semihosting is on (semihosting.hpp),
// or is found to hang, which fails the run:
//   - run.watchdog_cycles or run.time_limit_ms have passed,
//   - it waits in wfi and nothing is going on any more that could raise an interrupt, or mie enables no interrupt,
//   - the core is locked up (models/riscv/riscv_core.hpp).
// A wait that cannot end is noticed when the platform falls silent, at the latest one millisecond of simulated time after
// it began. The report of a hang has pc, function, source line, and the state of every unit.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <systemc>

#include "models/riscv/elf.hpp"
#include "platform/netlist/platform.hpp"
#include "platform/run/debugger.hpp"
#include "platform/run/guest.hpp"
#include "platform/run/host_interface.hpp"
#include "platform/run/instruction_trace.hpp"
#include "platform/run/result.hpp"
#include "platform/run/scenario.hpp"
#include "platform/run/semihosting.hpp"
#include "platform/run/stop_dispatcher.hpp"

namespace terse::run {

class GuestRun {
 public:
  /// Before elaboration. Throws ConfigurationError if the trace's filters or file make no sense.
  GuestRun(netlist::Platform& platform, const netlist::PlatformSettings& platform_settings, const ElfFile& firmware,
           const RunSettings& settings, const TraceRequest& trace,
           std::function<void(const std::string&)> guest_output);

  /// The core sleeps for good, and the guest is a process of the simulation (native_driver.hpp).
  void set_core_parked() { core_is_parked_ = true; }

  /// Simulates until the guest ends or hangs.
  void run();

  [[nodiscard]] sc_core::sc_time end_time() const { return end_->time; }
  /// Nothing if the guest ended well.
  [[nodiscard]] std::optional<GuestFailure> failure() const;
  /// Lets a debugger, if there is one, accompany the run. Before elaboration ends.
  void attach(Debugger* debugger);

 private:
  struct End {
    enum class Kind : std::uint8_t {
      testdev,
      tohost,
      semihosting,
      mistake,
      lockup,
      time_limit,
      watchdog,
      nothing_happens,
      nothing_enabled,
      killed
    };
    Kind kind{};
    std::uint32_t code = 0;
    std::string text;
    sc_core::sc_time time;
  };

  void run_with_debugger(sc_core::sc_time slice);
  void listen(const netlist::PlatformSettings& platform_settings);
  void end(End::Kind kind, std::uint32_t code, std::string text, sc_core::sc_time time);
  std::optional<End::Kind> hang();
  bool nothing_scheduled();
  std::string hang_text() const;
  GuestFailure hang_report(std::string text) const;

  netlist::Platform& platform_;
  const netlist::PlatformSettings& platform_settings_;
  const ElfFile& firmware_;
  const RunSettings& settings_;
  RiscvCore& core_;
  GuestLines lines_;
  StopDispatcher stops_;
  std::unique_ptr<HostInterface> host_interface_;
  std::unique_ptr<Semihosting> semihosting_;
  std::unique_ptr<InstructionTrace> trace_;
  /// Just after the last instant of the run: the core never runs past what is scheduled.
  sc_core::sc_event too_late_;
  sc_core::sc_time too_late_at_;
  Debugger* debugger_ = nullptr;
  bool core_is_parked_ = false;
  std::optional<End> end_;
};

}  // namespace terse::run
