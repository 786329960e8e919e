#pragma once
// The architectural machine: registers, program counter, traps, and the loop that runs blocks.
//
// A Hart never waits for the kernel. It runs until its local time reaches the limit or something asks for attention (a
// bus transaction, a newly enabled interrupt, wfi); RiscvCore then synchronizes and calls it again.
//
// Where to read what: instruction.hpp and decode.cpp (bits to operations), block.hpp and block_builder.cpp (operations
// to blocks), interpreter.cpp (how blocks run), system.cpp (CSRs, traps, fences), data_access.cpp (loads and stores
// that are not simply a memory access), translator.hpp (how blocks become host code), observe.cpp (debugging).
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "models/riscv/block_cache.hpp"
#include "models/riscv/csr.hpp"
#include "models/riscv/debug.hpp"
#include "models/riscv/local_time.hpp"
#include "models/riscv/memory_port.hpp"
#include "models/riscv/pipeline_timing.hpp"
#include "models/riscv/trap.hpp"

namespace terse::riscv {

class Translator;

struct HartOptions {
  std::uint32_t hart_id = 0;
  bool misaligned_traps = false;
  bool translate = true;
  unsigned pmp_regions = 0;
  PipelineTiming timing;
  std::uint64_t clock_period = 1;  ///< in units of the time resolution
  TimebaseRatio timebase;
  std::uint32_t reset_vector = 0;
};

/// What running code works on. Translated code finds its members by their offsets.
struct HartState {
  /// x0 to x31, and the place where writes to x0 go.
  std::array<std::uint32_t, 33> x{};
  std::uint32_t pc = 0;
  /// Cycles left until the limit. Exact outside of blocks; within one see interpreter.cpp.
  std::int64_t remaining = 0;
  std::uint64_t retired = 0;
  EventCounts events;
  Block* block = nullptr;           ///< running
  JumpCache* jump_cache = nullptr;  ///< of the mode in force
  const std::uint8_t* code_lines = nullptr;
  /// Where the block that was left keeps the pointer to its successor at `pc`, to be filled in; or nullptr.
  Block** link = nullptr;
  std::uint8_t* translated_link = nullptr;  ///< likewise, a jump in translated code
  /// The instruction just executed, if the next one may have to wait for a register of it; else nullptr.
  const Instruction* previous = nullptr;
  bool redirected = false;  ///< The way to `pc` was a jump, and its target has not been fetched yet.
};

class Hart {
 public:
  Hart(const HartOptions& options, MemoryPort& fetch, MemoryPort& data, LocalTime& time);
  ~Hart();
  Hart(const Hart&) = delete;
  Hart& operator=(const Hart&) = delete;

  /// Takes an interrupt if one is due, then runs at least one instruction, until local time reaches `limit` (cycles) or
  /// attention is requested.
  void run(std::uint64_t limit);

  // --- for the instruction handlers and translated code ---

  HartState state;

  MemoryPort& data() { return data_; }
  CsrFile& csrs() { return csrs_; }
  const CsrFile& csrs() const { return csrs_; }
  const PipelineTiming& timing() const { return timing_; }
  BlockCache& blocks() { return blocks_; }
  bool counting() const { return counting_; }

  /// Executes a load, store or atomic operation of a running block in full, with `remaining` exact. False: the block has
  /// been left (a trap, or something asks for attention), and the state is that between two instructions.
  bool access(const Instruction& instruction);
  /// Executes an instruction of the system, which has a block of its own, and leaves the state between instructions.
  void execute_system(const Instruction& instruction);
  /// A block is left at `instruction`, by a trap that it causes.
  void raise(const Trap& trap, const Instruction& instruction);
  /// A block is left behind `instruction`, which is not its last.
  void leave_after(const Instruction& instruction);

  // --- for debuggers (debug.hpp) ---

  void set_stop_handler(std::function<void(const Stop&)> handler);
  void set_trace(std::function<void(const ExecutedInstruction&)> trace);
  void add_breakpoint(std::uint32_t address);
  void remove_breakpoint(std::uint32_t address);
  void add_watchpoint(const Watchpoint& watchpoint);
  void remove_watchpoint(const Watchpoint& watchpoint);
  void set_stop_at_ebreak(bool stop);
  bool stops_at_ebreak() const { return stop_at_ebreak_; }
  void step() { request_stop({.cause = Stop::Cause::step}); }
  void request_stop(const Stop& stop);

