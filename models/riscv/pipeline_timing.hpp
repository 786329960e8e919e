#pragma once
// What instructions cost, in whole clock cycles: a table per core, and the rules that read it.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/riscv/instruction.hpp"

namespace terse::riscv {

/// Instructions that cost the same.
enum class InstructionClass : std::uint8_t {
  integer,  ///< and Zba, Zbb, Zbs, fence, wfi, and what traps by itself: ecall, ebreak, illegal
  multiply,
  multiply_high,
  divide,
  load,   ///< and lr
  store,  ///< and sc
  atomic,
  branch,
  jump,
  jump_register,
  csr,
  fence_i,
  mret,
};
InstructionClass class_of(Operation operation);

/// How long a division takes, from its operands.
enum class DivideRule : std::uint8_t {
  fixed,         ///< always `divide`
  zero_divisor,  ///< `divide_minimum` if the divisor is zero, else `divide`
  /// `divide_minimum` + the places that the divisor is shifted left, at most `divide`. The places are its leading zeros
  /// or, for a negative divisor of div and rem, its leading ones less one.
  leading_bits,
};

/// Timing rule: an instruction takes the cycles of its class; a stall between it and the one executed before it
/// (stall_between) is added to it. Memory comes on top:
///  - Data: one latency for each aligned word a load or store touches, less `overlapped_latency` each; an atomic
///    operation's load and store both count.
///  - Fetch: without `prefetch` one latency for each aligned word that the instruction lies in. With it, sequential
///    instructions are there in time, and only the first one behind a control transfer (taken branch, jump, fence.i,
///    mret, trap, interrupt) pays one latency, and `split_target` cycles if it lies in two words.
/// Not modelled: a prefetch buffer that runs dry behind a slow memory, writes that stall behind one another, sleep
/// transitions of wfi.
///
/// Every figure of an instruction is at least 1, `load_use` >= `load`, `branch_taken` >= `branch`,
/// `divide` >= `divide_minimum`.
struct PipelineTiming {
  std::uint32_t integer = 1;
  std::uint32_t multiply = 1;
  std::uint32_t multiply_high = 1;  ///< mulh, mulhsu, mulhu
  std::uint32_t divide = 1;         ///< and remainder: the longest
  std::uint32_t divide_minimum = 1;
  DivideRule divide_rule = DivideRule::fixed;
  std::uint32_t load = 1;
  std::uint32_t load_use = 1;  ///< of a load whose register the next instruction reads
  std::uint32_t store = 1;
  std::uint32_t atomic = 1;
  std::uint32_t branch = 1;  ///< not taken
  std::uint32_t branch_taken = 1;
  std::uint32_t jump = 1;           ///< jal
  std::uint32_t jump_register = 1;  ///< jalr
  std::uint32_t csr = 1;
  std::uint32_t csr_status = 1;  ///< instead of `csr` for the registers that is_status_csr names
  std::uint32_t fence_i = 1;
  std::uint32_t mret = 1;

  std::uint32_t jump_register_use = 0;  ///< stall of a jalr whose register the instruction before writes
  std::uint32_t exception = 0;          ///< entry, on top of the instruction that traps
  std::uint32_t interrupt = 0;          ///< entry
  std::uint32_t second_access = 0;      ///< of a load or store that touches two words
  std::uint32_t overlapped_latency = 0;
  std::uint32_t split_target = 0;
  bool prefetch = false;

  /// What can be said without operands: a branch as not taken, a division at its longest, nothing of memory.
  std::uint32_t cost(const Instruction& instruction) const;
  /// What a taken branch costs more than cost() says.
  std::uint32_t taken() const { return branch_taken - branch; }
  /// Cycles of div, divu, rem or remu.
  std::uint32_t divide_cycles(Operation operation, std::uint32_t dividend, std::uint32_t divisor) const;
  bool divide_depends_on_operands() const { return divide_rule != DivideRule::fixed && divide_minimum != divide; }
  /// Cycles that `next` waits for a register of `previous`, executed just before it. No wait spans a control transfer,
  /// which takes longer.
  std::uint32_t stall_between(const Instruction& previous, const Instruction& next) const;
};

/// Names of the presets: nominal, ibex, cv32e40p. Sources are beside the figures (pipeline_timing.cpp).
const std::vector<std::string>& timing_presets();
/// `name` is one of them.
PipelineTiming timing_preset(std::string_view name);

/// Whether the instruction reads register x1 to x31; x0 is never waited for.
bool uses(const Instruction& instruction, unsigned reg);
/// CSRs that CV32E40P accesses with an empty pipeline only.
bool is_status_csr(std::uint32_t number);

}  // namespace terse::riscv
