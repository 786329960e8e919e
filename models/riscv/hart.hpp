#pragma once
// The architectural machine: registers, program counter, traps, and the loop that runs instructions.
//
// A Hart never waits for the kernel. It runs until its local time reaches the limit or something asks for attention (a
// bus transaction, a newly enabled interrupt, wfi); RiscvCore then synchronizes and calls it again.
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "models/riscv/code_cache.hpp"
#include "models/riscv/csr.hpp"
#include "models/riscv/instruction_cost.hpp"
#include "models/riscv/local_time.hpp"
#include "models/riscv/memory_port.hpp"
#include "models/riscv/trap.hpp"

namespace terse::riscv {

struct HartOptions {
  std::uint32_t hart_id = 0;
  bool misaligned_traps = false;
  bool decode_cache = true;
  std::uint64_t clock_period = 1;  ///< in units of the time resolution
  TimebaseRatio timebase;
  std::uint32_t reset_vector = 0;
  std::uint32_t pmp_regions = 8;  ///< at most 16
};

class Hart {
 public:
  Hart(const HartOptions& options, MemoryPort& fetch, MemoryPort& data, LocalTime& time);

  /// Takes an interrupt if one is due, then runs at least one instruction, until local time reaches `limit` or
  /// attention is requested.
  void run(std::uint64_t limit);

  // --- for the instruction handlers ---

  /// x0 to x31, and the place where writes to x0 go.
  std::array<std::uint32_t, 33> x{};

  MemoryPort& data() { return data_; }
  CsrFile& csrs() { return csrs_; }
  const CsrFile& csrs() const { return csrs_; }

  /// Enters the trap handler for the instruction at `pc`, which does not retire. Returns the handler's address.
  std::uint32_t raise(const Trap& trap, std::uint32_t pc);
  /// Decodes the instruction at `pc` and executes it.
  std::uint32_t decode_and_execute(std::uint32_t pc);

  /// Accesses the fast path declined. The result is the trap to raise, if any.
  std::optional<Trap> load(std::uint32_t address, void* destination, unsigned size);
  std::optional<Trap> store(std::uint32_t address, const void* source, unsigned size);

  std::optional<Trap> load_reserved(std::uint32_t address, std::uint32_t& value);
  /// `succeeded` tells whether the store happened.
  std::optional<Trap> store_conditional(std::uint32_t address, std::uint32_t value, bool& succeeded);
  /// One word for an atomic operation: aligned only, and every failure is a store's.
  std::optional<Trap> load_for_update(std::uint32_t address, std::uint32_t& value);
  std::optional<Trap> store_update(std::uint32_t address, std::uint32_t value);

  /// After anything that may enable an interrupt: looks before the next instruction.
  void reconsider_interrupts();
  void wait_for_interrupt();
  void instruction_stream_changed() { code_.invalidate_all(); }

  // --- for debuggers (debug.hpp) ---

  void set_stop_handler(std::function<void(const Stop&)> handler);
  void set_trace(std::function<void(const ExecutedInstruction&)> trace);
  void add_breakpoint(std::uint32_t address);
  void remove_breakpoint(std::uint32_t address);
  void add_watchpoint(const Watchpoint& watchpoint);
  void remove_watchpoint(const Watchpoint& watchpoint);
  void set_stop_at_ebreak(bool stop) { stop_at_ebreak_ = stop; }
  void step() { request_stop({.cause = Stop::Cause::step}); }
  void request_stop(const Stop& stop);

  // --- for the core ---

  std::uint32_t pc() const { return pc_; }
  void set_pc(std::uint32_t pc) { pc_ = pc & ~csrs_.misaligned_jump_bits(); }
  bool waiting() const { return waiting_; }
  const std::optional<Lockup>& lockup() const { return lockup_; }
  void wake() { waiting_ = false; }
  /// Memory behind these addresses changed without this hart writing it.
  void forget_code(std::uint64_t first, std::uint64_t last) { code_.invalidate_pages(first, last); }

  std::uint64_t instructions() const { return retired_; }
  std::uint64_t exceptions() const { return exceptions_; }
  std::uint64_t interrupts() const { return interrupts_; }

 private:
  struct Reservation {
    bool valid = false;
    std::uint32_t address = 0;
    std::uint32_t value = 0;
  };
  struct Fetched {
    std::uint32_t bits = 0;
    std::uint64_t latency = 0;  ///< of direct accesses; transported ones have moved local time already
    bool direct = true;
  };

  void take_interrupt();
  bool observed() const;
  void run_observed();
  void stop_if_due();
  void observe_accesses();
  void execute_observed(bool after_interrupt);
  std::optional<Trap> fetch(std::uint32_t pc, Fetched& fetched);
  bool fetch_word(std::uint32_t address, std::uint32_t& word, Fetched& fetched);

  LocalTime& time_;
  MemoryPort& fetch_;
  MemoryPort& data_;
  InstructionCost cost_;
  std::uint64_t retired_ = 0;
  EventCounts events_;
  CsrFile csrs_;
  CodeCache code_;
  CodePage* page_;
  std::uint32_t pc_;
  Reservation reservation_;
  std::optional<Lockup> lockup_;
  bool misaligned_traps_;
  bool decode_cache_;
  bool waiting_ = false;
  std::uint64_t exceptions_ = 0;
  std::uint64_t interrupts_ = 0;

  std::function<void(const Stop&)> stop_handler_;
  std::function<void(const ExecutedInstruction&)> trace_;
  std::set<std::uint32_t> breakpoints_;
  std::vector<Watchpoint> watchpoints_;
  std::vector<DataAccess> accesses_;  // of the instruction under way, while observed
  std::optional<Stop> stop_;          // due before the next instruction
  bool stop_at_ebreak_ = false;
};

}  // namespace terse::riscv
