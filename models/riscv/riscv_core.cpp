#include "models/riscv/riscv_core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace terse {
namespace {

riscv::HartOptions checked_options(const RiscvParameters& parameters, const sc_core::sc_time& clock_period,
                                   std::uint32_t reset_vector) {
  if (parameters.misaligned != "support" && parameters.misaligned != "trap") {
    throw std::invalid_argument(
        fmt::format("riscv: misaligned is \"{}\"; it is \"support\" or \"trap\"", parameters.misaligned));
  }
  if (clock_period == sc_core::SC_ZERO_TIME) {
    throw std::invalid_argument("riscv: the clock period is zero; it is at least one unit of the time resolution");
  }
  if (parameters.timebase_mhz == 0) throw std::invalid_argument("riscv: timebase_mhz is 0; it is at least 1");
  const sc_core::sc_time microsecond(1, sc_core::SC_US);
  if (microsecond == sc_core::SC_ZERO_TIME) {
    throw std::invalid_argument(
        "riscv: the time resolution is coarser than a microsecond, so `time` cannot be counted");
  }
  if (parameters.pmp_regions > riscv::Pmp::register_count) {
    throw std::invalid_argument(
        fmt::format("riscv: pmp_regions is {}; it is at most {}", parameters.pmp_regions, riscv::Pmp::register_count));
  }
  if (reset_vector % 2 != 0) {
    throw std::invalid_argument(
        fmt::format("riscv: the reset vector {:#010x} is odd; instructions lie at even addresses", reset_vector));
  }
  return {.hart_id = parameters.hart_id,
          .misaligned_traps = parameters.misaligned == "trap",
          .translate = parameters.engine == "translator",
          .pmp_regions = parameters.pmp_regions,
          .timing = parameters.pipeline_timing(),
          .clock_period = clock_period.value(),
          .timebase = {.megahertz = parameters.timebase_mhz, .units_per_microsecond = microsecond.value()},
          .reset_vector = reset_vector};
}

}  // namespace

RiscvCore::RiscvCore(sc_core::sc_module_name name, const RiscvParameters& parameters, sc_core::sc_time clock_period,
                     std::uint32_t reset_vector)
    : sc_core::sc_module(name),
      fetch("fetch"),
      data("data"),
      software_interrupt("software_interrupt"),
      timer_interrupt("timer_interrupt"),
      external_interrupt("external_interrupt"),
      clock_period_(clock_period),
      fetch_port_(fetch, time_, clock_period.value()),
      data_port_(data, time_, clock_period.value()),
      hart_(checked_options(parameters, clock_period, reset_vector), fetch_port_, data_port_, time_) {
  fetch.register_invalidate_direct_mem_ptr(this, &RiscvCore::invalidate_fetch);
  data.register_invalidate_direct_mem_ptr(this, &RiscvCore::invalidate_data);
  if (parameters.engine == "translator" && !hart_.translates()) {
    SC_REPORT_WARNING(
        "riscv",
        "no translator for this host, or no executable memory: instructions are interpreted, with the same "
        "results, but slower; engine: interpreter says so without this warning");
  }
  SC_HAS_PROCESS(RiscvCore);
  SC_THREAD(execute);
  sensitive << software_interrupt << timer_interrupt << external_interrupt;  // what wakes wfi
}

void RiscvCore::execute() {
  synchronize();
  while (true) {
    hart_.csrs().set_interrupt_lines(interrupt_lines());
    hart_.run(limit_cycle());
    if (hart_.lockup()) return synchronize();
    if (hart_.waiting()) {
      wait_for_interrupt();
    } else if (time_.device_written || sc_core::sc_pending_activity_at_current_time() || time_.now >= limit_cycle()) {
      synchronize();
    }
    time_.device_written = false;
  }
}

// The core never runs past what the kernel has scheduled: whatever happens in the platform happens before the
// instructions that come after it, with any quantum. Cycle 0 begins at time 0.
std::uint64_t RiscvCore::limit_cycle() const {
  const std::uint64_t period = clock_period_.value();
  const std::uint64_t pending = sc_core::sc_time_to_pending_activity().value();
  const std::uint64_t now = sc_core::sc_time_stamp().value();
  const std::uint64_t until =
      now + std::min<std::uint64_t>({pending, quantum_left_, sc_core::sc_max_time().value() - now});
  return until / period + (until % period != 0 ? 1 : 0);
}

