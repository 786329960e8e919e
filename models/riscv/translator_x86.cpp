// Memory for translated code on x86-64, the code that all blocks share, and the links between blocks.
#include "models/riscv/translator.hpp"

#include <asmjit/x86.h>

#include <cstddef>

#include "models/riscv/emitter_x86.hpp"
#include "models/riscv/hart.hpp"
#include "models/riscv/interpreter.hpp"

namespace terse::riscv {
namespace {

using namespace asmjit;

constexpr std::size_t arena_size = std::size_t{32} << 20;

/// What translated code calls to have an instruction executed.
bool execute_for_translated_code(Hart* hart, const Instruction* instruction) {
  return execute_apart(*hart, *instruction);
}

class X86Translator : public Translator {
 public:
  X86Translator(Hart& hart, std::uint8_t* arena) : hart_(hart), arena_(arena), end_(arena) {
    has_bmi2_ = CpuInfo::host().features().x86().hasBMI2();
    emit_shared_code();
    blocks_begin_ = end_;
  }
  ~X86Translator() override { VirtMem::release(arena_, arena_size); }

  bool translate(Block& block) override;
  void run(const Block& block) override { enter_(&hart_.state, block.translation); }
  void link(std::uint8_t* site, const Block& block, bool taken) override {
    set_displacement(site, taken ? block.translation_of_jump : block.translation);
  }
  const void* way_back() const override { return shared_.leave_to; }
  void clear() override { end_ = blocks_begin_; }

 private:
  using Enter = void (*)(HartState*, const std::uint8_t* code);

  template <class Emit>
  const std::uint8_t* place(Emit emit);
  void emit_shared_code();
  static void save_registers(x86::Assembler& a);
  static void load_registers(x86::Assembler& a);
  static void set_displacement(std::uint8_t* site, const std::uint8_t* target) {
    const auto displacement = static_cast<std::int32_t>(target - (site + 4));
    std::memcpy(site, &displacement, sizeof displacement);
  }

  Hart& hart_;
  std::uint8_t* arena_;
  std::uint8_t* end_;  // of what is used
  std::uint8_t* blocks_begin_ = nullptr;
  SharedCode shared_;
  Enter enter_ = nullptr;
  bool has_bmi2_ = false;
};

/// Assembles code to where it will run; nullptr if there is no room.
template <class Emit>
const std::uint8_t* X86Translator::place(Emit emit) {
  CodeHolder code;
  code.init(Environment::host(), reinterpret_cast<std::uintptr_t>(end_));
  x86::Assembler assembler(&code);
  emit(assembler);
  code.flatten();
  code.resolveUnresolvedLinks();
  const std::size_t size = code.codeSize();
  if (end_ + size + 64 > arena_ + arena_size) return nullptr;
  code.relocateToBase(reinterpret_cast<std::uintptr_t>(end_));
  code.copyFlattenedData(end_, size);
  const std::uint8_t* placed = end_;
  end_ += (size + 15) / 16 * 16;
  return placed;
}

void X86Translator::save_registers(x86::Assembler& a) {
  for (std::uint32_t i = 0; i < RegisterMap::count; ++i) {
    const auto offset = static_cast<std::int32_t>(offsetof(HartState, x) + 4 * std::size_t{RegisterMap::guest[i]});
    a.mov(x86::dword_ptr(x86::rbp, offset), RegisterMap::host(i));
  }
  a.mov(x86::qword_ptr(x86::rbp, offsetof(HartState, remaining)), x86::r15);
}

void X86Translator::load_registers(x86::Assembler& a) {
  for (std::uint32_t i = 0; i < RegisterMap::count; ++i) {
    const auto offset = static_cast<std::int32_t>(offsetof(HartState, x) + 4 * std::size_t{RegisterMap::guest[i]});
    a.mov(RegisterMap::host(i), x86::dword_ptr(x86::rbp, offset));
  }
  a.mov(x86::r15, x86::qword_ptr(x86::rbp, offsetof(HartState, remaining)));
}

void X86Translator::emit_shared_code() {
  using namespace x86;
  const std::array saved{rbx, rbp, r12, r13, r14, r15};
  // System V calling convention: rdi = state, rsi = code. Six registers and the return address leave the stack eight
  // bytes off its alignment of sixteen.
  const auto* enter = place([&](Assembler& a) {
    for (const Gp& reg : saved) a.push(reg);
    a.sub(rsp, Imm(8));
    a.mov(rbp, rdi);
    a.mov(rax, rsi);
    load_registers(a);
    a.jmp(rax);
  });
  const auto emit_return = [&](Assembler& a) {
    a.add(rsp, Imm(8));
    for (std::size_t i = saved.size(); i-- > 0;) a.pop(saved[i]);
    a.ret();
  };
  shared_.leave = place([&](Assembler& a) {
    save_registers(a);
    emit_return(a);
  });
  shared_.leave_to = place([&](Assembler& a) {
    a.mov(dword_ptr(rbp, offsetof(HartState, pc)), eax);
    a.mov(byte_ptr(rbp, offsetof(HartState, redirected)), Imm(1));
    a.jmp(Imm(reinterpret_cast<std::uintptr_t>(shared_.leave)));
  });
  shared_.execute = place([&](Assembler& a) {
    const Label left = a.newLabel();
    save_registers(a);
    a.mov(rdi, Imm(reinterpret_cast<std::uintptr_t>(&hart_)));
    a.mov(rsi, rcx);
    a.sub(rsp, Imm(8));
    a.mov(rax, Imm(reinterpret_cast<std::uintptr_t>(&execute_for_translated_code)));
    a.call(rax);
    a.add(rsp, Imm(8));
    a.test(al, al);
    a.jz(left);
    load_registers(a);
    a.ret();
    a.bind(left);
    a.add(rsp, Imm(8));  // the return address; the state is complete already
    emit_return(a);
  });
  enter_ = reinterpret_cast<Enter>(reinterpret_cast<std::uintptr_t>(enter));
}

bool X86Translator::translate(Block& block) {
  if (is_system(block.code.front().operation) || !hart_.csrs().compressed_enabled()) {
    block.heat = 0x7fffffff;
    return true;
  }
  Emitter::Layout layout;
  const std::uint8_t* code = place(
      [&](x86::Assembler& assembler) { layout = Emitter(assembler, hart_, shared_, has_bmi2_).emit(block, end_); });
  if (code == nullptr) return false;
  block.translation = code + layout.entry;
  block.translation_of_jump = code + layout.entry_of_jump;
  for (std::size_t i = 0; i < layout.bounds.size(); ++i) {
    block.translated_bounds[i] = const_cast<std::uint8_t*>(code) + layout.bounds[i];
  }
  block.bound = Block::never;  // for the interpreter
  JumpCacheEntry& cached = hart_.blocks().jump_cache(block.mode).at(block.pc);
  if (cached.block == &block) cached.translation = block.translation_of_jump;
  for (const auto& exit : layout.exits) {
    const Block* target = hart_.blocks().find(exit.target, block.mode, false);
    if (target == nullptr || target->translation == nullptr) continue;
    link(const_cast<std::uint8_t*>(code) + exit.site, *target, exit.taken);
  }
  return true;
}

}  // namespace

std::unique_ptr<Translator> Translator::create(Hart& hart) {
  void* arena = nullptr;
  if (VirtMem::alloc(&arena, arena_size, VirtMem::MemoryFlags::kAccessRWX) != kErrorOk) return nullptr;
  return std::make_unique<X86Translator>(hart, static_cast<std::uint8_t*>(arena));
}

}  // namespace terse::riscv
