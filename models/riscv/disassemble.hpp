#pragma once
// Instructions as text, for traces. Compressed ones appear as what they abbreviate; there are no pseudo-instructions.
#include <cstdint>
#include <string>

#include "models/riscv/instruction.hpp"

namespace terse::riscv {

/// "addi a0, sp, -16"; "illegal 0x0000" for what is no instruction. Jumps and branches show their target, which needs
/// the `pc` of the instruction.
std::string disassemble(const Instruction& instruction, std::uint32_t pc);

/// Name in the calling convention: "zero", "ra", "sp" ...; "zero" also for discarded_register.
const char* register_name(unsigned index);
/// "mstatus"; "0x7c0" for a register without a name here.
std::string csr_name(std::uint32_t number);

}  // namespace terse::riscv
