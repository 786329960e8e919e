#pragma once
// The control block at the front of dma channels, tmac, spu and merge (registers/hwpe.yaml): job contexts, queue,
// interrupts, errors, performance counters. The unit that owns it supplies the datapath:
//
//   void Tmac::run() {                                   // the unit's SC_THREAD
//     for (;;) {
//       const HwpeJob job = control_.wait_for_job();     // blocks until a committed job is due
//       ... read scratchpad, compute, write accumulators ...
//       if (!control_.spend(Cause::compute, cycles)) continue;   // simulated time passes; false: soft-cleared
//       meanwhile control_.finish();                               // or control_.fail(ErrorCode::..., address)
//     }
//   }
//
// Timing: a register access costs the access latency of the bus only; a job starts one clock after COMMIT_TRIGGER when
// the queue is empty, else when the job before it has finished. The interrupt line changes in the cycle after its
// cause. An access waits until its initiator's local time, so a unit's timing does not depend on anybody's quantum.
// Everything that a unit does happens at its clock's edges (multiples of the period); "one clock after" a time between
// two edges is the next edge. A soft clear stops the running job at once; the job's observer does not hear of it.
//
// Guest errors: models/bus/register_access.hpp lists the TLM responses. An access that TLM lets pass but that makes no
// sense becomes ERR_CODE: protocol (a job register or a commit without an acquired job), illegal_value (COMMIT_TRIGGER
// or SOFT_CLEAR with a value that has no meaning).
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <systemc>
#include <tlm>

#include "models/activity/activity.hpp"
#include "models/bus/register_access.hpp"
#include "models/clocked/clock_domain.hpp"
#include "models/hwpe/cause.hpp"
#include "models/hwpe/job_queue.hpp"
#include "models/hwpe/performance_counters.hpp"
#include "models/registers/register_file.hpp"
#include "registers/generated/hwpe.hpp"
#include "registers/register_map.hpp"

namespace terse {

using registers::hwpe::ErrorCode;

/// A job as programmed. `registers` are the job registers in order and stay valid until finish(), fail() or a soft
/// clear.
struct HwpeJob {
  std::uint8_t id = 0;
  std::span<const std::uint32_t> registers;
};

/// What an observer learns when a job ends (traces, statistics, checks of results).
struct JobRecord {
  std::string unit;       ///< Hierarchical name of the module; DMA channels append "[c]".
  std::uint32_t tag = 0;  ///< Job register TAG.
  std::uint8_t id = 0;
  sc_core::sc_time start;
  sc_core::sc_time end;
  std::array<std::uint64_t, cause_count> cycles{};  ///< Per cause; sums to the job's duration.
  std::uint64_t operations = 0;                     ///< MACs (tmac, spu), outputs (merge), bytes (dma).
  std::uint64_t bytes_read = 0;                     ///< From the scratchpad (units) or the source (dma).
  std::uint64_t bytes_written = 0;
  std::uint64_t fused_extra_cycles = 0;  ///< tmac, fused: nominal cycles beyond those of the dense pass alone.
  Activity activity;                     ///< What it did that costs energy.
  ErrorCode error = ErrorCode::none;
};

/// Called at the end of each job, before the unit can start the next one: scratchpad and accumulators still hold the
/// job's results.
using JobObserver = std::function<void(const JobRecord&)>;

class HwpeControl final : private RegisterTarget {
 public:
  /// `table`: the generated description of the unit's registers. `contexts`: queue depth, 1 to 4. `interrupt` is the
  /// unit's output port. Call from the unit's constructor.
  HwpeControl(std::string name, std::span<const registers::RegisterDescription> table, std::uint32_t contexts,
              sc_core::sc_time clock_period, sc_core::sc_out<bool>& interrupt);

