#include "models/riscv/pipeline_timing.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

#include "models/riscv/csr.hpp"

#include "models/riscv/operation_kinds.hpp"

namespace terse::riscv {
namespace {

// Ibex, configuration "small" of ibex_configs.yaml: two stages, three-cycle multiplier (RV32MFast), no branch target
// ALU, no branch predictor, no instruction cache. Source, unless said otherwise: Ibex Reference Guide, "Pipeline
// Details", table "Multi- and Single-Cycle Instructions" (doc/03_reference/pipeline_details.rst at commit 8b8ee086).
// The table counts stall cycles, one less than cycles, and includes the cycle in which a memory that answers in the
// next cycle does so: that one is the memory's latency here.
PipelineTiming ibex() {
  PipelineTiming timing;
  timing.integer = 1;        // Integer Computational: 0 stall cycles
  timing.multiply = 3;       // Multiplication, Fast Multi-Cycle Multiplier: 2 for MUL
  timing.multiply_high = 4;  // 3 for MULH
  // 37, and 2 for a zero divisor: "Multiplier/Divider Block" (instruction_decode_execute.rst) and the states of
  // rtl/ibex_multdiv_fast.sv (idle, 2 absolute values, 31 steps, last step, sign, finish). The table's 37 stall cycles
  // would be one more.
  timing.divide = 37;
  timing.divide_minimum = 2;
  timing.divide_rule = DivideRule::zero_divisor;
  timing.load = 1;           // Load/Store: 1 - N, all of them the memory's latency
  timing.load_use = 1;       // "written directly to the register file the same cycle it is received"
  timing.store = 1;          // as loads
  timing.atomic = 2;         // Ibex has no extension A: as a load and a store
  timing.branch = 1;         // Branch (Not-Taken): 0
  timing.branch_taken = 2;   // Branch (Taken): 2 - N, one of which is the fetch's latency
  timing.jump = 1;           // Jump: 1 - N, one of which is the fetch's latency
  timing.jump_register = 1;  // as jal
  timing.csr = 1;            // CSR Access: 0
  timing.csr_status = 1;
  timing.fence_i = 1;    // Instruction Fence: as a jump
  timing.mret = 2;       // not documented; rtl/ibex_controller.sv: DECODE, then FLUSH sets the program counter
  timing.exception = 1;  // likewise
  timing.interrupt = 1;  // likewise: IRQ_TAKEN sets the program counter
  timing.prefetch = true;
  timing.split_target = 1;  // "Instruction Fetch": one aligned word per cycle
  return timing;
}

// CV32E40P without PULP extensions. Source, unless said otherwise: CV32E40P User Manual 1.8.3, "Pipeline Details"
// (docs/source/pipeline.rst at commit 6033d2b), table "Cycle counts per instruction type". It assumes memories that
// answer in the next cycle: for fetches behind a control transfer that cycle is the memory's latency here, for data the
// write-back stage overlaps it.
PipelineTiming cv32e40p() {
  PipelineTiming timing;
  timing.integer = 1;        // Integer Computational: 1
  timing.multiply = 1;       // Multiplication: 1 (mul)
  timing.multiply_high = 5;  // 5 (mulh, mulhsu, mulhu)
  // Division, Remainder: 3..35, by the divisor's leading zeros. Negative divisors as in rtl/cv32e40p_alu.sv, div_shift.
  timing.divide = 35;
  timing.divide_minimum = 3;
  timing.divide_rule = DivideRule::leading_bits;
  timing.load = 1;                // Load/Store: 1
  timing.load_use = 2;            // "Hazards": load data hazard, 1 cycle
  timing.store = 1;               // Load/Store: 1
  timing.atomic = 2;              // CV32E40P has no extension A: as a load and a store
  timing.branch = 1;              // Branch (Not-Taken): 1
  timing.branch_taken = 2;        // Branch (Taken): 3, one of which is the fetch's latency
  timing.jump = 1;                // Jump: 2, one of which is the fetch's latency
  timing.jump_register = 1;       // as jal
  timing.csr = 1;                 // CSR Access: 1 (all the other CSRs)
  timing.csr_status = 4;          // 4 (mstatus, mepc, mtvec, ...)
  timing.fence_i = 1;             // Instruction Fence: 2, one of which is the fetch's latency
  timing.mret = 4;                // not documented; rtl/cv32e40p_controller.sv: DECODE, FLUSH_EX, FLUSH_WB, XRET_JUMP
  timing.jump_register_use = 1;   // "Hazards": jump register (jalr) data hazard, 1 cycle
  timing.exception = 2;           // not documented; likewise: FLUSH_EX, then FLUSH_WB sets the program counter
  timing.interrupt = 1;           // likewise: DECODE itself sets it
  timing.second_access = 1;       // Load/Store: 2 for transfers over a word boundary
  timing.overlapped_latency = 1;  // "using both EX and WB stages for 1 cycle each"
  timing.prefetch = true;
  timing.split_target = 1;  // Jump, Branch: one more if the target is a non-word-aligned non-RVC instruction
  return timing;
}

bool reads_two_registers(Operation operation) {
  using enum Operation;
  switch (operation) {
    case beq:
    case bne:
    case blt:
    case bge:
    case bltu:
    case bgeu:
    case sb:
    case sh:
    case sw:
    case add:
    case sub:
    case sll:
    case slt:
    case sltu:
    case xor_:
    case srl:
    case sra:
    case or_:
    case and_:
    case sh1add:
    case sh2add:
    case sh3add:
    case andn:
    case orn:
    case xnor:
    case max:
    case maxu:
    case min:
    case minu:
    case rol:
    case ror:
    case bclr:
    case bext:
    case binv:
    case bset:
      return true;
    default:
      break;
  }
  const InstructionClass kind = class_of(operation);
  return kind == InstructionClass::multiply || kind == InstructionClass::multiply_high ||
         kind == InstructionClass::divide || kind == InstructionClass::atomic || operation == sc_w;
}

bool reads_no_register(Operation operation) {
  using enum Operation;
  switch (operation) {
    case illegal:
    case lui:
    case auipc:
    case jal:
    case fence:
    case ecall:
    case ebreak:
    case fence_i:
    case csrrwi:
    case csrrsi:
    case csrrci:
    case mret:
    case wfi:
      return true;
    default:
      return false;
  }
}

constexpr bool within(std::uint32_t number, std::uint32_t first, std::uint32_t count) {
  return number - first < count;
}

}  // namespace

// Without a default, so that the compiler tells which operation lacks a class.
InstructionClass class_of(Operation operation) {
  using enum Operation;
  // clang-format off
  switch (operation) {
    case illegal: case lui: case auipc: case addi: case slti: case sltiu: case xori: case ori: case andi: case slli:
    case srli: case srai: case add: case sub: case sll: case slt: case sltu: case xor_: case srl: case sra: case or_:
    case and_: case fence: case ecall: case ebreak: case wfi:
    case sh1add: case sh2add: case sh3add:
    case andn: case orn: case xnor: case clz: case ctz: case cpop: case max: case maxu: case min: case minu:
    case sext_b: case sext_h: case zext_h: case rol: case ror: case rori: case orc_b: case rev8:
    case bclr: case bclri: case bext: case bexti: case binv: case binvi: case bset: case bseti:
      return InstructionClass::integer;
    case mul:
      return InstructionClass::multiply;
    case mulh: case mulhsu: case mulhu:
      return InstructionClass::multiply_high;
    case div: case divu: case rem: case remu:
      return InstructionClass::divide;
    case lb: case lh: case lw: case lbu: case lhu: case lr_w:
      return InstructionClass::load;
    case sb: case sh: case sw: case sc_w:
      return InstructionClass::store;
    case amoswap_w: case amoadd_w: case amoxor_w: case amoand_w: case amoor_w: case amomin_w: case amomax_w:
    case amominu_w: case amomaxu_w:
      return InstructionClass::atomic;
    case beq: case bne: case blt: case bge: case bltu: case bgeu:
      return InstructionClass::branch;
    case jal:
      return InstructionClass::jump;
    case jalr:
      return InstructionClass::jump_register;
    case csrrw: case csrrs: case csrrc: case csrrwi: case csrrsi: case csrrci:
      return InstructionClass::csr;
    case fence_i:
      return InstructionClass::fence_i;
    case mret:
      return InstructionClass::mret;
  }
  // clang-format on
  return InstructionClass::integer;
}

std::uint32_t PipelineTiming::cost(const Instruction& instruction) const {
  switch (class_of(instruction.operation)) {
    case InstructionClass::integer:
      return integer;
    case InstructionClass::multiply:
      return multiply;
    case InstructionClass::multiply_high:
      return multiply_high;
    case InstructionClass::divide:
      return divide;
    case InstructionClass::load:
      return load;
    case InstructionClass::store:
      return store;
    case InstructionClass::atomic:
      return atomic;
    case InstructionClass::branch:
      return branch;
    case InstructionClass::jump:
      return jump;
    case InstructionClass::jump_register:
      return jump_register;
    case InstructionClass::csr:
      return is_status_csr(instruction.immediate) ? csr_status : csr;
    case InstructionClass::fence_i:
      return fence_i;
    case InstructionClass::mret:
      return mret;
  }
  return integer;
}

std::uint32_t PipelineTiming::divide_cycles(Operation operation, std::uint32_t /*dividend*/,
                                            std::uint32_t divisor) const {
  switch (divide_rule) {
    case DivideRule::fixed:
      break;
    case DivideRule::zero_divisor:
      return divisor == 0 ? divide_minimum : divide;
    case DivideRule::leading_bits: {
      const bool is_signed = operation == Operation::div || operation == Operation::rem;
      const bool negative = is_signed && divisor >> 31 != 0;
      const int places = negative ? std::countl_one(divisor) - 1 : std::countl_zero(divisor);
      return std::min(divide, divide_minimum + static_cast<std::uint32_t>(places));
    }
  }
  return divide;
}

std::uint32_t PipelineTiming::stall_between(const Instruction& previous, const Instruction& next) const {
  if (!writes_register(previous.operation) || !uses(next, previous.rd)) return 0;
  // Both hazards hold for a jump to a loaded address: it waits while the load is in the execute stage and while it is in
  // write-back (rtl/cv32e40p_controller.sv, jr_stall).
  const bool loaded = class_of(previous.operation) == InstructionClass::load;
  const bool jumps = next.operation == Operation::jalr;
  return (loaded ? load_use - load : 0) + (jumps ? jump_register_use : 0);
}

const std::vector<std::string>& timing_presets() {
  static const std::vector<std::string> names{"nominal", "ibex", "cv32e40p"};
  return names;
}

PipelineTiming timing_preset(std::string_view name) {
  if (name == "ibex") return ibex();
  if (name == "cv32e40p") return cv32e40p();
  assert(name == "nominal");
  return {};
}

bool uses(const Instruction& instruction, unsigned reg) {
  if (reg == 0 || reg > 31 || reads_no_register(instruction.operation)) return false;
  return instruction.rs1 == reg || (instruction.rs2 == reg && reads_two_registers(instruction.operation));
}

bool is_status_csr(std::uint32_t number) {
  switch (number) {
    case csr::mstatus:
    case csr::mepc:
    case csr::mtvec:
    case csr::mcause:
    case csr::mcycle:
    case csr::mcycleh:
    case csr::minstret:
    case csr::minstreth:
    case csr::mcountinhibit:
      return true;
    default:
      break;
  }
  constexpr std::uint32_t monitors = 29;
  return within(number, csr::mhpmcounter3, monitors) || within(number, csr::mhpmcounter3h, monitors) ||
         within(number, csr::mhpmevent3, monitors);
}

}  // namespace terse::riscv
