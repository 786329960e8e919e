// How a block runs.
//
// Every instruction of a block has a handler, and each handler ends by calling the next one: in optimised builds the
// compiler turns that call into a jump, so that the host's branch predictor learns the guest's sequence of operations.
// Where it would not (no optimisation, sanitizers), handlers return the next instruction to a loop instead.
//
// Nothing is checked between two instructions. `remaining`, the cycles left until the limit, is checked once when a
// block is entered, against the most that the block can take (Block::bound). Within a block it counts data latency
// only; cycles and retired instructions are added at its end. A handler that has to know the exact time subtracts
// Instruction::cycles_through. So an event costs nothing until it happens, and then the block is left behind the
// instruction it happened at, as if the instructions had been run one by one.
#include "models/riscv/interpreter.hpp"

#include "models/riscv/arithmetic.hpp"
#include "models/riscv/hart.hpp"
#include "models/riscv/operation_kinds.hpp"

#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
#define TERSE_CALLS_ARE_JUMPS 1
#endif

namespace terse::riscv {
namespace {

using Next = const Instruction*;

inline Next go_on(Hart& hart, Next next, std::int64_t remaining) {
#ifdef TERSE_CALLS_ARE_JUMPS
  return next->execute(hart, next, remaining);
#else
  hart.state.remaining = remaining;
  return next;
#endif
}

// --- integer ---

template <auto operation>
Next register_register(Hart& hart, Next instruction, std::int64_t remaining) {
  auto& x = hart.state.x;
  x[instruction->rd] = operation(x[instruction->rs1], x[instruction->rs2]);
  return go_on(hart, instruction + 1, remaining);
}

template <auto operation>
Next register_immediate(Hart& hart, Next instruction, std::int64_t remaining) {
  auto& x = hart.state.x;
  x[instruction->rd] = operation(x[instruction->rs1], instruction->immediate);
  return go_on(hart, instruction + 1, remaining);
}

template <auto operation>
Next register_only(Hart& hart, Next instruction, std::int64_t remaining) {
  auto& x = hart.state.x;
  x[instruction->rd] = operation(x[instruction->rs1]);
  return go_on(hart, instruction + 1, remaining);
}

/// Takes less time for some operands than for others, where the timing says so.
template <auto operation>
Next divide(Hart& hart, Next instruction, std::int64_t remaining) {
  auto& x = hart.state.x;
  const std::uint32_t a = x[instruction->rs1];
  const std::uint32_t b = x[instruction->rs2];
  x[instruction->rd] = operation(a, b);
  const PipelineTiming& timing = hart.timing();
  if (timing.divide_depends_on_operands()) {
    remaining += timing.divide - timing.divide_cycles(instruction->operation, a, b);
  }
  return go_on(hart, instruction + 1, remaining);
}

Next load_upper_immediate(Hart& hart, Next instruction, std::int64_t remaining) {
  hart.state.x[instruction->rd] = instruction->immediate;
  return go_on(hart, instruction + 1, remaining);
}

Next add_upper_immediate_to_pc(Hart& hart, Next instruction, std::int64_t remaining) {
  hart.state.x[instruction->rd] = instruction->pc + instruction->immediate;
  return go_on(hart, instruction + 1, remaining);
}

// A single hart whose accesses all complete in program order has nothing to order.
Next fence(Hart& hart, Next instruction, std::int64_t remaining) {
  return go_on(hart, instruction + 1, remaining);
}

// --- memory ---

/// Whatever is more than one access to memory. Kept out of line, so that the fast path needs no stack frame.
[[gnu::noinline]] Next access(Hart& hart, Next instruction, std::int64_t remaining) {
  hart.state.remaining = remaining - instruction->cycles_through;
  if (!hart.access(*instruction)) return nullptr;
  return go_on(hart, instruction + 1, hart.state.remaining + instruction->cycles_through);
}

template <class T>
Next load(Hart& hart, Next instruction, std::int64_t remaining) {
  auto& x = hart.state.x;
  const std::uint32_t address = x[instruction->rs1] + instruction->immediate;
  const MemoryPort::Mapping& mapping = hart.data().mapping_of(address);
  if (mapping.read_tag != MemoryPort::tag_of<T>(address)) [[unlikely]]
    return access(hart, instruction, remaining);
  T value;
  std::memcpy(&value, mapping.host + address % MemoryPort::page_size, sizeof value);
  const std::int64_t extended = value;  // by the sign of T
  x[instruction->rd] = static_cast<std::uint32_t>(extended);
  return go_on(hart, instruction + 1, remaining - mapping.read_latency);
}

template <class T>
Next store(Hart& hart, Next instruction, std::int64_t remaining) {
  const auto& x = hart.state.x;
  const std::uint32_t address = x[instruction->rs1] + instruction->immediate;
  const MemoryPort::Mapping& mapping = hart.data().mapping_of(address);
  const bool may_be_code = hart.state.code_lines[address / BlockCache::line_size] != 0;
  if (mapping.write_tag != MemoryPort::tag_of<T>(address) || may_be_code) [[unlikely]]
    return access(hart, instruction, remaining);
  const T value = static_cast<T>(x[instruction->rs2]);
  std::memcpy(mapping.host + address % MemoryPort::page_size, &value, sizeof value);
  return go_on(hart, instruction + 1, remaining - mapping.write_latency);
}

// --- from block to block ---
//
// Inlined into every handler, so that each has an indirect jump of its own for the host to predict.

/// Back to the run loop, which goes on at `pc` and fills in `link`.
Next leave(Hart& hart, std::uint32_t pc, Block** link, std::int64_t remaining) {
  hart.state.pc = pc;
  hart.state.remaining = remaining;
  hart.state.link = link;
  return nullptr;
}

[[gnu::always_inline]] inline Next enter(Hart& hart, Block& block, std::int64_t remaining) {
  hart.state.block = &block;
  return go_on(hart, block.first, remaining);
}

[[gnu::always_inline]] inline bool may_enter(Block& block, std::int64_t remaining) {
  return remaining >= block.bound && --block.heat != 0;
}

/// The block that runs has come to its end.
[[gnu::always_inline]] inline std::int64_t finish(Hart& hart, const Block& block, std::int64_t remaining) {
  hart.state.retired += block.count;
  if (hart.counting()) [[unlikely]] {
    hart.state.events.loads += block.loads;
    hart.state.events.stores += block.stores;
  }
  return remaining - block.cycles;
}

[[gnu::always_inline]] inline Next go_to_next(Hart& hart, Block& block, std::uint32_t pc, std::int64_t remaining) {
  if (block.next != nullptr && may_enter(*block.next, remaining)) [[likely]]
    return enter(hart, *block.next, remaining);
  return leave(hart, pc, &block.next, remaining);
}

[[gnu::always_inline]] inline Next go_to_taken(Hart& hart, Block& block, std::uint32_t pc, std::int64_t remaining) {
  if (hart.counting()) [[unlikely]]
    ++hart.state.events.taken_branches;
  if (block.taken != nullptr) [[likely]] {
    const std::int64_t after_fetch = remaining - block.taken->entry_latency;
    if (may_enter(*block.taken, after_fetch)) [[likely]]
      return enter(hart, *block.taken, after_fetch);
  }
  hart.state.redirected = true;
  return leave(hart, pc, &block.taken, remaining);
}

/// A jump to where no instruction can be, because compressed ones are off.
Next raise_misaligned(Hart& hart, Next instruction, std::uint32_t target, std::int64_t remaining) {
  hart.state.remaining = remaining - instruction->cycles_through;
  hart.raise({Cause::instruction_misaligned, target}, *instruction);
  return nullptr;
}

bool misaligned(const Hart& hart, std::uint32_t target) {
  return (target & hart.csrs().misaligned_jump_bits()) != 0;
}

template <auto condition>
Next branch(Hart& hart, Next instruction, std::int64_t remaining) {
  const auto& x = hart.state.x;
  Block& block = *hart.state.block;
  if (!condition(x[instruction->rs1], x[instruction->rs2])) {
    return go_to_next(hart, block, instruction->next_pc(), finish(hart, block, remaining));
  }
  const std::uint32_t target = instruction->pc + instruction->immediate;
  if (block.taken == nullptr && misaligned(hart, target)) [[unlikely]]
    return raise_misaligned(hart, instruction, target, remaining);
  return go_to_taken(hart, block, target, finish(hart, block, remaining) - block.taken_extra);
}

Next jump_and_link(Hart& hart, Next instruction, std::int64_t remaining) {
  Block& block = *hart.state.block;
  const std::uint32_t target = instruction->pc + instruction->immediate;
  if (block.taken == nullptr && misaligned(hart, target)) [[unlikely]]
    return raise_misaligned(hart, instruction, target, remaining);
  hart.state.x[instruction->rd] = instruction->next_pc();
  return go_to_taken(hart, block, target, finish(hart, block, remaining));
}

Next jump_and_link_register(Hart& hart, Next instruction, std::int64_t remaining) {
  auto& x = hart.state.x;
  const std::uint32_t target = (x[instruction->rs1] + instruction->immediate) & ~1u;
  if (misaligned(hart, target)) [[unlikely]]
    return raise_misaligned(hart, instruction, target, remaining);
  x[instruction->rd] = instruction->next_pc();
  remaining = finish(hart, *hart.state.block, remaining);
  if (hart.counting()) [[unlikely]]
    ++hart.state.events.taken_branches;
  const JumpCacheEntry& found = hart.state.jump_cache->at(target);
  if (found.pc == target) [[likely]] {
    const std::int64_t after_fetch = remaining - found.entry_latency;
    if (may_enter(*found.block, after_fetch)) [[likely]]
      return enter(hart, *found.block, after_fetch);
  }
  hart.state.redirected = true;
  return leave(hart, target, nullptr, remaining);
}

Next end_of_block(Hart& hart, Next instruction, std::int64_t remaining) {
  Block& block = *hart.state.block;
  return go_to_next(hart, block, instruction->pc, finish(hart, block, remaining));
}

Next end_of_block_with_stall(Hart& hart, Next instruction, std::int64_t remaining) {
  hart.state.previous = instruction - 1;
  return leave(hart, instruction->pc, nullptr, finish(hart, *hart.state.block, remaining));
}

Next system(Hart& hart, Next instruction, std::int64_t remaining) {
  hart.state.remaining = remaining - instruction->cycles_through;
  hart.execute_system(*instruction);
  return nullptr;
}

Next stop(Hart& hart, Next /*instruction*/, std::int64_t remaining) {
  hart.state.remaining = remaining;
  return nullptr;
}

}  // namespace

bool execute_apart(Hart& hart, const Instruction& instruction) {
  const Operation operation = instruction.operation;
  if (is_load(operation) || is_store(operation) || is_atomic(operation)) return hart.access(instruction);
  std::array<Instruction, 2> pair{instruction, Instruction{}};
  pair[1].execute = stop;
  pair[0].execute(hart, pair.data(), hart.state.remaining);
  return true;
}

void interpret(Hart& hart, const Block& block) {
  hart.state.block = const_cast<Block*>(&block);
#ifdef TERSE_CALLS_ARE_JUMPS
  block.first->execute(hart, block.first, hart.state.remaining);
#else
  for (Next next = block.first; next != nullptr;) next = next->execute(hart, next, hart.state.remaining);
#endif
}

Handler end_handler(bool stalls) {
  return stalls ? end_of_block_with_stall : end_of_block;
}

bool is_system(Operation operation) {
  return handler_of(operation) == system;
}

// One line per operation, so that the compiler tells which one lacks a handler; long for that reason only.
Handler handler_of(Operation operation) {
  namespace a = arithmetic;
  // clang-format off
  // NOLINTBEGIN(bugprone-branch-clone): neighbours may well be executed alike.
  switch (operation) {
    case Operation::illegal: return system;
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
    case Operation::ecall: return system;
    case Operation::ebreak: return system;
    case Operation::fence_i: return system;
    case Operation::csrrw: return system;
    case Operation::csrrs: return system;
    case Operation::csrrc: return system;
    case Operation::csrrwi: return system;
    case Operation::csrrsi: return system;
    case Operation::csrrci: return system;
    case Operation::mul: return register_register<a::mul>;
    case Operation::mulh: return register_register<a::mulh>;
    case Operation::mulhsu: return register_register<a::mulhsu>;
    case Operation::mulhu: return register_register<a::mulhu>;
    case Operation::div: return divide<a::div>;
    case Operation::divu: return divide<a::divu>;
    case Operation::rem: return divide<a::rem>;
    case Operation::remu: return divide<a::remu>;
    case Operation::lr_w: return access;
    case Operation::sc_w: return access;
    case Operation::amoswap_w: return access;
    case Operation::amoadd_w: return access;
    case Operation::amoxor_w: return access;
    case Operation::amoand_w: return access;
    case Operation::amoor_w: return access;
    case Operation::amomin_w: return access;
    case Operation::amomax_w: return access;
    case Operation::amominu_w: return access;
    case Operation::amomaxu_w: return access;
    case Operation::sh1add: return register_register<a::shift_add<1>>;
    case Operation::sh2add: return register_register<a::shift_add<2>>;
    case Operation::sh3add: return register_register<a::shift_add<3>>;
    case Operation::andn: return register_register<a::andn>;
    case Operation::orn: return register_register<a::orn>;
    case Operation::xnor: return register_register<a::xnor>;
    case Operation::clz: return register_only<a::clz>;
    case Operation::ctz: return register_only<a::ctz>;
    case Operation::cpop: return register_only<a::cpop>;
    case Operation::max: return register_register<a::max>;
    case Operation::maxu: return register_register<a::maxu>;
    case Operation::min: return register_register<a::min>;
    case Operation::minu: return register_register<a::minu>;
    case Operation::sext_b: return register_only<a::sext_b>;
    case Operation::sext_h: return register_only<a::sext_h>;
    case Operation::zext_h: return register_only<a::zext_h>;
    case Operation::rol: return register_register<a::rol>;
    case Operation::ror: return register_register<a::ror>;
    case Operation::rori: return register_immediate<a::ror>;
    case Operation::orc_b: return register_only<a::orc_b>;
    case Operation::rev8: return register_only<a::rev8>;
    case Operation::bclr: return register_register<a::bclr>;
    case Operation::bclri: return register_immediate<a::bclr>;
    case Operation::bext: return register_register<a::bext>;
    case Operation::bexti: return register_immediate<a::bext>;
    case Operation::binv: return register_register<a::binv>;
    case Operation::binvi: return register_immediate<a::binv>;
    case Operation::bset: return register_register<a::bset>;
    case Operation::bseti: return register_immediate<a::bset>;
    case Operation::mret: return system;
    case Operation::wfi: return system;
  }
  // NOLINTEND(bugprone-branch-clone)
  // clang-format on
  return system;
}

}  // namespace terse::riscv
