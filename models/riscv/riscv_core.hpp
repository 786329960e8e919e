#pragma once
// RISC-V core: RV32IMACB_Zicsr_Zifencei_Zicntr_Zihpm, machine and user mode, memory protection, one hart, loosely timed.
//
// Sockets        fetch: instructions; data: loads, stores, atomic operations. 32-bit addresses, little-endian. Both ask
//                for DMI when a target offers it and use blocking transport elsewhere. Accesses never cross an aligned
//                word. An error response becomes the access-fault trap of that access.
// Interrupts     three level-sensitive inputs: mip.MSIP, MTIP and MEIP.
// Time           an instruction takes the cycles that the chosen timing says, plus memory latency (pipeline_timing.hpp), in
//                whole clock cycles. mcycle is the core's local time in clock cycles, `time` the same local time in ticks
//                of the timebase.
// Decoupling     the core runs ahead of the kernel, by up to the global quantum but never past the next event that the
//                kernel has scheduled. It synchronizes there, before it waits in wfi, after each transported write, and
//                after a transported read that left something to do for the kernel in the current instant: so a device's
//                reaction to an access (an interrupt line that falls, a simulation that stops) is seen before the next
//                instruction, and an interrupt is taken before the first instruction that starts at or after the clock
//                edge on which its line is high. What is computed and how many cycles it takes do not depend on the
//                quantum, on the engine or on DMI.
// Code           is decoded once and kept, and translated to host code where it is hot (parameter engine). The core's own
//                stores into it show at once; what others write (DMA) shows after fence.i; a target that withdraws DMI makes
//                the core read its code again.
// wfi            sleeps until an interrupt enabled in mie is pending, whatever mstatus.MIE says, and goes on at the
//                clock edge at or after that. It falls through if one already is.
// Lock-up        if the first instruction of the trap handler traps itself with interrupts disabled, nothing but a
//                reset could help hardware; the core stops and `lockup` says why, instead of using up the time limit of the run.
//
// Choices the specification leaves open: unaligned atomic operations trap; a trap drops the reservation; sc.w also
// fails if the word no longer holds what lr.w read; misa.C can be cleared; mtval of an illegal instruction holds its
// bits, that of ebreak the pc; performance monitors 7 to 31 read zero.
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <systemc>

#include "models/riscv/hart.hpp"
#include "models/riscv/riscv_parameters.hpp"

namespace terse {

/// What the core has done since the start of the simulation.
struct RiscvStatistics {
  std::uint64_t instructions = 0;   ///< retired
  std::uint64_t cycles = 0;         ///< clock cycles passed, waiting included
  std::uint64_t active_cycles = 0;  ///< of these, not spent waiting in wfi
  std::uint64_t traps = 0;          ///< exceptions and interrupts taken
  std::uint64_t interrupts = 0;     ///< of these, interrupts
};

class RiscvCore : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<RiscvCore> fetch;
  tlm_utils::simple_initiator_socket<RiscvCore> data;
  sc_core::sc_in<bool> software_interrupt;
  sc_core::sc_in<bool> timer_interrupt;
  sc_core::sc_in<bool> external_interrupt;

  /// Throws std::invalid_argument naming the argument if a parameter, the clock period or the reset vector makes no
  /// sense.
  RiscvCore(sc_core::sc_module_name name, const RiscvParameters& parameters, sc_core::sc_time clock_period,
            std::uint32_t reset_vector);

  /// Lets the `time` counter show another clock, as the CLINT's mtime, which software can set: its value at the core's
  /// local time. Without this call `time` counts ticks of timebase_mhz from the start of the simulation.
  void set_time_source(std::function<std::uint64_t(sc_core::sc_time local_time)> source);

  /// Called when the core wakes from wfi: it has slept from `begin` to `end`.
  void set_sleep_observer(std::function<void(sc_core::sc_time begin, sc_core::sc_time end)> observer) {
    sleep_observer_ = std::move(observer);
  }

  RiscvStatistics statistics() const;

  /// Why the core has stopped for good, in a sentence; nothing if it has not.
  std::optional<std::string> lockup() const;

  // Debug access, between instructions: while the simulation is paused or from another process.
  std::uint32_t reg(unsigned index) const;
  void set_reg(unsigned index, std::uint32_t value);
  /// Address of the next instruction; while an access of this core is under way, of the instruction that makes it.
  std::uint32_t pc() const { return hart_.pc(); }
  void set_pc(std::uint32_t pc) { hart_.set_pc(pc); }
  /// As machine mode would read it, whatever the privilege is now; nothing if there is no such register.
  std::optional<std::uint32_t> csr(std::uint32_t number) const { return hart_.csrs().inspect(number); }
  riscv::Privilege privilege() const { return hart_.csrs().privilege(); }
  bool waiting_for_interrupt() const { return hart_.waiting(); }
  /// The core's own time, which runs ahead of the kernel's.
  sc_core::sc_time local_time() const;

  // Debugging and tracing (models/riscv/debug.hpp).

  /// Called in the core's process between two instructions; simulated time stands still until it returns. Without one,
  /// stops are passed over.
  void set_stop_handler(std::function<void(const riscv::Stop&)> handler) { hart_.set_stop_handler(std::move(handler)); }
  /// Called for every instruction; an empty function ends tracing.
  void set_trace(std::function<void(const riscv::ExecutedInstruction&)> trace) { hart_.set_trace(std::move(trace)); }
  void add_breakpoint(std::uint32_t address) { hart_.add_breakpoint(address); }
  void remove_breakpoint(std::uint32_t address) { hart_.remove_breakpoint(address); }
  void add_watchpoint(const riscv::Watchpoint& watchpoint) { hart_.add_watchpoint(watchpoint); }
  void remove_watchpoint(const riscv::Watchpoint& watchpoint) { hart_.remove_watchpoint(watchpoint); }
  /// Stop before an ebreak instead of letting it trap.
  void set_stop_at_ebreak(bool stop) { hart_.set_stop_at_ebreak(stop); }
  bool stops_at_ebreak() const { return hart_.stops_at_ebreak(); }
  /// From the stop handler: stop again after one instruction.
  void step() { hart_.step(); }
  /// Stop before the next instruction; from any SystemC process (another initiator's watched access, a poll of the
  /// user's wishes), not from another host thread. A core in wfi stops when it wakes.
  void request_stop(const riscv::Stop& stop = {}) { hart_.request_stop(stop); }

  /// Writes a CSR as the core itself would at its current privilege; false if that would be illegal.
  bool set_csr(std::uint32_t number, std::uint32_t value) { return hart_.set_csr(number, value); }

  /// Decodes all code anew: for whoever changes some behind the core's back (a debugger). A program that loads code by
  /// itself or by DMA executes fence.i.
  void forget_decoded() { hart_.forget_code(); }

 private:
  void execute();
  void synchronize();
  void start_quantum();
  void settle();
  std::uint64_t limit_cycle() const;
  void wait_for_interrupt();
  std::uint32_t interrupt_lines() const;
  void invalidate_fetch(sc_dt::uint64 first, sc_dt::uint64 last);
  void invalidate_data(sc_dt::uint64 first, sc_dt::uint64 last);

  sc_core::sc_time clock_period_;
  std::uint64_t quantum_left_ = 0;  // time units, from the kernel's time on
  riscv::LocalTime time_;
  riscv::MemoryPort fetch_port_;
  riscv::MemoryPort data_port_;
  riscv::Hart hart_;
  std::function<void(sc_core::sc_time, sc_core::sc_time)> sleep_observer_;
};

}  // namespace terse
