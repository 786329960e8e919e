#pragma once
// What each operation does.
#include "models/riscv/instruction.hpp"

namespace terse::riscv {

Handler handler_of(Operation operation);

/// The handler of a slot that has not been decoded.
std::uint32_t execute_undecoded(Hart& hart, const Instruction& instruction, std::uint32_t pc);

}  // namespace terse::riscv
