#include "models/riscv/disassemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace terse::riscv {
namespace {

using enum Operation;

/// Which operands an operation shows, and in which form.
enum class Style : std::uint8_t {
  plain,
  register_register,
  unary,
  immediate,
  upper,
  load,
  store,
  branch,
  jump,
  jump_register,
  csr_register,
  csr_immediate,
  load_reserved,
  atomic,
};
using enum Style;

struct Mnemonic {
  Operation operation;
  const char* name;
  Style style;
};

// clang-format off
constexpr auto mnemonics = std::to_array<Mnemonic>({
    {illegal, "illegal", plain}, {lui, "lui", upper}, {auipc, "auipc", upper},
    {jal, "jal", jump}, {jalr, "jalr", jump_register}, {beq, "beq", branch},
    {bne, "bne", branch}, {blt, "blt", branch}, {bge, "bge", branch},
    {bltu, "bltu", branch}, {bgeu, "bgeu", branch}, {lb, "lb", load},
    {lh, "lh", load}, {lw, "lw", load}, {lbu, "lbu", load},
    {lhu, "lhu", load}, {sb, "sb", store}, {sh, "sh", store},
    {sw, "sw", store}, {addi, "addi", immediate}, {slti, "slti", immediate},
    {sltiu, "sltiu", immediate}, {xori, "xori", immediate}, {ori, "ori", immediate},
    {andi, "andi", immediate}, {slli, "slli", immediate}, {srli, "srli", immediate},
    {srai, "srai", immediate}, {add, "add", register_register}, {sub, "sub", register_register},
    {sll, "sll", register_register}, {slt, "slt", register_register}, {sltu, "sltu", register_register},
    {xor_, "xor", register_register}, {srl, "srl", register_register}, {sra, "sra", register_register},
    {or_, "or", register_register}, {and_, "and", register_register}, {fence, "fence", plain},
    {ecall, "ecall", plain}, {ebreak, "ebreak", plain}, {fence_i, "fence.i", plain},
    {csrrw, "csrrw", csr_register}, {csrrs, "csrrs", csr_register}, {csrrc, "csrrc", csr_register},
    {csrrwi, "csrrwi", csr_immediate}, {csrrsi, "csrrsi", csr_immediate}, {csrrci, "csrrci", csr_immediate},
    {mul, "mul", register_register}, {mulh, "mulh", register_register}, {mulhsu, "mulhsu", register_register},
    {mulhu, "mulhu", register_register}, {div, "div", register_register}, {divu, "divu", register_register},
    {rem, "rem", register_register}, {remu, "remu", register_register}, {lr_w, "lr.w", load_reserved},
    {sc_w, "sc.w", atomic}, {amoswap_w, "amoswap.w", atomic}, {amoadd_w, "amoadd.w", atomic},
    {amoxor_w, "amoxor.w", atomic}, {amoand_w, "amoand.w", atomic}, {amoor_w, "amoor.w", atomic},
    {amomin_w, "amomin.w", atomic}, {amomax_w, "amomax.w", atomic}, {amominu_w, "amominu.w", atomic},
    {amomaxu_w, "amomaxu.w", atomic}, {sh1add, "sh1add", register_register}, {sh2add, "sh2add", register_register},
    {sh3add, "sh3add", register_register}, {andn, "andn", register_register}, {orn, "orn", register_register},
    {xnor, "xnor", register_register}, {clz, "clz", unary}, {ctz, "ctz", unary},
    {cpop, "cpop", unary}, {max, "max", register_register}, {maxu, "maxu", register_register},
    {min, "min", register_register}, {minu, "minu", register_register}, {sext_b, "sext.b", unary},
    {sext_h, "sext.h", unary}, {zext_h, "zext.h", unary}, {rol, "rol", register_register},
    {ror, "ror", register_register}, {rori, "rori", immediate}, {orc_b, "orc.b", unary},
    {rev8, "rev8", unary}, {bclr, "bclr", register_register}, {bclri, "bclri", immediate},
    {bext, "bext", register_register}, {bexti, "bexti", immediate}, {binv, "binv", register_register},
    {binvi, "binvi", immediate}, {bset, "bset", register_register}, {bseti, "bseti", immediate},
    {mret, "mret", plain}, {wfi, "wfi", plain},
});
// clang-format on

constexpr bool in_order = [] {
  for (std::size_t index = 0; index < mnemonics.size(); ++index) {
    if (static_cast<std::size_t>(mnemonics[index].operation) != index) return false;
  }
  return true;
}();
static_assert(in_order && mnemonics.size() == operation_count, "one row for each Operation, in its order");

const Mnemonic& mnemonic_of(Operation operation) {
  return mnemonics[static_cast<std::size_t>(operation)];
}

constexpr auto csr_names = std::to_array<std::pair<std::uint32_t, const char*>>({
    {0x300, "mstatus"}, {0x301, "misa"},      {0x304, "mie"},        {0x305, "mtvec"},         {0x306, "mcounteren"},
    {0x30a, "menvcfg"}, {0x310, "mstatush"},  {0x31a, "menvcfgh"},   {0x320, "mcountinhibit"}, {0x340, "mscratch"},
    {0x341, "mepc"},    {0x342, "mcause"},    {0x343, "mtval"},      {0x344, "mip"},           {0x7a0, "tselect"},
    {0x7a1, "tdata1"},  {0x7a2, "tdata2"},    {0x7a3, "tdata3"},     {0xb00, "mcycle"},        {0xb02, "minstret"},
    {0xb80, "mcycleh"}, {0xb82, "minstreth"}, {0xc00, "cycle"},      {0xc01, "time"},          {0xc02, "instret"},
    {0xc80, "cycleh"},  {0xc81, "timeh"},     {0xc82, "instreth"},   {0xf11, "mvendorid"},     {0xf12, "marchid"},
    {0xf13, "mimpid"},  {0xf14, "mhartid"},   {0xf15, "mconfigptr"},
});

struct Numbered {
  std::uint32_t first, last, from;
  const char* name;
  const char* suffix = "";
};
constexpr auto numbered_csrs = std::to_array<Numbered>({
    {0x323, 0x33f, 3, "mhpmevent"},
    {0x3a0, 0x3af, 0, "pmpcfg"},
    {0x3b0, 0x3ef, 0, "pmpaddr"},
    {0xb03, 0xb1f, 3, "mhpmcounter"},
    {0xb83, 0xb9f, 3, "mhpmcounter", "h"},
    {0xc03, 0xc1f, 3, "hpmcounter"},
    {0xc83, 0xc9f, 3, "hpmcounter", "h"},
});

/// Acquire and release bits of an atomic operation.
const char* ordering(std::uint32_t bits) {
  constexpr std::array<const char*, 4> suffixes = {"", ".rl", ".aq", ".aqrl"};
  return suffixes[bits >> 25 & 3];
}

}  // namespace

