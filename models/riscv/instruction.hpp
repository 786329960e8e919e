#pragma once
// A decoded instruction.
#include <cstddef>
#include <cstdint>

namespace terse::riscv {

class Hart;
struct Instruction;

/// Executes an instruction of a block and goes on with the next one; what it returns is explained in interpreter.cpp.
using Handler = const Instruction* (*)(Hart& hart, const Instruction* instruction, std::int64_t remaining);

// clang-format off: grouped as the specification lists them
enum class Operation : std::uint8_t {
  illegal,
  // RV32I
  lui,
  auipc,
  jal,
  jalr,
  beq,
  bne,
  blt,
  bge,
  bltu,
  bgeu,
  lb,
  lh,
  lw,
  lbu,
  lhu,
  sb,
  sh,
  sw,
  addi,
  slti,
  sltiu,
  xori,
  ori,
  andi,
  slli,
  srli,
  srai,
  add,
  sub,
  sll,
  slt,
  sltu,
  xor_,
  srl,
  sra,
  or_,
  and_,
  fence,
  ecall,
  ebreak,
  // Zifencei, Zicsr
  fence_i,
  csrrw,
  csrrs,
  csrrc,
  csrrwi,
  csrrsi,
  csrrci,
  // M
  mul,
  mulh,
  mulhsu,
  mulhu,
  div,
  divu,
  rem,
  remu,
  // A
  lr_w,
  sc_w,
  amoswap_w,
  amoadd_w,
  amoxor_w,
  amoand_w,
  amoor_w,
  amomin_w,
  amomax_w,
  amominu_w,
  amomaxu_w,
  // Zba
  sh1add,
  sh2add,
  sh3add,
  // Zbb
  andn,
  orn,
  xnor,
  clz,
  ctz,
  cpop,
  max,
  maxu,
  min,
  minu,
  sext_b,
  sext_h,
  zext_h,
  rol,
  ror,
  rori,
  orc_b,
  rev8,
  // Zbs
  bclr,
  bclri,
  bext,
  bexti,
  binv,
  binvi,
  bset,
  bseti,
  // machine mode
  mret,
  wfi,
};
// clang-format on
constexpr std::size_t operation_count = static_cast<std::size_t>(Operation::wfi) + 1;

/// Register x0 as a destination is decoded to this index, so that no handler has to guard x0.
constexpr std::uint8_t discarded_register = 32;

struct Instruction {
  Handler execute = nullptr;
  std::uint32_t pc = 0;
  std::uint32_t immediate = 0;  ///< Sign-extended; the CSR number for Zicsr.
  std::uint32_t bits = 0;       ///< As fetched (16 bits if compressed): what mtval reports if it is illegal.
  /// Clock cycles from the start of its block to its own end, without the latency of data accesses.
  std::uint32_t cycles_through = 0;
  /// Loads and stores: an address it has accessed, from which the translator guesses the memory it works on.
  std::uint32_t address_hint = 0;
  std::uint16_t index = 0;  ///< Instructions of its block before it.
  std::uint8_t rd = discarded_register;
  std::uint8_t rs1 = 0;  ///< The 5-bit immediate itself for csrrwi, csrrsi, csrrci.
  std::uint8_t rs2 = 0;
  std::uint8_t length = 4;
  Operation operation = Operation::illegal;

  std::uint32_t next_pc() const { return pc + length; }
};

}  // namespace terse::riscv