  /// Register access from the bus; `transaction`'s address is relative to the block. Only aligned 32-bit accesses are
  /// legal; everything else gets a TLM error response. Delay is added to `delay`.
  void access(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  /// Debug access: no side effects on read; returns the number of bytes.
  unsigned access_debug(tlm::tlm_generic_payload& transaction);

  /// Sets the constant value of a capability register.
  void set_capability(std::uint32_t offset, std::uint32_t value);
  /// A debugger's or test bench's view of a register, without side effects.
  [[nodiscard]] std::uint32_t peek(std::uint32_t offset) const;
  void set_observer(JobObserver observer);
  /// Registers ARB_PRIORITY and ARB_MAX_STALL, which a job's accesses to the scratchpad go by from its next cycle on.
  [[nodiscard]] PortRank rank() const;
  void set_rank(const PortRank& rank);

  // -- used by the unit's thread ---------------------------------------------------------------------------------
  HwpeJob wait_for_job();
  /// Lets `cycles` pass and books them to `cause`. False when the job was soft-cleared: drop it without finish().
  [[nodiscard]] bool spend(Cause cause, std::uint64_t cycles);
  /// Time that passes outside spend() and execute(), as in a blocking access, goes to `cause` from now on, until one of
  /// them is called. A soft clear is noticed then.
  void set_cause(Cause cause);
  /// Of the job's cycles that went to `from` so far, `cycles` belong to `to`.
  void reattribute(Cause from, Cause to, std::uint64_t cycles);
  /// Lets the time pass that `engine` takes when it is stepped as initiator `port` of the scratchpad, and books every
  /// cycle to the cause it names (timing level `cycle`). False as above.
  [[nodiscard]] bool execute(ClockDomain& domain, Clocked& engine, unsigned port);
  /// Adds to the running job's record.
  void count(std::uint64_t operations, std::uint64_t bytes_read, std::uint64_t bytes_written);
  void count(const Activity& activity) { record_.activity += activity; }
  void count_fused_extra(std::uint64_t cycles) { record_.fused_extra_cycles += cycles; }
  void count_overflow(std::uint64_t events);
  void count_saturation(std::uint64_t events);
  /// The running job is done: counters, FINISHED_JOBS, interrupt, observer; the next job may start.
  void finish();
  /// The running job failed: ERR_CODE, ERR_ADDR, ERR_JOB, interrupt; the queue stands until SOFT_CLEAR.
  void fail(ErrorCode code, std::uint32_t address);
  /// Offset (from the block's start) of job register `index`, for ERR_ADDR.
  [[nodiscard]] static std::uint32_t job_register_offset(std::size_t index);

 private:
  RegisterError read_register(std::uint32_t offset, std::uint32_t& value, sc_core::sc_time& delay) override;
  RegisterError write_register(std::uint32_t offset, std::uint32_t value, sc_core::sc_time& delay) override;
  [[nodiscard]] RegisterError peek_register(std::uint32_t offset, std::uint32_t& value) const override;

  void write_job_register(std::uint32_t offset, std::uint32_t value);
  void commit_trigger(std::uint32_t action);
  void soft_clear(std::uint32_t scope);
  void performance_control(std::uint32_t value);

  void raise(registers::Field interrupt);
  void record_error(ErrorCode code, std::uint32_t address, std::uint32_t job);
  void count_events(std::uint32_t offset, std::uint64_t events);
  void end_job(ErrorCode error);
  void drive_interrupt();
  void interrupt_may_change();

  /// Brings the engine under way, and the counters, up to the present.
  void synchronize();

  [[nodiscard]] std::uint64_t cycle() const;
  [[nodiscard]] sc_core::sc_time until_cycle(std::uint64_t cycle) const;

  const std::string name_;
  const sc_core::sc_time clock_period_;
  RegisterFile registers_;
  JobQueue queue_;
  PerformanceCounters counters_;
  JobObserver observer_;
  JobRecord record_;               ///< Of the running job.
  ClockDomain* domain_ = nullptr;  ///< Of the engine under way.
  Clocked* engine_ = nullptr;
  unsigned port_ = 0;     ///< Of the engine, at the scratchpad.
  bool dropped_ = false;  ///< The job the unit's thread works on was soft-cleared.
  sc_core::sc_event engine_done_;
  sc_core::sc_event changed_;  ///< Wakes the unit's thread: something was triggered or cleared.
  sc_core::sc_event interrupt_edge_;
  sc_core::sc_out<bool>& interrupt_;
};

}  // namespace terse
