// Instructions that may change what the next instruction is, or how it is executed; and traps.
#include "models/riscv/hart.hpp"
#include "models/riscv/operation_kinds.hpp"

namespace terse::riscv {
namespace {

enum class CsrUpdate { write, set, clear };

CsrUpdate update_of(Operation operation) {
  switch (operation) {
    case Operation::csrrs:
    case Operation::csrrsi:
      return CsrUpdate::set;
    case Operation::csrrc:
    case Operation::csrrci:
      return CsrUpdate::clear;
    default:
      return CsrUpdate::write;
  }
}

}  // namespace

void Hart::execute_system(const Instruction& instruction) {
  synchronize_time();
  std::uint32_t next_pc = instruction.next_pc();
  const Operation operation = instruction.operation;
  const bool csr = is_csr_access(operation);
  const auto trap = csr ? access_csr(instruction) : execute_privileged(instruction, next_pc);
  if (trap) return raise(*trap, instruction);
  ++state.retired;
  state.pc = next_pc;
  state.link = nullptr;
  state.previous = csr && may_stall_ ? &instruction : nullptr;
  reconsider_interrupts();
  mode_changed();
}

std::optional<Trap> Hart::access_csr(const Instruction& instruction) {
  const Operation operation = instruction.operation;
  const CsrUpdate update = update_of(operation);
  const bool immediate = operation >= Operation::csrrwi;
  const std::uint32_t number = instruction.immediate;
  const std::uint32_t operand = immediate ? instruction.rs1 : state.x[instruction.rs1];
  // Setting or clearing with x0 or with an immediate of zero does not write, and so may name a read-only register.
  const bool writes = update == CsrUpdate::write || instruction.rs1 != 0;

  const Trap illegal{Cause::illegal_instruction, instruction.bits};
  const auto old = csrs_.read(number);
  if (!old) return illegal;
  if (writes) {
    const bool had_compressed = csrs_.compressed_enabled();
    const std::uint32_t value = update == CsrUpdate::write ? operand
                                : update == CsrUpdate::set ? *old | operand
                                                           : *old & ~operand;
    if (!csrs_.write(number, value, instruction.next_pc())) return illegal;
    if (csrs_.compressed_enabled() != had_compressed) flush_ = true;
  }
  state.x[instruction.rd] = *old;
  return std::nullopt;
}

std::optional<Trap> Hart::execute_privileged(const Instruction& instruction, std::uint32_t& next_pc) {
  const Trap illegal{Cause::illegal_instruction, instruction.bits};
  switch (instruction.operation) {
    case Operation::ecall:
      return Trap{csrs_.privilege() == Privilege::user ? Cause::ecall_from_user : Cause::ecall_from_machine, 0};
    case Operation::ebreak:
      return Trap{Cause::breakpoint, instruction.pc};
    case Operation::fence_i:
      blocks_.verify();
      state.redirected = true;
      return std::nullopt;
    case Operation::mret:
      if (csrs_.privilege() != Privilege::machine) return illegal;
      next_pc = csrs_.leave_trap();
      state.redirected = true;
      return std::nullopt;
    case Operation::wfi:
      if (csrs_.wait_is_illegal()) return illegal;
      waiting_ = true;
      time_.request_attention();
      return std::nullopt;
    default:
      return illegal;
  }
}

void Hart::raise(const Trap& trap, const Instruction& instruction) {
  state.retired += instruction.index;
  count_events(instruction, instruction.index);
  ++exceptions_;
  const bool uninterruptible = csrs_.interrupts_disabled();
  enter_trap(static_cast<std::uint32_t>(trap.cause), trap.value, instruction.pc, timing_.exception);
  if (state.pc == instruction.pc && uninterruptible) {
    lockup_ = Lockup{.handler = state.pc, .trap = trap};
    time_.request_attention();
  }
}

void Hart::leave_after(const Instruction& instruction) {
  state.retired += instruction.index + 1u;
  count_events(instruction, instruction.index + 1u);
  state.pc = instruction.next_pc();
  state.link = nullptr;
  state.previous = may_stall_ ? &instruction : nullptr;
}

// The first `count` instructions of the block that this one belongs to.
void Hart::count_events(const Instruction& instruction, std::uint32_t count) {
  if (!counting_) return;
  const Instruction* first = &instruction - instruction.index;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Operation operation = first[i].operation;
    state.events.loads += loads(operation) ? 1 : 0;
    state.events.stores += stores(operation) ? 1 : 0;
  }
}

void Hart::take_interrupt() {
  const auto interrupt = csrs_.interrupt_to_take();
  if (!interrupt) return;
  ++interrupts_;
  interrupted_ = true;
  enter_trap(interrupt_flag | *interrupt, 0, state.pc, timing_.interrupt);
}

void Hart::enter_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc, std::uint32_t cycles) {
  reservation_.valid = false;
  state.pc = csrs_.enter_trap(cause, value, pc);
  state.remaining -= cycles;
  state.redirected = true;
  state.link = nullptr;
  state.translated_link = nullptr;
  state.previous = nullptr;
  mode_changed();
}

void Hart::reconsider_interrupts() {
  if (csrs_.interrupt_to_take()) time_.request_attention();
}

void Hart::mode_changed() {
  const Privilege fetches = csrs_.privilege();
  const Privilege accesses = csrs_.data_privilege();
  fetch_.set_privilege(fetches);
  data_.set_privilege(accesses);
  mode_ = fetches == Privilege::user    ? Mode::user
          : accesses == Privilege::user ? Mode::machine_with_user_data
                                        : Mode::machine;
  state.jump_cache = &blocks_.jump_cache(mode_);
}

}  // namespace terse::riscv