  // --- for the core ---

  std::uint32_t pc() const { return state.pc; }
  void set_pc(std::uint32_t pc);
  /// As the core itself at its current privilege, between two instructions; false if it could not.
  bool set_csr(std::uint32_t number, std::uint32_t value);
  bool waiting() const { return waiting_; }
  const std::optional<Lockup>& lockup() const { return lockup_; }
  void wake() { waiting_ = false; }
  /// Memory may have changed without this hart writing it.
  void forget_code() { flush_ = true; }
  bool translates() const { return translator_ != nullptr; }

  std::uint64_t instructions() const { return state.retired; }
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
    std::optional<Trap> trap;
  };

  // The run loop (hart.cpp).
  void take_interrupt();
  void run_one_round();
  void run_block(Block& block);
  void step_instruction();
  void record_addresses(Block& block);
  void synchronize_time() { time_.now = time_.limit - static_cast<std::uint64_t>(state.remaining); }
  void adopt_time() { state.remaining = static_cast<std::int64_t>(time_.limit - time_.now); }
  void enter_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc, std::uint32_t cycles);
  void mode_changed();
  void count_events(const Instruction& instruction, std::uint32_t count);
  void reconsider_interrupts();

  // Blocks (block_builder.cpp).
  Block* block_at(std::uint32_t pc, bool single);
  std::unique_ptr<Block> build(std::uint32_t pc, bool single) const;
  std::unique_ptr<Block> build_uncached(std::uint32_t pc, std::uint32_t bits) const;
  void finish(Block& block, std::uint32_t fetch_latency) const;
  void flush_if_outdated();
  Fetched fetch(std::uint32_t pc);

  // Loads and stores (data_access.cpp).
  std::optional<Trap> load(const Instruction& instruction, std::uint32_t address);
  std::optional<Trap> store(const Instruction& instruction, std::uint32_t address);
  std::optional<Trap> read(std::uint32_t address, void* destination, unsigned size);
  std::optional<Trap> write(std::uint32_t address, const void* source, unsigned size);
  std::optional<Trap> load_reserved(const Instruction& instruction);
  std::optional<Trap> store_conditional(const Instruction& instruction);
  std::optional<Trap> atomic_update(const Instruction& instruction);

  // System (system.cpp).
  std::optional<Trap> access_csr(const Instruction& instruction);
  std::optional<Trap> execute_privileged(const Instruction& instruction, std::uint32_t& next_pc);

  // Observation (observe.cpp).
  bool observed() const;
  bool may_stop_at(const Block& block) const;
  bool may_stop_here();
  void observe_step();
  void trace_step(std::uint32_t pc, bool trapped);
  bool next_is_ebreak();
  void stop_if_due();
  void observe_accesses();
  void report_watched_accesses();

  LocalTime& time_;
  MemoryPort& fetch_;
  MemoryPort& data_;
  PipelineTiming timing_;
  CsrFile csrs_;
  BlockCache blocks_;
  std::unique_ptr<Translator> translator_;
  Instruction stepped_;              // the one executed alone last
  Instruction previous_;             // what state.previous points to once its block has gone
  std::unique_ptr<Block> uncached_;  // the instruction under way whose memory grants no direct access
  JumpCache nowhere_;                // finds nothing: keeps single steps from running on
  Mode mode_ = Mode::machine;
  Reservation reservation_;
  std::optional<Lockup> lockup_;
  bool misaligned_traps_;
  bool may_stall_;  // the timing knows stalls between instructions
  bool waiting_ = false;
  bool counting_ = false;
  bool leave_block_ = false;    // the access under way has changed code
  bool flush_ = false;          // all blocks, when none is running
  std::uint64_t outdated_ = 0;  // generation of memory and protection that the blocks were made for
  std::uint64_t exceptions_ = 0;
  std::uint64_t interrupts_ = 0;

  std::function<void(const Stop&)> stop_handler_;
  std::function<void(const ExecutedInstruction&)> trace_;
  std::set<std::uint32_t> breakpoints_;
  std::vector<Watchpoint> watchpoints_;
  std::vector<DataAccess> accesses_;  // of the instruction under way, while observed
  std::optional<Stop> stop_;          // due before the next instruction
  bool stop_at_ebreak_ = false;
  bool interrupted_ = false;  // an interrupt was taken and nothing executed since
};

}  // namespace terse::riscv
