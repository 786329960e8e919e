#pragma once
// Short names for what the emitter's files write again and again. For them alone.
#include <asmjit/x86.h>

#include <cstddef>
#include <cstdint>

#include "models/riscv/emitter_x86.hpp"

namespace terse::riscv {

using asmjit::Imm;
using asmjit::Label;
namespace x86 = asmjit::x86;
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

/// Members of the HartState, which rbp points to.
inline x86::Mem state_word(std::size_t offset) {
  return x86::dword_ptr(rbp, static_cast<std::int32_t>(offset));
}
inline x86::Mem state_quad(std::size_t offset) {
  return x86::qword_ptr(rbp, static_cast<std::int32_t>(offset));
}

inline Imm address_of(const void* pointer) {
  return Imm(reinterpret_cast<std::uintptr_t>(pointer));
}

inline std::int32_t as_signed(std::uint32_t value) {
  return static_cast<std::int32_t>(value);
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

}  // namespace terse::riscv
