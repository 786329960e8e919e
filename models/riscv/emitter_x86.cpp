#include "models/riscv/emitter_x86.hpp"

#include "models/riscv/emitter_x86_operands.hpp"
#include "models/riscv/interpreter.hpp"
#include "models/riscv/operation_kinds.hpp"

namespace terse::riscv {
namespace {

CondCode condition_of(Operation operation) {
  switch (operation) {
    case Operation::beq:
      return CondCode::kEqual;
    case Operation::bne:
      return CondCode::kNotEqual;
    case Operation::blt:
      return CondCode::kSignedLT;
    case Operation::bge:
      return CondCode::kSignedGE;
    case Operation::bltu:
      return CondCode::kUnsignedLT;
    default:
      return CondCode::kUnsignedGE;
  }
}

}  // namespace

x86::Gp RegisterMap::host(std::uint32_t index) {
  using namespace x86;
  constexpr std::array ids{Gp::kIdBx,  Gp::kIdSi,  Gp::kIdDi,  Gp::kIdR8,  Gp::kIdR9,
                           Gp::kIdR10, Gp::kIdR11, Gp::kIdR12, Gp::kIdR13, Gp::kIdR14};
  static_assert(ids.size() == count);
  return gpd(ids[index]);
}

Emitter::Emitter(x86::Assembler& assembler, Hart& hart, const SharedCode& shared, bool has_bmi2)
    : a_(assembler), hart_(hart), shared_(shared), has_bmi2_(has_bmi2) {}

Emitter::Layout Emitter::emit(const Block& block, const std::uint8_t* base) {
  base_ = base;
  foreseen_ = 0;
  cold_.clear();
  layout_ = Layout{};
  emit_entry(block);
  for (std::uint32_t i = 0; i < block.count; ++i) emit_instruction(block.code[i]);
  emit_end(block);
  for (std::size_t i = 0; i < cold_.size(); ++i) {  // grows no more, but the labels are bound here
    a_.bind(cold_[i].label);
    cold_[i].emit();
  }
  return layout_;
}

// A block is entered with enough cycles to start its last instruction before the limit, or not at all. A jump pays for
// the fetch of its target; if that is not to be entered, the run loop will charge it.
void Emitter::emit_entry(const Block& block) {
  const auto check = [&](std::uint32_t paid) {
    const Label too_late = a_.newLabel();
    a_.long_().cmp(r15, Imm(block.real_bound));
    layout_.bounds.push_back(a_.offset() - 4);
    a_.j(CondCode::kSignedLT, too_late);
    cold_.push_back({too_late, [this, paid, pc = block.pc] {
                       a_.mov(state_word(offsetof(HartState, pc)), Imm(pc));
                       if (paid != 0) {
                         a_.add(r15, Imm(paid));
                         a_.mov(x86::byte_ptr(rbp, offsetof(HartState, redirected)), Imm(1));
                       }
                       jump_to(shared_.leave);
                     }});
  };
  layout_.entry_of_jump = a_.offset();
  if (block.entry_latency != 0) {
    const Label body = a_.newLabel();
    a_.sub(r15, Imm(block.entry_latency));
    check(block.entry_latency);
    a_.jmp(body);
    layout_.entry = a_.offset();
    check(0);
    a_.bind(body);
    return;
  }
  layout_.entry = a_.offset();
  check(0);
}

// --- operands ---

int Emitter::mapped(std::uint32_t guest) {
  for (std::uint32_t i = 0; i < RegisterMap::count; ++i) {
    if (RegisterMap::guest[i] == guest) return static_cast<int>(i);
  }
  return -1;
}

x86::Mem Emitter::slot(std::uint32_t guest) {
  return state_word(offsetof(HartState, x) + 4 * std::size_t{guest});
}

void Emitter::read(const Gp& to, std::uint32_t guest) {
  if (guest == 0) {
    a_.mov(to, Imm(0));  // not xor, which would change the flags
  } else if (!in_host(guest)) {
    a_.mov(to, slot(guest));
  } else if (host(guest) != to) {
    a_.mov(to, host(guest));
  }
}

void Emitter::write(std::uint32_t guest, const Gp& from) {
  if (guest == discarded_register) return;
  if (!in_host(guest)) {
    a_.mov(slot(guest), from);
  } else if (host(guest) != from) {
    a_.mov(host(guest), from);
  }
}

/// The register that holds a value: its own, or `scratch`, to which it is read.
x86::Gp Emitter::value(std::uint32_t guest, const Gp& scratch) {
  if (in_host(guest)) return host(guest);
  read(scratch, guest);
  return scratch;
}

/// Where to compute a value that `write` will then put in place.
x86::Gp Emitter::destination(std::uint32_t guest, const Gp& scratch) {
  return in_host(guest) ? host(guest) : scratch;
}

// --- instructions ---

void Emitter::emit_instruction(const Instruction& instruction) {
  const Operation operation = instruction.operation;
  if (is_load(operation)) return emit_load(instruction);
  if (is_store(operation)) return emit_store(instruction);
  if (is_control_transfer(operation) || operation == Operation::fence) return;
  if (is_atomic(operation)) return emit_by_interpreter(instruction);
  if (is_division(operation) && hart_.timing().divide_depends_on_operands()) return emit_by_interpreter(instruction);
  if (instruction.rd == discarded_register) return;
  if (!emit_integer(instruction)) emit_by_interpreter(instruction);
}

// --- ends of a block ---

void Emitter::emit_end(const Block& block) {
  const Instruction& last = block.code[block.count - 1];
  switch (last.operation) {
    case Operation::jal:
      if (last.rd != discarded_register) {
        const Imm link(as_signed(last.next_pc()));
        in_host(last.rd) ? a_.mov(host(last.rd), link) : a_.mov(slot(last.rd), link);
      }
      emit_accounts(block);
      count_taken();
      return jump(last.pc + last.immediate, true);
    case Operation::jalr:
      return emit_indirect_jump(last, block);
    default:
      break;
  }
  if (is_control_transfer(last.operation)) return emit_branch(last, block);
  emit_accounts(block);
  if (block.code[block.count].execute == end_handler(false)) return jump(last.next_pc(), false);
  a_.mov(state_word(offsetof(HartState, pc)), Imm(last.next_pc()));
  a_.mov(rax, address_of(&last));
  a_.mov(state_quad(offsetof(HartState, previous)), rax);
  jump_to(shared_.leave);
}

void Emitter::emit_accounts(const Block& block) {
  a_.sub(r15, Imm(block.cycles + foreseen_));
  a_.add(state_quad(offsetof(HartState, retired)), Imm(block.count));
  if (!hart_.counting()) return;
  const std::size_t events = offsetof(HartState, events);
  if (block.loads != 0) a_.add(state_quad(events + offsetof(EventCounts, loads)), Imm(block.loads));
  if (block.stores != 0) a_.add(state_quad(events + offsetof(EventCounts, stores)), Imm(block.stores));
}

void Emitter::count_taken() {
  if (!hart_.counting()) return;
  a_.inc(state_quad(offsetof(HartState, events) + offsetof(EventCounts, taken_branches)));
}

void Emitter::emit_branch(const Instruction& instruction, const Block& block) {
  emit_accounts(block);
  const CondCode condition = condition_of(instruction.operation);
  const std::uint32_t target = instruction.pc + instruction.immediate;
  if (instruction.rs2 == 0 && in_host(instruction.rs1)) {
    a_.test(host(instruction.rs1), host(instruction.rs1));
  } else {
    const Gp left = value(instruction.rs1, eax);
    with_operand(instruction.rs2, [&](const auto& operand) { a_.cmp(left, operand); });
  }
  if (block.taken_extra == 0 && !hart_.counting()) {
    conditional_jump(condition, target);
    return jump(instruction.next_pc(), false);
  }
  const Label not_taken = a_.newLabel();
  a_.j(x86::negateCond(condition), not_taken);
  if (block.taken_extra != 0) a_.sub(r15, Imm(block.taken_extra));
  count_taken();
  jump(target, true);
  a_.bind(not_taken);
  jump(instruction.next_pc(), false);
}

void Emitter::emit_indirect_jump(const Instruction& instruction, const Block& block) {
  read(eax, instruction.rs1);
  if (instruction.immediate != 0) a_.add(eax, Imm(as_signed(instruction.immediate)));
  a_.and_(eax, Imm(-2));
  if (instruction.rd != discarded_register) {
    const Imm link(as_signed(instruction.next_pc()));
    in_host(instruction.rd) ? a_.mov(host(instruction.rd), link) : a_.mov(slot(instruction.rd), link);
  }
  emit_accounts(block);
  count_taken();
  static_assert(JumpCache::size == 1024 && sizeof(JumpCacheEntry) == 32);
  a_.mov(ecx, eax);
  a_.and_(ecx, Imm(2 * (JumpCache::size - 1)));
  a_.shl(ecx, Imm(4));
  a_.add(rcx, state_quad(offsetof(HartState, jump_cache)));
  a_.cmp(x86::dword_ptr(rcx, offsetof(JumpCacheEntry, pc)), eax);
  const Label unknown = a_.newLabel();
  a_.jne(unknown);
  a_.jmp(x86::qword_ptr(rcx, offsetof(JumpCacheEntry, translation)));
  cold_.push_back({unknown, [this] { jump_to(shared_.leave_to); }});
}

/// A jump to the block at `target`, which the translator or a later run lets lead there.
void Emitter::jump(std::uint32_t target, bool taken) {
  const std::size_t site = a_.offset() + 1;  // behind the opcode e9
  a_.long_().jmp(cold_exit(target, taken, site));
  layout_.exits.push_back({site, target, taken});
}

void Emitter::conditional_jump(CondCode condition, std::uint32_t target) {
  const std::size_t site = a_.offset() + 2;  // behind the opcode 0f 8x
  a_.long_().j(condition, cold_exit(target, true, site));
  layout_.exits.push_back({site, target, true});
}

Label Emitter::cold_exit(std::uint32_t target, bool taken, std::size_t site) {
  const Label label = a_.newLabel();
  cold_.push_back({label, [this, target, taken, site] {
                     a_.mov(state_word(offsetof(HartState, pc)), Imm(target));
                     if (taken) a_.mov(x86::byte_ptr(rbp, offsetof(HartState, redirected)), Imm(1));
                     a_.mov(rax, address_of(base_ + site));
                     a_.mov(state_quad(offsetof(HartState, translated_link)), rax);
                     jump_to(shared_.leave);
                   }});
  return label;
}

void Emitter::jump_to(const std::uint8_t* code) {
  a_.jmp(address_of(code));
}

}  // namespace terse::riscv
