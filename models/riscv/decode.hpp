#pragma once
// From instruction bits to operation and operands. Source: RISC-V ISA manual volume I, chapter "RV32/64G Instruction
// Set Listings", and chapter "C" for compressed.hpp.
#include <cstdint>

#include "models/riscv/instruction.hpp"

namespace terse::riscv {

/// Length in bytes that the lowest bits of an instruction announce. Encodings longer than 32 bits are illegal here and
/// count as 4.
constexpr unsigned instruction_length(std::uint32_t bits) {
  return (bits & 3) == 3 ? 4 : 2;
}

/// Decodes everything but `execute` and `ticks`. Of a compressed instruction only the low 16 bits are looked at.
/// Without `compressed_enabled` (misa.C) those are illegal.
Instruction decode(std::uint32_t bits, bool compressed_enabled = true);

/// The 32-bit instruction that a compressed one abbreviates; 0 (an illegal instruction) if it is reserved or needs an
/// extension this core lacks. HINTs expand to instructions that write x0.
std::uint32_t expand_compressed(std::uint16_t bits);

}  // namespace terse::riscv
