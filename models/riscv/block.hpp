#pragma once
// A block: decoded instructions that run from the first to the last without a decision in between.
//
// A block ends with its only control transfer, before an instruction of the system (CSR access, ecall, mret, wfi,
// fence.i ...), which has a block of its own, before a breakpoint, or where its memory ends. Behind its instructions
// stands one more entry that leads out of it; where the block ends in a jump nothing ever gets there.
#include <array>
#include <cstdint>
#include <vector>

#include "models/riscv/instruction.hpp"

namespace terse::riscv {

/// Privileges that fetches and data accesses have: code is decoded and translated for one such pair.
enum class Mode : std::uint8_t { machine, user, machine_with_user_data };
constexpr unsigned mode_count = 3;

struct Block {
  /// More cycles than a run may last: a block with this bound is never entered (see Hart::run).
  static constexpr std::int64_t never = 0x7fffffff;

  /// Enter only with at least so many cycles left: then the last instruction still starts before the limit.
  std::int64_t bound = never;
  const Instruction* first = nullptr;
  std::uint32_t cycles = 0;         ///< From start to end, without data latency and a taken branch's extra.
  std::uint32_t count = 0;          ///< Instructions that retire if it runs to its end.
  std::uint32_t taken_extra = 0;    ///< Cycles that a taken branch at its end costs more than one not taken.
  std::uint32_t entry_latency = 0;  ///< Cycles to refill the prefetch buffer when a jump leads here; 0 without one.
  std::int32_t heat = 0;            ///< Executions left before it is translated.
  std::uint32_t attempts = 0;       ///< Of stepping through it before it is translated.
  Block* taken = nullptr;           ///< Successors, once known.
  Block* next = nullptr;

  std::uint32_t pc = 0;
  std::uint64_t end = 0;  ///< Address behind its last byte.
  Mode mode = Mode::machine;
  bool single = false;  ///< Made to step one instruction: stays out of the chain of blocks.
  bool valid = true;    ///< False once its code was overwritten.
  std::uint16_t loads = 0;
  std::uint16_t stores = 0;
  std::int64_t real_bound = never;  ///< `bound`, also of a block whose translation is to be entered instead.
  /// Host code, if translated: the way in from the code before it and that from a jump.
  const std::uint8_t* translation = nullptr;
  const std::uint8_t* translation_of_jump = nullptr;
  std::array<std::uint8_t*, 2> translated_bounds{};  ///< Where that code keeps its bound.
  const std::uint8_t* source = nullptr;              ///< The bytes it was decoded from, and a copy of them.
  std::vector<std::uint8_t> bytes;
  std::vector<Instruction> code;
};

}  // namespace terse::riscv
