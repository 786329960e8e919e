#pragma once
// Host code for one block on x86-64.
//
// Registers    rbp = &HartState; r15 = cycles left (as `remaining` in interpreter.cpp, but data latency that was
//              foreseen is subtracted at the end of the block, with its cycles); ten guest registers, those the calling
//              convention uses most, live in host registers from block to block; eax, ecx, edx are free within an
//              instruction. All other guest registers are in HartState::x.
// Ways out     a jump to a block that is not translated yet leads to `leave`, with the address of the jump in
//              HartState::translated_link, so that the run loop can let it lead there directly.
// Memory       a load or store compares its address with the window of memory that it worked on when it was watched
//              (Instruction::address_hint); elsewhere, misaligned, or where code may lie, it is executed by
//              Hart::access.
#include <asmjit/x86.h>

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "models/riscv/block.hpp"
#include "models/riscv/hart.hpp"

namespace terse::riscv {

/// Code that all blocks share, at fixed addresses.
struct SharedCode {
  const std::uint8_t* execute = nullptr;   ///< called: executes the instruction in rcx, with r15 exact
  const std::uint8_t* leave = nullptr;     ///< jumped to: back to the run loop
  const std::uint8_t* leave_to = nullptr;  ///< jumped to: back to the run loop after a jump to the address in eax
};

/// The host register that keeps a guest register, or none.
struct RegisterMap {
  static constexpr std::uint32_t count = 10;
  static constexpr std::array<std::uint8_t, count> guest{15, 14, 13, 10, 11, 12, 2, 8, 16, 17};
  static asmjit::x86::Gp host(std::uint32_t index);  ///< 32 bits wide
};

class Emitter {
 public:
  Emitter(asmjit::x86::Assembler& assembler, Hart& hart, const SharedCode& shared, bool has_bmi2);

  /// What the translator has to know about the code of a block; offsets from its beginning.
  struct Layout {
    std::size_t entry = 0;
    std::size_t entry_of_jump = 0;
    std::vector<std::size_t> bounds;  ///< 32-bit immediates
    struct Exit {
      std::size_t site = 0;  ///< of the 32-bit displacement
      std::uint32_t target = 0;
      bool taken = false;
    };
    std::vector<Exit> exits;
  };
  /// Emits the block. `base`: where its code will lie.
  Layout emit(const Block& block, const std::uint8_t* base);

 private:
  struct ColdPath {
    asmjit::Label label;
    std::function<void()> emit;
  };
  using Gp = asmjit::x86::Gp;
  using Mem = asmjit::x86::Mem;

  // Operands.
  static int mapped(std::uint32_t guest);
  static Mem slot(std::uint32_t guest);
  static bool in_host(std::uint32_t guest) { return mapped(guest) >= 0; }
  static Gp host(std::uint32_t guest) { return RegisterMap::host(static_cast<std::uint32_t>(mapped(guest))); }
  void read(const Gp& to, std::uint32_t guest);
  void write(std::uint32_t guest, const Gp& from);
  Gp value(std::uint32_t guest, const Gp& scratch);
  Gp destination(std::uint32_t guest, const Gp& scratch);
  template <class Emit>
  void with_operand(std::uint32_t guest, Emit emit);

  // Instructions.
  void emit_entry(const Block& block);
  void emit_instruction(const Instruction& instruction);
  bool emit_integer(const Instruction& instruction);
  bool emit_immediate(const Instruction& instruction);
  bool emit_register(const Instruction& instruction);
  bool emit_bit_manipulation(const Instruction& instruction);
  bool emit_choice(const Instruction& instruction);
  void emit_binary(asmjit::x86::Inst::Id id, const Instruction& instruction, bool commutative);
  void emit_binary_immediate(asmjit::x86::Inst::Id id, const Instruction& instruction);
  void emit_add_immediate(const Instruction& instruction);
  void emit_shift(asmjit::x86::Inst::Id by_cl, asmjit::x86::Inst::Id by_register, const Instruction& instruction);
  void emit_shift_immediate(asmjit::x86::Inst::Id id, const Instruction& instruction);
  void emit_compare(asmjit::x86::CondCode condition, const Instruction& instruction, bool immediate);
  void emit_multiply_high(const Instruction& instruction);
  void emit_divide(const Instruction& instruction);
  void emit_by_interpreter(const Instruction& instruction);
  void emit_load(const Instruction& instruction);
  void emit_store(const Instruction& instruction);
  void emit_offset_in_window(const Instruction& instruction, const MemoryPort::Window& window, unsigned size,
                             const asmjit::Label& elsewhere);
  asmjit::Label cold_access(const Instruction& instruction, std::uint32_t foreseen, const asmjit::Label& back);

  // Ends of a block.
  void emit_end(const Block& block);
  void emit_accounts(const Block& block);
  void emit_branch(const Instruction& instruction, const Block& block);
  void emit_indirect_jump(const Instruction& instruction, const Block& block);
  void count_taken();
  void jump(std::uint32_t target, bool taken);
  void conditional_jump(asmjit::x86::CondCode condition, std::uint32_t target);
  asmjit::Label cold_exit(std::uint32_t target, bool taken, std::size_t site);
  void jump_to(const std::uint8_t* code);

  asmjit::x86::Assembler& a_;
  Hart& hart_;
  const SharedCode& shared_;
  bool has_bmi2_;
  const std::uint8_t* base_ = nullptr;
  std::uint32_t foreseen_ = 0;  // data latency of the accesses emitted so far
  std::vector<ColdPath> cold_;
  Layout layout_;
};

}  // namespace terse::riscv
