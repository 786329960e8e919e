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
          .decode_cache = parameters.decode_cache,
          .clock_period = clock_period.value(),
          .timebase = {.megahertz = parameters.timebase_mhz, .units_per_microsecond = microsecond.value()},
          .reset_vector = reset_vector,
          .pmp_regions = parameters.pmp_regions};
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
      fetch_port_(fetch, time_),
      data_port_(data, time_),
      hart_(checked_options(parameters, clock_period, reset_vector), fetch_port_, data_port_, time_) {
  fetch.register_invalidate_direct_mem_ptr(this, &RiscvCore::invalidate_fetch);
  data.register_invalidate_direct_mem_ptr(this, &RiscvCore::invalidate_data);
  SC_HAS_PROCESS(RiscvCore);
  SC_THREAD(execute);
  sensitive << software_interrupt << timer_interrupt << external_interrupt;  // what wakes wfi
}

void RiscvCore::execute() {
  start_quantum();
  while (true) {
    hart_.csrs().set_interrupt_lines(interrupt_lines());
    hart_.run(quantum_end_);
    const bool device_reacts = time_.device_accessed && sc_core::sc_pending_activity_at_current_time();
    if (hart_.lockup()) return synchronize();
    if (hart_.waiting()) {
      wait_for_interrupt();
    } else if (time_.device_written || device_reacts || time_.now >= quantum_end_) {
      synchronize();
    }
    time_.device_accessed = time_.device_written = false;
  }
}

void RiscvCore::synchronize() {
  quantum_.set(sc_core::sc_time::from_value(time_.now - sc_core::sc_time_stamp().value()));
  quantum_.sync();
  start_quantum();
}

void RiscvCore::start_quantum() {
  quantum_.reset();
  time_.now = sc_core::sc_time_stamp().value();
  quantum_end_ = time_.now + tlm::tlm_global_quantum::instance().compute_local_quantum().value();
}

void RiscvCore::wait_for_interrupt() {
  synchronize();
  const std::uint64_t asleep_since = time_.now;
  hart_.csrs().set_interrupt_lines(interrupt_lines());
  while (!hart_.csrs().interrupt_wakes()) {
    wait();
    hart_.csrs().set_interrupt_lines(interrupt_lines());
  }
  hart_.wake();
  start_quantum();
  ticks_waited_ += time_.now - asleep_since;
}

std::uint32_t RiscvCore::interrupt_lines() const {
  return std::uint32_t{software_interrupt.read()} << riscv::machine_software_interrupt |
         std::uint32_t{timer_interrupt.read()} << riscv::machine_timer_interrupt |
         std::uint32_t{external_interrupt.read()} << riscv::machine_external_interrupt;
}

void RiscvCore::invalidate_fetch(sc_dt::uint64 first, sc_dt::uint64 last) {
  fetch_port_.invalidate(first, last);
  hart_.forget_code(first, last);
}

void RiscvCore::invalidate_data(sc_dt::uint64 first, sc_dt::uint64 last) {
  data_port_.invalidate(first, last);
}

sc_core::sc_time RiscvCore::local_time() const {
  return std::max(sc_core::sc_time::from_value(time_.now), sc_core::sc_time_stamp());
}

RiscvStatistics RiscvCore::statistics() const {
  const std::uint64_t now = local_time().value();
  const std::uint64_t asleep = hart_.waiting() ? now - time_.now : 0;
  const std::uint64_t period = clock_period_.value();
  return {.instructions = hart_.instructions(),
          .cycles = now / period,
          .active_cycles = (now - ticks_waited_ - asleep) / period,
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
  return index < 32 ? hart_.x[index] : 0;
}

void RiscvCore::set_reg(unsigned index, std::uint32_t value) {
  if (index > 0 && index < 32) hart_.x[index] = value;
}

}  // namespace terse
