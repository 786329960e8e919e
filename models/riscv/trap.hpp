#pragma once
// Causes of traps and privilege levels, numbered as the privileged specification numbers them.
#include <cstdint>

namespace terse::riscv {

enum class Cause : std::uint32_t {
  instruction_misaligned = 0,
  instruction_access_fault = 1,
  illegal_instruction = 2,
  breakpoint = 3,
  load_misaligned = 4,
  load_access_fault = 5,
  store_misaligned = 6,  // stores and atomic operations
  store_access_fault = 7,
  ecall_from_user = 8,
  ecall_from_machine = 11,
};

enum class Privilege : std::uint32_t { user = 0, machine = 3 };

/// A synchronous exception: its cause and what mtval reports.
struct Trap {
  Cause cause{};
  std::uint32_t value = 0;
};

/// Where a hart can do nothing any more: the first instruction of its trap handler causes the next trap, with
/// interrupts disabled. Hardware would repeat that for ever.
struct Lockup {
  std::uint32_t handler = 0;
  Trap trap{};
};

/// Interrupt numbers: bit positions in mip and mie, and mcause without its top bit.
constexpr std::uint32_t machine_software_interrupt = 3;
constexpr std::uint32_t machine_timer_interrupt = 7;
constexpr std::uint32_t machine_external_interrupt = 11;
constexpr std::uint32_t interrupt_flag = 0x80000000;  // in mcause

}  // namespace terse::riscv
