// Loads, stores and atomic operations in full: devices, misaligned addresses, traps, stores into code.
#include <algorithm>

#include "models/riscv/arithmetic.hpp"
#include "models/riscv/hart.hpp"
#include "models/riscv/operation_kinds.hpp"

namespace terse::riscv {
namespace {

// A misaligned access is made as hardware makes it: one access for each aligned word it touches. Calls `access` with
// the piece's offset and size until it fails; returns the offset of the failing piece.
template <class Access>
std::optional<unsigned> for_each_aligned_piece(std::uint32_t address, unsigned size, Access access) {
  const unsigned first = std::min(size, 4 - address % 4);
  if (!access(0u, first)) return 0;
  if (first < size && !access(first, size - first)) return first;
  return std::nullopt;
}

std::uint32_t extend(Operation operation, std::uint32_t value) {
  if (operation == Operation::lb) return static_cast<std::uint32_t>(static_cast<std::int8_t>(value));
  if (operation == Operation::lh) return static_cast<std::uint32_t>(static_cast<std::int16_t>(value));
  return value;
}

std::uint32_t updated(Operation operation, std::uint32_t old, std::uint32_t operand) {
  namespace a = arithmetic;
  switch (operation) {
    case Operation::amoadd_w:
      return a::add(old, operand);
    case Operation::amoxor_w:
      return a::xor_(old, operand);
    case Operation::amoand_w:
      return a::and_(old, operand);
    case Operation::amoor_w:
      return a::or_(old, operand);
    case Operation::amomin_w:
      return a::min(old, operand);
    case Operation::amomax_w:
      return a::max(old, operand);
    case Operation::amominu_w:
      return a::minu(old, operand);
    case Operation::amomaxu_w:
      return a::maxu(old, operand);
    default:
      return operand;  // amoswap
  }
}

}  // namespace

bool Hart::access(const Instruction& instruction) {
  const Operation operation = instruction.operation;
  const std::uint32_t address = state.x[instruction.rs1] + instruction.immediate;
  synchronize_time();
  leave_block_ = false;
  // What a device that is accessed, or a debugger that is told of it, may ask for.
  state.pc = instruction.pc;
  state.retired += instruction.index;
  std::optional<Trap> trap;
  if (is_load(operation)) {
    trap = load(instruction, address);
  } else if (is_store(operation)) {
    trap = store(instruction, address);
  } else if (operation == Operation::lr_w) {
    trap = load_reserved(instruction);
  } else if (operation == Operation::sc_w) {
    trap = store_conditional(instruction);
  } else {
    trap = atomic_update(instruction);
  }
  adopt_time();
  state.retired -= instruction.index;
  if (trap) {
    raise(*trap, instruction);
    return false;
  }
  if (!time_.attention && !leave_block_) return true;
  leave_after(instruction);
  return false;
}

std::optional<Trap> Hart::load(const Instruction& instruction, std::uint32_t address) {
  std::uint32_t value = 0;
  if (const auto trap = read(address, &value, access_size(instruction.operation))) return trap;
  state.x[instruction.rd] = extend(instruction.operation, value);
  return std::nullopt;
}

std::optional<Trap> Hart::store(const Instruction& instruction, std::uint32_t address) {
  return write(address, &state.x[instruction.rs2], access_size(instruction.operation));
}

std::optional<Trap> Hart::read(std::uint32_t address, void* destination, unsigned size) {
  if (misaligned_traps_ && address % size != 0) return Trap{Cause::load_misaligned, address};
  auto* bytes = static_cast<std::uint8_t*>(destination);
  const auto failed = for_each_aligned_piece(address, size, [&](unsigned offset, unsigned count) {
    if (offset != 0) time_.now += timing_.second_access;
    return data_.read(address + offset, bytes + offset, count);
  });
  if (failed) return Trap{Cause::load_access_fault, address + *failed};
  return std::nullopt;
}

std::optional<Trap> Hart::write(std::uint32_t address, const void* source, unsigned size) {
  if (misaligned_traps_ && address % size != 0) return Trap{Cause::store_misaligned, address};
  const auto* bytes = static_cast<const std::uint8_t*>(source);
  const auto failed = for_each_aligned_piece(address, size, [&](unsigned offset, unsigned count) {
    const std::uint32_t piece = address + offset;
    if (offset != 0) time_.now += timing_.second_access;
    if (!data_.write(piece, bytes + offset, count)) return false;
    if (blocks_.may_hold(piece)) leave_block_ |= blocks_.written(piece, count);
    return true;
  });
  if (failed) return Trap{Cause::store_access_fault, address + *failed};
  return std::nullopt;
}

std::optional<Trap> Hart::load_reserved(const Instruction& instruction) {
  const std::uint32_t address = state.x[instruction.rs1];
  reservation_.valid = false;
  if (address % 4 != 0) return Trap{Cause::load_misaligned, address};
  std::uint32_t value = 0;
  if (const auto trap = read(address, &value, sizeof value)) return trap;
  reservation_ = {.valid = true, .address = address, .value = value};
  state.x[instruction.rd] = value;
  return std::nullopt;
}

std::optional<Trap> Hart::store_conditional(const Instruction& instruction) {
  const std::uint32_t address = state.x[instruction.rs1];
  const bool reserved = reservation_.valid && reservation_.address == address;
  reservation_.valid = false;
  if (address % 4 != 0) return Trap{Cause::store_misaligned, address};
  // Writes by others go past this hart unseen, so the reservation is checked by value: a word that changed since the
  // load has been written.
  std::uint32_t current = reservation_.value;
  if (reserved) data_.peek(address, &current, sizeof current);
  const bool succeeds = reserved && current == reservation_.value;
  if (succeeds) {
    if (const auto trap = write(address, &state.x[instruction.rs2], 4)) return trap;
  }
  state.x[instruction.rd] = succeeds ? 0 : 1;
  return std::nullopt;
}

std::optional<Trap> Hart::atomic_update(const Instruction& instruction) {
  const std::uint32_t address = state.x[instruction.rs1];
  if (address % 4 != 0) return Trap{Cause::store_misaligned, address};
  std::uint32_t old = 0;
  if (read(address, &old, sizeof old)) return Trap{Cause::store_access_fault, address};
  const std::uint32_t value = updated(instruction.operation, old, state.x[instruction.rs2]);
  if (const auto trap = write(address, &value, sizeof value)) return trap;
  state.x[instruction.rd] = old;
  return std::nullopt;
}

}  // namespace terse::riscv
