#pragma once
// The one place that says what an instruction costs.
#include <cstdint>

#include "models/riscv/instruction.hpp"

namespace terse::riscv {

/// Nominal timing: every instruction takes one clock cycle, taken or not, multiplied or divided; entering a trap is
/// part of the instruction that causes it. Memory comes on top: one read latency for each aligned word an instruction
/// lies in, and one latency for each aligned word a load or store touches.
class InstructionCost {
 public:
  explicit InstructionCost(std::uint64_t clock_period) : clock_period_(clock_period) {}

  /// Ticks of an instruction without its data accesses; `fetch_latency` is what reading it took.
  std::uint64_t ticks(const Instruction& /*instruction*/, std::uint64_t fetch_latency) const {
    return clock_period_ + fetch_latency;
  }

  /// Ticks of an instruction whose fetch fails.
  std::uint64_t failed_fetch() const { return clock_period_; }

 private:
  std::uint64_t clock_period_;
};

}  // namespace terse::riscv
