#pragma once
// What operations have in common. The ranges are those of enum Operation, which lists them as the specification does.
#include "models/riscv/instruction.hpp"

namespace terse::riscv {

constexpr bool is_within(Operation operation, Operation first, Operation last) {
  return first <= operation && operation <= last;
}

constexpr bool is_branch(Operation operation) {
  return is_within(operation, Operation::beq, Operation::bgeu);
}
/// Branches and jumps: what ends a block.
constexpr bool is_control_transfer(Operation operation) {
  return is_within(operation, Operation::jal, Operation::bgeu);
}
/// Plain loads, not atomic ones.
constexpr bool is_load(Operation operation) {
  return is_within(operation, Operation::lb, Operation::lhu);
}
/// Plain stores.
constexpr bool is_store(Operation operation) {
  return is_within(operation, Operation::sb, Operation::sw);
}
constexpr bool is_atomic(Operation operation) {
  return is_within(operation, Operation::lr_w, Operation::amomaxu_w);
}
constexpr bool is_division(Operation operation) {
  return is_within(operation, Operation::div, Operation::remu);
}
constexpr bool is_csr_access(Operation operation) {
  return is_within(operation, Operation::csrrw, Operation::csrrci);
}

/// Reads memory: what the monitor of loads counts.
constexpr bool loads(Operation operation) {
  return is_load(operation) || (is_atomic(operation) && operation != Operation::sc_w);
}
/// Writes memory: what the monitor of stores counts.
constexpr bool stores(Operation operation) {
  return is_store(operation) || (is_atomic(operation) && operation != Operation::lr_w);
}
/// Bytes that a load, store or atomic operation accesses.
constexpr unsigned access_size(Operation operation) {
  switch (operation) {
    case Operation::lb:
    case Operation::lbu:
    case Operation::sb:
      return 1;
    case Operation::lh:
    case Operation::lhu:
    case Operation::sh:
      return 2;
    default:
      return 4;
  }
}

/// Has a destination register in its encoding.
constexpr bool writes_register(Operation operation) {
  switch (operation) {
    case Operation::illegal:
    case Operation::fence:
    case Operation::ecall:
    case Operation::ebreak:
    case Operation::fence_i:
    case Operation::mret:
    case Operation::wfi:
      return false;
    default:
      return !is_branch(operation) && !is_store(operation);
  }
}

}  // namespace terse::riscv
