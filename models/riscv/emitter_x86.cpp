#include "models/riscv/emitter_x86.hpp"

#include <cstddef>

#include "models/riscv/interpreter.hpp"

namespace terse::riscv {

using namespace asmjit;
using x86::eax;
using x86::ecx;
using x86::edx;
using x86::r15;
using x86::rax;
using x86::rbp;
using x86::rcx;
using x86::rdx;
using Id = x86::Inst::Id;
using x86::CondCode;

namespace {

x86::Mem state_word(std::size_t offset) {
  return x86::dword_ptr(rbp, static_cast<std::int32_t>(offset));
}
x86::Mem state_quad(std::size_t offset) {
  return x86::qword_ptr(rbp, static_cast<std::int32_t>(offset));
}

Imm address_of(const void* pointer) {
  return Imm(reinterpret_cast<std::uintptr_t>(pointer));
}

std::int32_t as_signed(std::uint32_t value) {
  return static_cast<std::int32_t>(value);
}

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

bool is_division(Operation operation) {
  return operation >= Operation::div && operation <= Operation::remu;
}

unsigned size_of_access(Operation operation) {
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

template <class Emit>
void Emitter::with_operand(std::uint32_t guest, Emit emit) {
  if (guest == 0) {
    emit(Imm(0));
  } else if (in_host(guest)) {
    emit(host(guest));
  } else {
    emit(slot(guest));
  }
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

bool Emitter::emit_integer(const Instruction& instruction) {
  switch (instruction.operation) {
    case Operation::lui:
    case Operation::auipc: {
      const bool relative = instruction.operation == Operation::auipc;
      const Imm constant(as_signed(instruction.immediate + (relative ? instruction.pc : 0)));
      in_host(instruction.rd) ? a_.mov(host(instruction.rd), constant) : a_.mov(slot(instruction.rd), constant);
      return true;
    }
    case Operation::mulh:
    case Operation::mulhsu:
    case Operation::mulhu:
      emit_multiply_high(instruction);
      return true;
    case Operation::div:
    case Operation::divu:
    case Operation::rem:
    case Operation::remu:
      emit_divide(instruction);
      return true;
    default:
      return emit_immediate(instruction) || emit_register(instruction) || emit_bit_manipulation(instruction);
  }
}

bool Emitter::emit_immediate(const Instruction& instruction) {
  switch (instruction.operation) {
    case Operation::addi:
      emit_add_immediate(instruction);
      return true;
    case Operation::xori:
      emit_binary_immediate(x86::Inst::kIdXor, instruction);
      return true;
    case Operation::ori:
      emit_binary_immediate(x86::Inst::kIdOr, instruction);
      return true;
    case Operation::andi:
      emit_binary_immediate(x86::Inst::kIdAnd, instruction);
      return true;
    case Operation::slli:
      emit_shift_immediate(x86::Inst::kIdShl, instruction);
      return true;
    case Operation::srli:
      emit_shift_immediate(x86::Inst::kIdShr, instruction);
      return true;
    case Operation::srai:
      emit_shift_immediate(x86::Inst::kIdSar, instruction);
      return true;
    case Operation::slti:
      emit_compare(CondCode::kSignedLT, instruction, true);
      return true;
    case Operation::sltiu:
      emit_compare(CondCode::kUnsignedLT, instruction, true);
      return true;
    default:
      return false;
  }
}

bool Emitter::emit_register(const Instruction& instruction) {
  switch (instruction.operation) {
    case Operation::add:
      emit_binary(x86::Inst::kIdAdd, instruction, true);
      return true;
    case Operation::sub:
      emit_binary(x86::Inst::kIdSub, instruction, false);
      return true;
    case Operation::xor_:
      emit_binary(x86::Inst::kIdXor, instruction, true);
      return true;
    case Operation::or_:
      emit_binary(x86::Inst::kIdOr, instruction, true);
      return true;
    case Operation::and_:
      emit_binary(x86::Inst::kIdAnd, instruction, true);
      return true;
    case Operation::mul:
      emit_binary(x86::Inst::kIdImul, instruction, true);
      return true;
    case Operation::sll:
      emit_shift(x86::Inst::kIdShl, x86::Inst::kIdShlx, instruction);
      return true;
    case Operation::srl:
      emit_shift(x86::Inst::kIdShr, x86::Inst::kIdShrx, instruction);
      return true;
    case Operation::sra:
      emit_shift(x86::Inst::kIdSar, x86::Inst::kIdSarx, instruction);
      return true;
    case Operation::slt:
      emit_compare(CondCode::kSignedLT, instruction, false);
      return true;
    case Operation::sltu:
      emit_compare(CondCode::kUnsignedLT, instruction, false);
      return true;
    default:
      return false;
  }
}

bool Emitter::emit_bit_manipulation(const Instruction& instruction) {
  const Gp to = destination(instruction.rd, eax);
  const auto with_source = [&](auto emit) {
    with_operand(instruction.rs1, emit);
    write(instruction.rd, to);
    return true;
  };
  // Without x0 as a source, which has no register.
  if (instruction.rs1 == 0) return false;
  switch (instruction.operation) {
    case Operation::sh1add:
    case Operation::sh2add:
    case Operation::sh3add: {
      const auto shift =
          static_cast<std::uint32_t>(instruction.operation) - static_cast<std::uint32_t>(Operation::sh1add) + 1;
      const Gp index = value(instruction.rs1, ecx);
      const Gp base = value(instruction.rs2, eax);
      a_.lea(to, x86::ptr(base.r64(), index.r64(), shift));
      write(instruction.rd, to);
      return true;
    }
    case Operation::sext_b:
    case Operation::sext_h:
    case Operation::zext_h:
      read(ecx, instruction.rs1);
      if (instruction.operation == Operation::sext_b) a_.movsx(to, x86::cl);
      if (instruction.operation == Operation::sext_h) a_.movsx(to, x86::cx);
      if (instruction.operation == Operation::zext_h) a_.movzx(to, x86::cx);
      write(instruction.rd, to);
      return true;
    case Operation::min:
    case Operation::minu:
    case Operation::max:
    case Operation::maxu:
      return emit_choice(instruction);
    case Operation::andn: {
      read(ecx, instruction.rs2);
      a_.not_(ecx);
      with_operand(instruction.rs1, [&](const auto& operand) { a_.and_(ecx, operand); });
      write(instruction.rd, ecx);
      return true;
    }
    case Operation::rori:
      return with_source([&](const auto& operand) {
        a_.mov(to, operand);
        a_.ror(to, Imm(instruction.immediate));
      });
    case Operation::rev8:
      return with_source([&](const auto& operand) {
        a_.mov(to, operand);
        a_.bswap(to);
      });
    default:
      return false;  // rare enough for the interpreter
  }
}

bool Emitter::emit_choice(const Instruction& instruction) {
  const bool is_signed = instruction.operation == Operation::min || instruction.operation == Operation::max;
  const bool least = instruction.operation == Operation::min || instruction.operation == Operation::minu;
  read(eax, instruction.rs1);
  read(ecx, instruction.rs2);
  a_.cmp(eax, ecx);
  const CondCode second_is_chosen = least ? (is_signed ? CondCode::kSignedGT : CondCode::kUnsignedGT)
                                          : (is_signed ? CondCode::kSignedLT : CondCode::kUnsignedLT);
  a_.cmov(second_is_chosen, eax, ecx);
  write(instruction.rd, eax);
  return true;
}

void Emitter::emit_binary(Id id, const Instruction& instruction, bool commutative) {
  std::uint32_t first = instruction.rs1;
  std::uint32_t second = instruction.rs2;
  const std::uint32_t rd = instruction.rd;
  if (commutative && (first == 0 || (rd == second && first != second))) std::swap(first, second);
  if (id == x86::Inst::kIdImul && second == 0) {
    read(eax, 0);
    return write(rd, eax);
  }
  // c.mv is add with x0.
  if (second == 0 && id != x86::Inst::kIdAnd) {
    const Gp to = destination(rd, eax);
    read(to, first);
    return write(rd, to);
  }
  const bool overlaps = rd == second && first != second;  // only subtraction still does
  const Gp to = overlaps ? Gp(eax) : destination(rd, eax);
  if (id == x86::Inst::kIdAdd && in_host(first) && in_host(second) && in_host(rd) && rd != first) {
    a_.lea(to, x86::ptr(host(first).r64(), host(second).r64()));
    return;
  }
  if (!in_host(rd) && rd == first && id != x86::Inst::kIdImul) {  // in memory
    a_.emit(id, slot(rd), value(second, eax));
    return;
  }
  read(to, first);
  with_operand(second, [&](const auto& operand) { a_.emit(id, to, operand); });
  write(rd, to);
}

void Emitter::emit_add_immediate(const Instruction& instruction) {
  const std::uint32_t rd = instruction.rd;
  const std::int32_t immediate = as_signed(instruction.immediate);
  if (instruction.rs1 == 0) {
    in_host(rd) ? a_.mov(host(rd), Imm(immediate)) : a_.mov(slot(rd), Imm(immediate));
  } else if (rd == instruction.rs1 && !in_host(rd)) {
    if (immediate != 0) a_.add(slot(rd), Imm(immediate));
  } else if (in_host(rd) && in_host(instruction.rs1) && rd != instruction.rs1 && immediate != 0) {
    a_.lea(host(rd), x86::ptr(host(instruction.rs1).r64(), immediate));
  } else {
    const Gp to = destination(rd, eax);
    read(to, instruction.rs1);
    if (immediate != 0) a_.add(to, Imm(immediate));
    write(rd, to);
  }
}

void Emitter::emit_binary_immediate(Id id, const Instruction& instruction) {
  const Imm immediate(as_signed(instruction.immediate));
  const std::uint32_t rd = instruction.rd;
  if (rd == instruction.rs1 && !in_host(rd)) {
    a_.emit(id, slot(rd), immediate);
    return;
  }
  const Gp to = destination(rd, eax);
  if (id == x86::Inst::kIdAnd && instruction.immediate == 0xff && instruction.rs1 != 0) {
    read(eax, instruction.rs1);
    a_.movzx(to, x86::al);
  } else {
    read(to, instruction.rs1);
    a_.emit(id, to, immediate);
  }
  write(rd, to);
}

void Emitter::emit_shift(Id by_cl, Id by_register, const Instruction& instruction) {
  const std::uint32_t rd = instruction.rd;
  if (has_bmi2_) {
    const Gp to = destination(rd, eax);
    const Gp amount = value(instruction.rs2, ecx);
    const Gp from = value(instruction.rs1, eax);
    a_.emit(by_register, to, from, amount);
    return write(rd, to);
  }
  read(ecx, instruction.rs2);
  read(eax, instruction.rs1);
  a_.emit(by_cl, eax, x86::cl);
  write(rd, eax);
}

void Emitter::emit_shift_immediate(Id id, const Instruction& instruction) {
  const std::uint32_t rd = instruction.rd;
  const Imm amount(instruction.immediate);
  if (rd == instruction.rs1 && !in_host(rd)) {
    a_.emit(id, slot(rd), amount);
    return;
  }
  const Gp to = destination(rd, eax);
  read(to, instruction.rs1);
  if (instruction.immediate != 0) a_.emit(id, to, amount);
  write(rd, to);
}

void Emitter::emit_compare(CondCode condition, const Instruction& instruction, bool immediate) {
  const Gp left = value(instruction.rs1, ecx);
  a_.mov(eax, Imm(0));
  if (immediate) {
    a_.cmp(left, Imm(as_signed(instruction.immediate)));
  } else {
    with_operand(instruction.rs2, [&](const auto& operand) { a_.cmp(left, operand); });
  }
  a_.set(condition, x86::al);
  write(instruction.rd, eax);
}

void Emitter::emit_multiply_high(const Instruction& instruction) {
  read(eax, instruction.rs1);
  read(ecx, instruction.rs2);
  if (instruction.operation != Operation::mulhu) a_.movsxd(rax, eax);
  if (instruction.operation == Operation::mulh) a_.movsxd(rcx, ecx);
  a_.imul(rax, rcx);
  a_.shr(rax, Imm(32));
  write(instruction.rd, eax);
}

// The host traps where RISC-V has a result: division by zero, and the overflow of INT_MIN / -1.
void Emitter::emit_divide(const Instruction& instruction) {
  const bool is_signed = instruction.operation == Operation::div || instruction.operation == Operation::rem;
  const bool remainder = instruction.operation == Operation::rem || instruction.operation == Operation::remu;
  const Label by_zero = a_.newLabel(), by_minus_one = a_.newLabel(), done = a_.newLabel();
  read(eax, instruction.rs1);
  read(ecx, instruction.rs2);
  a_.test(ecx, ecx);
  a_.jz(by_zero);
  if (is_signed) {
    a_.cmp(ecx, Imm(-1));
    a_.je(by_minus_one);
    a_.cdq();
    a_.idiv(ecx);
  } else {
    a_.xor_(edx, edx);
    a_.div(ecx);
  }
  if (remainder) a_.mov(eax, edx);
  a_.bind(done);
  write(instruction.rd, eax);
  cold_.push_back({by_zero, [this, remainder, done] {
                     if (!remainder) a_.mov(eax, Imm(-1));
                     a_.jmp(done);
                   }});
  if (!is_signed) return;
  cold_.push_back({by_minus_one, [this, remainder, done] {
                     remainder ? a_.xor_(eax, eax) : a_.neg(eax);
                     a_.jmp(done);
                   }});
}

/// What is rare, or has effects beyond registers, is executed by the interpreter's code.
void Emitter::emit_by_interpreter(const Instruction& instruction) {
  const Label back = a_.newLabel();
  a_.jmp(cold_access(instruction, 0, back));
  a_.bind(back);
}

// --- memory ---

void Emitter::emit_offset_in_window(const Instruction& instruction, const MemoryPort::Window& window, unsigned size,
                                    const Label& elsewhere) {
  const std::int32_t displacement = as_signed(instruction.immediate - window.first);
  if (in_host(instruction.rs1)) {
    a_.lea(ecx, x86::ptr(host(instruction.rs1).r64(), displacement));
  } else {
    read(ecx, instruction.rs1);
    a_.add(ecx, Imm(displacement));
  }
  a_.cmp(ecx, Imm(as_signed(window.last - window.first - (size - 1))));
  a_.ja(elsewhere);
  if (size == 1) return;
  a_.test(x86::cl, Imm(size - 1));
  a_.jnz(elsewhere);
}

void Emitter::emit_load(const Instruction& instruction) {
  const unsigned size = size_of_access(instruction.operation);
  const auto window = hart_.data().window_of(instruction.address_hint);
  if (!window || !window->readable || window->first % 4 != 0 || window->last - window->first < 3) {
    return emit_by_interpreter(instruction);
  }
  const Label back = a_.newLabel();
  const Label elsewhere = cold_access(instruction, window->read_latency, back);
  emit_offset_in_window(instruction, *window, size, elsewhere);
  a_.mov(rdx, address_of(window->host));
  const Gp to = instruction.rd == discarded_register ? Gp(eax) : destination(instruction.rd, eax);
  const x86::Mem place = x86::ptr(rdx, rcx, 0, 0, size);
  switch (instruction.operation) {
    case Operation::lb:
    case Operation::lh:
      a_.movsx(to, place);
      break;
    case Operation::lbu:
    case Operation::lhu:
      a_.movzx(to, place);
      break;
    default:
      a_.mov(to, place);
      break;
  }
  write(instruction.rd, to);
  a_.bind(back);
}

void Emitter::emit_store(const Instruction& instruction) {
  const unsigned size = size_of_access(instruction.operation);
  const auto window = hart_.data().window_of(instruction.address_hint);
  if (!window || !window->writable || window->first % BlockCache::line_size != 0 || window->last - window->first < 3) {
    return emit_by_interpreter(instruction);
  }
  const Label back = a_.newLabel();
  const Label elsewhere = cold_access(instruction, window->write_latency, back);
  emit_offset_in_window(instruction, *window, size, elsewhere);
  a_.mov(eax, ecx);
  a_.shr(eax, Imm(6));
  static_assert(BlockCache::line_size == 64);
  a_.mov(rdx, address_of(hart_.state.code_lines + window->first / BlockCache::line_size));
  a_.cmp(x86::byte_ptr(rdx, rax), Imm(0));
  a_.jne(elsewhere);
  a_.mov(rdx, address_of(window->host));
  const x86::Mem place = x86::ptr(rdx, rcx, 0, 0, size);
  if (instruction.rs2 == 0) {
    a_.mov(place, Imm(0));
  } else {
    const Gp from = value(instruction.rs2, eax);
    size == 1 ? a_.mov(place, from.r8()) : size == 2 ? a_.mov(place, from.r16()) : a_.mov(place, from);
  }
  a_.bind(back);
}

/// Executes the instruction in full. `foreseen`: the data latency that the way without this detour takes.
Label Emitter::cold_access(const Instruction& instruction, std::uint32_t foreseen, const Label& back) {
  const Label label = a_.newLabel();
  const std::uint32_t before = instruction.cycles_through + foreseen_;
  foreseen_ += foreseen;
  cold_.push_back({label, [this, &instruction, before, foreseen, back] {
                     a_.sub(r15, Imm(before));
                     a_.mov(rcx, address_of(&instruction));
                     a_.call(address_of(shared_.execute));
                     a_.add(r15, Imm(before + foreseen));
                     a_.jmp(back);
                   }});
  return label;
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
