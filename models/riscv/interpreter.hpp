#pragma once
// Runs blocks by calling one handler for each decoded instruction.
#include "models/riscv/block.hpp"

namespace terse::riscv {

/// What executes an operation within a block.
Handler handler_of(Operation operation);
/// What leads out of a block that ends without a control transfer: on to its successor, or, where the next instruction
/// may have to wait for a register (`stalls`), back to the run loop.
Handler end_handler(bool stalls);

/// Whether it has a block of its own, as it may change what the next instruction is or how it is executed.
bool is_system(Operation operation);

/// Executes one instruction of a block apart from the others, with `remaining` exact; not one that ends a block. False:
/// the block has been left.
bool execute_apart(Hart& hart, const Instruction& instruction);

/// Runs from this block on, until it is left for the run loop. hart.state.remaining says how long.
void interpret(Hart& hart, const Block& block);

}  // namespace terse::riscv
