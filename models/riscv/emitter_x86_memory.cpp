// Host code for loads and stores, and the way out to the code that executes an instruction in full.
#include "models/riscv/emitter_x86_operands.hpp"
#include "models/riscv/operation_kinds.hpp"

namespace terse::riscv {
/// What is rare, or has effects beyond registers, is executed by the interpreter's code.
void Emitter::emit_by_interpreter(const Instruction& instruction) {
  const Label back = a_.newLabel();
  a_.jmp(cold_access(instruction, 0, back));
  a_.bind(back);
}

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
  const unsigned size = access_size(instruction.operation);
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
  const unsigned size = access_size(instruction.operation);
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

}  // namespace terse::riscv
