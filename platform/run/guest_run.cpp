#include "platform/run/guest_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/bus/bus.hpp"
#include "models/riscv/riscv_core.hpp"
#include "models/testdev/testdev.hpp"
#include "models/uart/uart.hpp"
#include "platform/run/source_line.hpp"
#include "platform/run/unit_states.hpp"

namespace terse::run {

using sc_core::sc_time;

GuestRun::GuestRun(netlist::Platform& platform, const netlist::PlatformSettings& platform_settings,
                   const ElfFile& firmware, const RunSettings& settings, const TraceRequest& trace,
                   std::function<void(const std::string&)> guest_output)
    : platform_(platform),
      platform_settings_(platform_settings),
      firmware_(firmware),
      settings_(settings),
      core_(platform.get<RiscvCore>()),
      lines_(std::move(guest_output)),
      stops_(core_) {
  if (trace.file) trace_ = std::make_unique<InstructionTrace>(trace, firmware, core_);
  if (settings.semihosting) {
    semihosting_ = std::make_unique<Semihosting>(
        core_, platform.host(), SemihostingOptions{settings.semihosting_directory, firmware.path.filename().string()});
    semihosting_->console = std::ref(lines_);
    semihosting_->on_exit = [this](std::uint32_t code) { end(End::Kind::semihosting, code, "", core_.local_time()); };
    stops_.add([this](const riscv::Stop& stop) { return semihosting_->handle(stop); });
    core_.set_stop_at_ebreak(true);
  }
  listen(platform_settings);
}

void GuestRun::listen(const netlist::PlatformSettings& platform_settings) {
  if (platform_settings.find_type("uart") != nullptr) platform_.get<Uart>().sink = std::ref(lines_);
  platform_.get<Testdev>().on_exit = [this](std::uint32_t code, sc_time time) {
    end(End::Kind::testdev, code, "", time);
  };
  const auto tohost = firmware_.find("tohost");
  if (!tohost) return;
  host_interface_ = std::make_unique<HostInterface>("host_interface", platform_.get<Bus>(), platform_.host(),
                                                    HostInterface::Addresses{*tohost, firmware_.find("fromhost")},
                                                    platform_.clock_period());
  host_interface_->console = std::ref(lines_);
  host_interface_->on_exit = [this](std::uint32_t code, sc_time time) { end(End::Kind::tohost, code, "", time); };
  host_interface_->on_mistake = [this](const std::string& what, sc_time time) {
    end(End::Kind::mistake, 1, what, time);
  };
}

void GuestRun::end(End::Kind kind, std::uint32_t code, std::string text, sc_time time) {
  if (end_) return;
  end_ = End{.kind = kind, .code = code, .text = std::move(text), .time = time};
  sc_core::sc_stop();
}

void GuestRun::attach(Debugger* debugger) {
  debugger_ = debugger;
  if (debugger_ != nullptr) debugger_->attach(platform_, platform_settings_, firmware_, stops_);
}

void GuestRun::run_with_debugger(sc_time slice) {
  while (!end_ && debugger_->attached()) {
    sc_core::sc_start(slice);
    if (!end_ && core_.lockup()) {
      constexpr std::uint32_t failed = 3;
      end_ = End{.kind = End::Kind::lockup, .code = failed, .text = "", .time = sc_core::sc_time_stamp()};
    }
  }
  if (end_) return debugger_->ended(end_->code);
  if (debugger_->killed())
    end_ = End{.kind = End::Kind::killed, .code = 0, .text = "", .time = sc_core::sc_time_stamp()};
}

void GuestRun::run() {
  tlm::tlm_global_quantum::instance().set(sc_time(settings_.quantum_ns, sc_core::SC_NS));
  const sc_time slice(1, sc_core::SC_MS);
  sc_time limit(settings_.time_limit_ms, sc_core::SC_MS);
  End::Kind late = End::Kind::time_limit;
  if (settings_.watchdog_cycles != 0) {
    const sc_time watchdog = platform_.clock_period() * static_cast<double>(settings_.watchdog_cycles);
    if (watchdog < limit) late = End::Kind::watchdog;
    limit = std::min(limit, watchdog);
  }
  if (debugger_ != nullptr) run_with_debugger(slice);
  limit += sc_core::sc_time_stamp();  // counts from where the debugger let go
  too_late_at_ = limit + platform_.clock_period();
  if (!end_) too_late_.notify(too_late_at_ - sc_core::sc_time_stamp());
  while (!end_) {
    const sc_time now = sc_core::sc_time_stamp();
    sc_core::sc_start(std::min(slice, limit - now));
    if (end_) break;
    if (const auto kind = hang()) {
      end_ = End{.kind = *kind, .code = 0, .text = "", .time = sc_core::sc_time_stamp()};
    } else if (sc_core::sc_time_stamp() >= limit) {
      end_ = End{.kind = late, .code = 0, .text = "", .time = limit};
    }
  }
  lines_.flush();
  if (trace_) trace_->close();
}

std::optional<GuestRun::End::Kind> GuestRun::hang() {
  if (core_.lockup()) return End::Kind::lockup;
  if (!core_.waiting_for_interrupt()) return std::nullopt;
  if (nothing_scheduled()) return End::Kind::nothing_happens;
  if (core_is_parked_) return std::nullopt;
  // Only the core itself could enable one.
  if (core_.csr(riscv::csr::mie) == 0u) return End::Kind::nothing_enabled;
  return std::nullopt;
}

/// Nothing but our own mark, which is taken away to look behind it.
bool GuestRun::nothing_scheduled() {
  too_late_.cancel();
  const bool nothing = !sc_core::sc_pending_activity();
  too_late_.notify(too_late_at_ - sc_core::sc_time_stamp());
  return nothing;
}

std::string GuestRun::hang_text() const {
  const std::string pc = core_is_parked_ ? "the driver runs natively" : fmt::format("pc = 0x{:08x}", core_.pc());
  switch (end_->kind) {
    case End::Kind::lockup:
      return core_.lockup().value_or("");
    case End::Kind::nothing_happens:
      return fmt::format(
          "the {} waits in wfi for an interrupt that cannot come: the platform has nothing left to do; {}",
          core_is_parked_ ? "driver" : "core", pc);
    case End::Kind::nothing_enabled:
      return fmt::format("the core waits in wfi, but mie enables no interrupt that could wake it; {}", pc);
    case End::Kind::watchdog:
      return fmt::format("the guest did not end within {} cycles (run.watchdog_cycles); {}", settings_.watchdog_cycles,
                         pc);
    default:
      return fmt::format(
          "the guest did not end within {} ms of simulated time; {}; it hangs, or the limit (run.time_limit_ms) is too "
          "low",
          settings_.time_limit_ms, pc);
  }
}

GuestFailure GuestRun::hang_report(std::string text) const {
  GuestFailure failure;
  failure.text = std::move(text);
  if (!core_is_parked_) {
    failure.pc = core_.pc();
    failure.function = function_at(firmware_, core_.pc());
    failure.source = source_line(firmware_.path, core_.pc());
  }
  failure.units = unit_states(platform_, platform_settings_);
  return failure;
}

std::optional<GuestFailure> GuestRun::failure() const {
  GuestFailure failure;
  failure.code = end_->code;
  switch (end_->kind) {
    case End::Kind::testdev:
      return guest_failure(platform_, end_->code);
    case End::Kind::tohost:
      if (end_->code == 0) return std::nullopt;
      failure.text = fmt::format("test {} failed: the guest wrote {} to tohost", end_->code, end_->code << 1 | 1);
      return failure;
    case End::Kind::semihosting:
      if (end_->code == 0) return std::nullopt;
      failure.text = fmt::format("the guest ended with exit code {} (semihosting)", end_->code);
      return failure;
    case End::Kind::killed:
      failure.text = "the simulation was ended by the debugger";
      return failure;
    case End::Kind::mistake:
      failure = hang_report(end_->text);
      failure.code = end_->code;
      return failure;
    default:
      return hang_report(hang_text());
  }
}

}  // namespace terse::run
