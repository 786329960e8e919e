#pragma once
// Module type `clint`: core-local interruptor of hart 0 (SiFive layout): software interrupt and timer.
//
// Socket      socket: registers of clint_registers.yaml, 32-bit accesses; what is refused:
//             models/bus/register_access.hpp
// Outputs     software_interrupt (MSIP), timer_interrupt (mtime >= mtimecmp)
//
// Timing
//   - mtime counts from 0 at time 0; tick n begins at n / timebase_mhz microseconds. A read sees the initiator's local
//     time, so that a core ahead of the kernel reads a clock that goes on.
//   - timer_interrupt rises at the very time of the tick that makes mtime >= mtimecmp, and falls when a write (or the
//     wrap of mtime after 2^64 ticks) makes it smaller.
//   - A write to mtime sets the count; the edges of the ticks stay where they are, as the prescaler runs on.
//   - Writes let the initiator's local time pass first and return when both lines have settled.
//   - Registers add no time of their own.
#include <cstdint>
#include <systemc>
#include <tlm>

#include "models/bus/register_access.hpp"
#include "models/interrupt/interrupt_line.hpp"
#include "models/interrupt/interrupt_parameters.hpp"
#include "models/interrupt/time_base.hpp"
#include "tlm_utils/simple_target_socket.h"

namespace terse {

class Clint : public sc_core::sc_module, private RegisterTarget {
 public:
  tlm_utils::simple_target_socket<Clint> socket{"socket"};
  sc_core::sc_out<bool> software_interrupt{"software_interrupt"};
  sc_core::sc_out<bool> timer_interrupt{"timer_interrupt"};

  Clint(sc_core::sc_module_name name, const ClintParameters& parameters);

  /// mtime at `time`; the core's `time` CSR shows the same clock.
  [[nodiscard]] std::uint64_t mtime(sc_core::sc_time time) const;

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& transaction);
  RegisterError read_register(std::uint32_t offset, std::uint32_t& value, sc_core::sc_time& delay) override;
  RegisterError write_register(std::uint32_t offset, std::uint32_t value, sc_core::sc_time& delay) override;
  [[nodiscard]] RegisterError peek_register(std::uint32_t offset, std::uint32_t& value) const override;

  RegisterError value_at(sc_core::sc_time time, std::uint32_t offset, std::uint32_t& value) const;
  void update_timer();

  const TimeBase time_base_;
  bool software_pending_ = false;
  std::uint64_t mtimecmp_ = ~std::uint64_t{0};
  std::uint64_t mtime_offset_ = 0;  ///< mtime minus the ticks of simulated time, modulo 2^64.
  InterruptLine software_line_{software_interrupt};
  InterruptLine timer_line_{timer_interrupt};
  sc_core::sc_event timer_due_;
};

}  // namespace terse