const char* register_name(unsigned index) {
  constexpr std::array<const char*, 33> names = {
      "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1",  "a0",  "a1", "a2", "a3", "a4", "a5",  "a6",
      "a7",   "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6", "zero"};
  return names[index];
}

std::string csr_name(std::uint32_t number) {
  const auto named = std::ranges::find(csr_names, number, &std::pair<std::uint32_t, const char*>::first);
  if (named != csr_names.end()) return named->second;
  for (const Numbered& range : numbered_csrs) {
    if (number >= range.first && number <= range.last) {
      return fmt::format("{}{}{}", range.name, number - range.first + range.from, range.suffix);
    }
  }
  return fmt::format("{:#x}", number);
}

std::string disassemble(const Instruction& instruction, std::uint32_t pc) {
  const Mnemonic& mnemonic = mnemonic_of(instruction.operation);
  const char* rd = register_name(instruction.rd);
  const char* rs1 = register_name(instruction.rs1 & 31u);
  const char* rs2 = register_name(instruction.rs2 & 31u);
  const auto immediate_value = static_cast<std::int32_t>(instruction.immediate);
  switch (mnemonic.style) {
    case plain:
      if (instruction.operation != illegal) return mnemonic.name;
      return fmt::format("illegal 0x{:0{}x}", instruction.bits, 2 * instruction.length);
    case register_register:
      return fmt::format("{} {}, {}, {}", mnemonic.name, rd, rs1, rs2);
    case unary:
      return fmt::format("{} {}, {}", mnemonic.name, rd, rs1);
    case immediate:
      return fmt::format("{} {}, {}, {}", mnemonic.name, rd, rs1, immediate_value);
    case upper:
      return fmt::format("{} {}, 0x{:x}", mnemonic.name, rd, instruction.immediate >> 12);
    case load:
      return fmt::format("{} {}, {}({})", mnemonic.name, rd, immediate_value, rs1);
    case store:
      return fmt::format("{} {}, {}({})", mnemonic.name, rs2, immediate_value, rs1);
    case branch:
      return fmt::format("{} {}, {}, 0x{:x}", mnemonic.name, rs1, rs2, pc + instruction.immediate);
    case jump:
      return fmt::format("{} {}, 0x{:x}", mnemonic.name, rd, pc + instruction.immediate);
    case jump_register:
      return fmt::format("{} {}, {}({})", mnemonic.name, rd, immediate_value, rs1);
    case csr_register:
      return fmt::format("{} {}, {}, {}", mnemonic.name, rd, csr_name(instruction.immediate), rs1);
    case csr_immediate:
      return fmt::format("{} {}, {}, {}", mnemonic.name, rd, csr_name(instruction.immediate), instruction.rs1);
    case load_reserved:
      return fmt::format("{}{} {}, ({})", mnemonic.name, ordering(instruction.bits), rd, rs1);
    case atomic:
      return fmt::format("{}{} {}, {}, ({})", mnemonic.name, ordering(instruction.bits), rd, rs2, rs1);
  }
  return mnemonic.name;
}

}  // namespace terse::riscv
