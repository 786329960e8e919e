// Host code for operations on registers.
#include "models/riscv/emitter_x86_operands.hpp"
#include "models/riscv/interpreter.hpp"

namespace terse::riscv {

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

}  // namespace terse::riscv
