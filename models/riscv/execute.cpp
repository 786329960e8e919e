#include "models/riscv/execute.hpp"

#include "models/riscv/arithmetic.hpp"
#include "models/riscv/hart.hpp"

namespace terse::riscv {

std::uint32_t execute_undecoded(Hart& hart, const Instruction& /*instruction*/, std::uint32_t pc) {
  return hart.decode_and_execute(pc);
}

namespace {

// --- integer ---

template <auto operation>
std::uint32_t register_register(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  hart.x[instruction.rd] = operation(hart.x[instruction.rs1], hart.x[instruction.rs2]);
  return pc + instruction.length;
}

template <auto operation>
std::uint32_t register_immediate(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  hart.x[instruction.rd] = operation(hart.x[instruction.rs1], instruction.immediate);
  return pc + instruction.length;
}

std::uint32_t load_upper_immediate(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  hart.x[instruction.rd] = instruction.immediate;
  return pc + instruction.length;
}

std::uint32_t add_upper_immediate_to_pc(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  hart.x[instruction.rd] = pc + instruction.immediate;
  return pc + instruction.length;
}

// --- control flow ---

bool misaligned(const Hart& hart, std::uint32_t target) {
  return (target & hart.csrs().misaligned_jump_bits()) != 0;
}

template <auto condition>
std::uint32_t branch(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  if (!condition(hart.x[instruction.rs1], hart.x[instruction.rs2])) return pc + instruction.length;
  const std::uint32_t target = pc + instruction.immediate;
  if (misaligned(hart, target)) [[unlikely]]
    return hart.raise({Cause::instruction_misaligned, target}, pc);
  return target;
}

std::uint32_t jump(Hart& hart, const Instruction& instruction, std::uint32_t pc, std::uint32_t target) {
  if (misaligned(hart, target)) [[unlikely]]
    return hart.raise({Cause::instruction_misaligned, target}, pc);
  hart.x[instruction.rd] = pc + instruction.length;
  return target;
}

std::uint32_t jump_and_link(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  return jump(hart, instruction, pc, pc + instruction.immediate);
}

std::uint32_t jump_and_link_register(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  return jump(hart, instruction, pc, (hart.x[instruction.rs1] + instruction.immediate) & ~1u);
}

// --- memory ---

template <class T>
std::uint32_t load(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  const std::uint32_t address = hart.x[instruction.rs1] + instruction.immediate;
  T value{};
  if (!hart.data().try_read(address, value)) [[unlikely]] {
    if (const auto trap = hart.load(address, &value, sizeof value)) return hart.raise(*trap, pc);
  }
  hart.x[instruction.rd] = static_cast<std::uint32_t>(value);  // extends by the sign of T
  return pc + instruction.length;
}

template <class T>
std::uint32_t store(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  const std::uint32_t address = hart.x[instruction.rs1] + instruction.immediate;
  const T value = static_cast<T>(hart.x[instruction.rs2]);
  if (!hart.data().try_write(address, value)) [[unlikely]] {
    if (const auto trap = hart.store(address, &value, sizeof value)) return hart.raise(*trap, pc);
  }
  return pc + instruction.length;
}

std::uint32_t load_reserved(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  std::uint32_t value = 0;
  if (const auto trap = hart.load_reserved(hart.x[instruction.rs1], value)) return hart.raise(*trap, pc);
  hart.x[instruction.rd] = value;
  return pc + instruction.length;
}

std::uint32_t store_conditional(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  bool succeeded = false;
  const auto trap = hart.store_conditional(hart.x[instruction.rs1], hart.x[instruction.rs2], succeeded);
  if (trap) return hart.raise(*trap, pc);
  hart.x[instruction.rd] = succeeded ? 0 : 1;
  return pc + instruction.length;
}

template <auto operation>
std::uint32_t atomic_update(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  const std::uint32_t address = hart.x[instruction.rs1];
  const std::uint32_t operand = hart.x[instruction.rs2];
  std::uint32_t old = 0;
  if (const auto trap = hart.load_for_update(address, old)) return hart.raise(*trap, pc);
  if (const auto trap = hart.store_update(address, operation(old, operand))) return hart.raise(*trap, pc);
  hart.x[instruction.rd] = old;
  return pc + instruction.length;
}

// A single hart whose accesses all complete in program order has nothing to order.
std::uint32_t fence(Hart& /*hart*/, const Instruction& instruction, std::uint32_t pc) {
  return pc + instruction.length;
}

std::uint32_t fence_instruction_stream(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  hart.instruction_stream_changed();
  return pc + instruction.length;
}

// --- system ---

std::uint32_t illegal_instruction(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  return hart.raise({Cause::illegal_instruction, instruction.bits}, pc);
}

std::uint32_t environment_call(Hart& hart, const Instruction& /*instruction*/, std::uint32_t pc) {
  const bool user = hart.csrs().privilege() == Privilege::user;
  return hart.raise({user ? Cause::ecall_from_user : Cause::ecall_from_machine}, pc);
}

std::uint32_t environment_break(Hart& hart, const Instruction& /*instruction*/, std::uint32_t pc) {
  return hart.raise({Cause::breakpoint, pc}, pc);
}

std::uint32_t machine_return(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  if (hart.csrs().privilege() != Privilege::machine) return illegal_instruction(hart, instruction, pc);
  const std::uint32_t next = hart.csrs().leave_trap();
  hart.reconsider_interrupts();
  return next;
}

std::uint32_t wait_for_interrupt(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  if (hart.csrs().wait_is_illegal()) return illegal_instruction(hart, instruction, pc);
  hart.wait_for_interrupt();
  return pc + instruction.length;
}

enum class CsrUpdate { write, set, clear };
enum class CsrSource { register_operand, immediate };

template <CsrUpdate update, CsrSource source>
std::uint32_t access_csr(Hart& hart, const Instruction& instruction, std::uint32_t pc) {
  CsrFile& csrs = hart.csrs();
  const std::uint32_t number = instruction.immediate;
  const std::uint32_t next_pc = pc + instruction.length;
  const std::uint32_t operand = source == CsrSource::immediate ? instruction.rs1 : hart.x[instruction.rs1];
  // Setting or clearing with x0 or with an immediate of zero does not write, and so may name a read-only register.
  const bool writes = update == CsrUpdate::write || instruction.rs1 != 0;

  const auto old = csrs.read(number);
  if (!old) return illegal_instruction(hart, instruction, pc);
  if (writes) {
    const bool had_compressed = csrs.compressed_enabled();
    const std::uint32_t value = update == CsrUpdate::write ? operand
                                : update == CsrUpdate::set ? *old | operand
                                                           : *old & ~operand;
    if (!csrs.write(number, value, next_pc)) return illegal_instruction(hart, instruction, pc);
    if (csrs.compressed_enabled() != had_compressed) hart.instruction_stream_changed();
    hart.reconsider_interrupts();
  }
  hart.x[instruction.rd] = *old;
  return next_pc;
}

}  // namespace

// One line per operation, so that the compiler tells which one lacks a handler; long for that reason only.
Handler handler_of(Operation operation) {
  namespace a = arithmetic;
  // clang-format off
  switch (operation) {
    case Operation::illegal: return illegal_instruction;
    case Operation::lui: return load_upper_immediate;
    case Operation::auipc: return add_upper_immediate_to_pc;
    case Operation::jal: return jump_and_link;
    case Operation::jalr: return jump_and_link_register;
    case Operation::beq: return branch<a::equal>;
    case Operation::bne: return branch<a::not_equal>;
    case Operation::blt: return branch<a::less>;
    case Operation::bge: return branch<a::not_less>;
    case Operation::bltu: return branch<a::less_unsigned>;
    case Operation::bgeu: return branch<a::not_less_unsigned>;
    case Operation::lb: return load<std::int8_t>;
    case Operation::lh: return load<std::int16_t>;
    case Operation::lw: return load<std::uint32_t>;
    case Operation::lbu: return load<std::uint8_t>;
    case Operation::lhu: return load<std::uint16_t>;
    case Operation::sb: return store<std::uint8_t>;
    case Operation::sh: return store<std::uint16_t>;
    case Operation::sw: return store<std::uint32_t>;
    case Operation::addi: return register_immediate<a::add>;
    case Operation::slti: return register_immediate<a::slt>;
    case Operation::sltiu: return register_immediate<a::sltu>;
    case Operation::xori: return register_immediate<a::xor_>;
    case Operation::ori: return register_immediate<a::or_>;
    case Operation::andi: return register_immediate<a::and_>;
    case Operation::slli: return register_immediate<a::sll>;
    case Operation::srli: return register_immediate<a::srl>;
    case Operation::srai: return register_immediate<a::sra>;
    case Operation::add: return register_register<a::add>;
    case Operation::sub: return register_register<a::sub>;
    case Operation::sll: return register_register<a::sll>;
    case Operation::slt: return register_register<a::slt>;
    case Operation::sltu: return register_register<a::sltu>;
    case Operation::xor_: return register_register<a::xor_>;
    case Operation::srl: return register_register<a::srl>;
    case Operation::sra: return register_register<a::sra>;
    case Operation::or_: return register_register<a::or_>;
    case Operation::and_: return register_register<a::and_>;
    case Operation::fence: return fence;
    case Operation::ecall: return environment_call;
    case Operation::ebreak: return environment_break;
    case Operation::fence_i: return fence_instruction_stream;
    case Operation::csrrw: return access_csr<CsrUpdate::write, CsrSource::register_operand>;
    case Operation::csrrs: return access_csr<CsrUpdate::set, CsrSource::register_operand>;
    case Operation::csrrc: return access_csr<CsrUpdate::clear, CsrSource::register_operand>;
    case Operation::csrrwi: return access_csr<CsrUpdate::write, CsrSource::immediate>;
    case Operation::csrrsi: return access_csr<CsrUpdate::set, CsrSource::immediate>;
    case Operation::csrrci: return access_csr<CsrUpdate::clear, CsrSource::immediate>;
    case Operation::mul: return register_register<a::mul>;
    case Operation::mulh: return register_register<a::mulh>;
    case Operation::mulhsu: return register_register<a::mulhsu>;
    case Operation::mulhu: return register_register<a::mulhu>;
    case Operation::div: return register_register<a::div>;
    case Operation::divu: return register_register<a::divu>;
    case Operation::rem: return register_register<a::rem>;
    case Operation::remu: return register_register<a::remu>;
    case Operation::lr_w: return load_reserved;
    case Operation::sc_w: return store_conditional;
    case Operation::amoswap_w: return atomic_update<a::second>;
    case Operation::amoadd_w: return atomic_update<a::add>;
    case Operation::amoxor_w: return atomic_update<a::xor_>;
    case Operation::amoand_w: return atomic_update<a::and_>;
    case Operation::amoor_w: return atomic_update<a::or_>;
    case Operation::amomin_w: return atomic_update<a::min>;
    case Operation::amomax_w: return atomic_update<a::max>;
    case Operation::amominu_w: return atomic_update<a::minu>;
    case Operation::amomaxu_w: return atomic_update<a::maxu>;
    case Operation::sh1add: return register_register<a::shift_add<1>>;
    case Operation::sh2add: return register_register<a::shift_add<2>>;
    case Operation::sh3add: return register_register<a::shift_add<3>>;
    case Operation::andn: return register_register<a::andn>;
    case Operation::orn: return register_register<a::orn>;
    case Operation::xnor: return register_register<a::xnor>;
    case Operation::clz: return register_immediate<a::unary<a::clz>>;
    case Operation::ctz: return register_immediate<a::unary<a::ctz>>;
    case Operation::cpop: return register_immediate<a::unary<a::cpop>>;
    case Operation::max: return register_register<a::max>;
    case Operation::maxu: return register_register<a::maxu>;
    case Operation::min: return register_register<a::min>;
    case Operation::minu: return register_register<a::minu>;
    case Operation::sext_b: return register_immediate<a::unary<a::sext_b>>;
    case Operation::sext_h: return register_immediate<a::unary<a::sext_h>>;
    case Operation::zext_h: return register_immediate<a::unary<a::zext_h>>;
    case Operation::rol: return register_register<a::rol>;
    case Operation::ror: return register_register<a::ror>;
    case Operation::rori: return register_immediate<a::ror>;
    case Operation::orc_b: return register_immediate<a::unary<a::orc_b>>;
    case Operation::rev8: return register_immediate<a::unary<a::rev8>>;
    case Operation::bclr: return register_register<a::bclr>;
    case Operation::bclri: return register_immediate<a::bclr>;
    case Operation::bext: return register_register<a::bext>;
    case Operation::bexti: return register_immediate<a::bext>;
    case Operation::binv: return register_register<a::binv>;
    case Operation::binvi: return register_immediate<a::binv>;
    case Operation::bset: return register_register<a::bset>;
    case Operation::bseti: return register_immediate<a::bset>;
    case Operation::mret: return machine_return;
    case Operation::wfi: return wait_for_interrupt;
  }
  // clang-format on
  return illegal_instruction;
}

}  // namespace terse::riscv