void RiscvCore::synchronize() {
  const std::uint64_t now = sc_core::sc_time_stamp().value();
  const std::uint64_t local = time_.now * clock_period_.value();
  if (local > now) wait(sc_core::sc_time::from_value(local - now));
  settle();
  start_quantum();
}

// Lets everything of this instant happen before the core goes on.
void RiscvCore::settle() {
  while (sc_core::sc_pending_activity_at_current_time()) wait(sc_core::SC_ZERO_TIME);
}

void RiscvCore::start_quantum() {
  const std::uint64_t period = clock_period_.value();
  const std::uint64_t now = sc_core::sc_time_stamp().value();
  time_.now = std::max(time_.now, (now + period - 1) / period);
  quantum_left_ = std::max<std::uint64_t>(tlm::tlm_global_quantum::instance().get().value(), period);
}

void RiscvCore::wait_for_interrupt() {
  synchronize();
  const std::uint64_t asleep_since = time_.now;
  hart_.csrs().set_interrupt_lines(interrupt_lines());
  while (!hart_.csrs().interrupt_wakes()) {
    wait();
    settle();
    hart_.csrs().set_interrupt_lines(interrupt_lines());
  }
  hart_.wake();
  start_quantum();
  hart_.state.events.cycles_asleep += time_.now - asleep_since;
  if (sleep_observer_ && time_.now > asleep_since) {
    sleep_observer_(sc_core::sc_time::from_value(asleep_since * clock_period_.value()),
                    sc_core::sc_time::from_value(time_.now * clock_period_.value()));
  }
}

std::uint32_t RiscvCore::interrupt_lines() const {
  return std::uint32_t{software_interrupt.read()} << riscv::machine_software_interrupt |
         std::uint32_t{timer_interrupt.read()} << riscv::machine_timer_interrupt |
         std::uint32_t{external_interrupt.read()} << riscv::machine_external_interrupt;
}

void RiscvCore::invalidate_fetch(sc_dt::uint64 first, sc_dt::uint64 last) {
  fetch_port_.invalidate(first, last);
  hart_.forget_code();
}

void RiscvCore::invalidate_data(sc_dt::uint64 first, sc_dt::uint64 last) {
  data_port_.invalidate(first, last);
}

sc_core::sc_time RiscvCore::local_time() const {
  return std::max(sc_core::sc_time::from_value(time_.now * clock_period_.value()), sc_core::sc_time_stamp());
}

RiscvStatistics RiscvCore::statistics() const {
  const std::uint64_t now = local_time().value() / clock_period_.value();
  const std::uint64_t asleep = hart_.waiting() ? now - time_.now : 0;
  return {.instructions = hart_.instructions(),
          .cycles = now,
          .active_cycles = now - hart_.state.events.cycles_asleep - asleep,
          .traps = hart_.exceptions() + hart_.interrupts(),
          .interrupts = hart_.interrupts()};
}

std::optional<std::string> RiscvCore::lockup() const {
  const auto& lockup = hart_.lockup();
  if (!lockup) return std::nullopt;
  return fmt::format(
      "the core is locked up: the first instruction of its trap handler at {:#010x} causes a trap itself (mcause {}, "
      "mtval {:#010x}); does mtvec point to a handler?",
      lockup->handler, static_cast<std::uint32_t>(lockup->trap.cause), lockup->trap.value);
}

void RiscvCore::set_time_source(std::function<std::uint64_t(sc_core::sc_time)> source) {
  hart_.csrs().counters().set_time_source(
      [source = std::move(source)](std::uint64_t now) { return source(sc_core::sc_time::from_value(now)); });
}

std::uint32_t RiscvCore::reg(unsigned index) const {
  return index < 32 ? hart_.state.x[index] : 0;
}

void RiscvCore::set_reg(unsigned index, std::uint32_t value) {
  if (index > 0 && index < 32) hart_.state.x[index] = value;
}

}  // namespace terse
