#pragma once
// What a debugger, a tracer or a watchdog may ask of the core. While nobody asks for anything, none of this costs time.
//
// The stop handler runs in the core's own process, between two instructions: as long as it does not return, simulated
// time stands still for the whole platform.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/riscv/instruction.hpp"

namespace terse::riscv {

enum class AccessKind : std::uint8_t { read, write, read_or_write };

/// A range of bus addresses. The core stops after the instruction that touches it.
struct Watchpoint {
  std::uint32_t address = 0;
  std::uint32_t size = 0;  ///< Bytes, at least 1.
  AccessKind kind = AccessKind::write;
  bool operator==(const Watchpoint&) const = default;
};

/// Why the core stands between two instructions.
struct Stop {
  enum class Cause : std::uint8_t {
    requested,   ///< request_stop() without a reason, as at the start of a debug session
    step,        ///< the instruction asked for by step() is done
    breakpoint,  ///< the next instruction has one
    watchpoint,  ///< an access touched a watched range
    ebreak,      ///< the next instruction is an ebreak and stop_at_ebreak is set
    lockup,      ///< the core can do nothing any more
  };
  Cause cause = Cause::requested;
  std::uint32_t address = 0;   ///< watchpoint: of the first watched byte touched
  bool write = false;          ///< watchpoint: by a write
  std::string initiator = {};  ///< watchpoint: who did it; empty for the core itself
};

/// One bus access of an instruction. Pieces of a misaligned one are reported as one.
struct DataAccess {
  std::uint32_t address = 0;
  std::uint8_t size = 0;  ///< bytes: 1, 2, 4
  bool write = false;
  std::uint32_t value = 0;
};

/// An instruction that the core has executed (or that trapped).
struct ExecutedInstruction {
  std::uint64_t cycle = 0;  ///< clock cycles since reset, at its end
  std::uint32_t pc = 0;
  std::uint32_t next_pc = 0;
  const Instruction* instruction = nullptr;  ///< decoded; operation `illegal` with bits 0 if it could not be fetched
  std::uint32_t result = 0;                  ///< new value of instruction->rd
  bool wrote_register = false;
  bool trapped = false;                   ///< did not retire: an exception
  bool interrupt_before = false;          ///< an interrupt was taken just before it
  std::vector<DataAccess> accesses = {};  ///< loads before stores
};

}  // namespace terse::riscv
