// Cost tables of the cores, each figure derived from what their documentation says, and the rules that read them.
#include "models/riscv/pipeline_timing.hpp"

#include <gtest/gtest.h>

#include "models/riscv/csr.hpp"
#include "models/riscv/decode.hpp"
#include "models/riscv/riscv_parameters.hpp"
#include "tests/models/riscv/assembler.hpp"

namespace terse::riscv {
namespace {

using namespace test;

const PipelineTiming nominal = timing_preset("nominal");
const PipelineTiming ibex = timing_preset("ibex");
const PipelineTiming cv32e40p = timing_preset("cv32e40p");

std::uint32_t cost(const PipelineTiming& timing, std::uint32_t word) {
  return timing.cost(decode(word));
}

std::uint32_t stall(const PipelineTiming& timing, std::uint32_t previous, std::uint32_t next) {
  return timing.stall_between(decode(previous), decode(next));
}

constexpr std::uint32_t one_of_each_class[] = {
    rv::add(a0, a1, a2),     rv::mul(a0, a1, a2), rv::mulhu(a0, a1, a2), rv::div(a0, a1, a2),        rv::lw(a0, a1, 0),
    rv::lr_w(a0, a1),        rv::sw(a0, a1, 0),   rv::sc_w(a0, a1, a2),  rv::amoadd_w(a0, a1, a2),   rv::beq(a0, a1, 8),
    rv::jal(ra, 8),          rv::jalr(ra, a0, 0), rv::fence_i,           rv::csrr(a0, csr::mstatus), rv::mret,
    rv::csrr(a0, csr::cycle)};

TEST(PipelineTiming, NominalIsOneCycleForEverything) {
  for (const std::uint32_t word : one_of_each_class) {
    EXPECT_EQ(cost(nominal, word), 1u) << std::hex << word;
    for (const std::uint32_t next : one_of_each_class) EXPECT_EQ(stall(nominal, word, next), 0u);
  }
  EXPECT_EQ(nominal.taken(), 0u);
  EXPECT_FALSE(nominal.prefetch);
  EXPECT_FALSE(nominal.divide_depends_on_operands());
  EXPECT_EQ(nominal.exception + nominal.interrupt + nominal.second_access + nominal.split_target, 0u);
}

// The documentation's totals hold for memories that answer in the next cycle, so a latency of 1 here.
TEST(PipelineTiming, IbexStallsPlusOneCycle) {
  constexpr std::uint32_t latency = 1;
  EXPECT_EQ(cost(ibex, rv::addi(a0, a0, 1)), 0u + 1);
  EXPECT_EQ(cost(ibex, rv::mul(a0, a1, a2)), 2u + 1);  // fast multi-cycle multiplier
  EXPECT_EQ(cost(ibex, rv::mulhsu(a0, a1, a2)), 3u + 1);
  EXPECT_EQ(cost(ibex, rv::lw(a0, a1, 0)) + latency - ibex.overlapped_latency, 1u + 1);
  EXPECT_EQ(cost(ibex, rv::sb(a0, a1, 0)) + latency - ibex.overlapped_latency, 1u + 1);
  EXPECT_EQ(cost(ibex, rv::jal(ra, 8)) + latency, 1u + 1);
  EXPECT_EQ(cost(ibex, rv::jalr(ra, a0, 8)) + latency, 1u + 1);
  EXPECT_EQ(cost(ibex, rv::bne(a0, a1, 8)), 0u + 1);
  EXPECT_EQ(cost(ibex, rv::bne(a0, a1, 8)) + ibex.taken() + latency, 2u + 1);  // no branch target ALU
  EXPECT_EQ(cost(ibex, rv::fence_i) + latency, 1u + 1);
  EXPECT_EQ(cost(ibex, rv::csrw(csr::mstatus, a0)), 0u + 1);
  EXPECT_TRUE(ibex.prefetch);
}

TEST(PipelineTiming, IbexDividesInAFixedTimeUnlessByZero) {
  EXPECT_EQ(cost(ibex, rv::remu(a0, a1, a2)), 37u);
  EXPECT_TRUE(ibex.divide_depends_on_operands());
  for (const std::uint32_t divisor : {1u, 7u, 0x80000000u, 0xffffffffu}) {
    EXPECT_EQ(ibex.divide_cycles(Operation::div, 100, divisor), 37u);
  }
  EXPECT_EQ(ibex.divide_cycles(Operation::rem, 100, 0), 2u);
}

TEST(PipelineTiming, Cv32e40pCycles) {
  constexpr std::uint32_t latency = 1;
  EXPECT_EQ(cost(cv32e40p, rv::xor_(a0, a1, a2)), 1u);
  EXPECT_EQ(cost(cv32e40p, rv::mul(a0, a1, a2)), 1u);
  EXPECT_EQ(cost(cv32e40p, rv::mulh(a0, a1, a2)), 5u);
  EXPECT_EQ(cost(cv32e40p, rv::lhu(a0, a1, 0)) + latency - cv32e40p.overlapped_latency, 1u);
  EXPECT_EQ(cost(cv32e40p, rv::sw(a0, a1, 0)) + latency - cv32e40p.overlapped_latency, 1u);
  // Over a word boundary: two accesses, 2 cycles.
  EXPECT_EQ(cost(cv32e40p, rv::lw(a0, a1, 1)) + 2 * (latency - cv32e40p.overlapped_latency) + cv32e40p.second_access,
            2u);
  EXPECT_EQ(cost(cv32e40p, rv::jal(ra, 8)) + latency, 2u);
  EXPECT_EQ(cost(cv32e40p, rv::jal(ra, 8)) + latency + cv32e40p.split_target, 3u);
  EXPECT_EQ(cost(cv32e40p, rv::blt(a0, a1, 8)), 1u);
  EXPECT_EQ(cost(cv32e40p, rv::blt(a0, a1, 8)) + cv32e40p.taken() + latency, 3u);
  EXPECT_EQ(cost(cv32e40p, rv::fence_i) + latency, 2u);
  EXPECT_TRUE(cv32e40p.prefetch);
}

TEST(PipelineTiming, Cv32e40pAccessesSomeCsrsWithAnEmptyPipeline) {
  for (const std::uint32_t number :
       {csr::mstatus, csr::mepc, csr::mtvec, csr::mcause, csr::mcycle, csr::minstret, csr::mcycleh, csr::minstreth,
        csr::mcountinhibit, csr::mhpmcounter3, csr::mhpmcounter3h + 28, csr::mhpmevent3 + 5}) {
    EXPECT_EQ(cost(cv32e40p, rv::csrrwi(a0, number, 1)), 4u) << std::hex << number;
  }
  for (const std::uint32_t number : {csr::mscratch, csr::mie, csr::mtval, csr::cycle, csr::mcounteren}) {
    EXPECT_EQ(cost(cv32e40p, rv::csrrs(a0, number, a1)), 1u) << std::hex << number;
  }
}

TEST(PipelineTiming, Cv32e40pDividesByTheDivisorsLeadingBits) {
  const struct {
    Operation operation;
    std::uint32_t divisor;
    std::uint32_t cycles;
  } rows[] = {
      {Operation::divu, 0x80000000, 3},       // no leading zero: the documented minimum
      {Operation::divu, 0, 35},               // the documented maximum
      {Operation::divu, 1, 3 + 31},           // 31 leading zeros
      {Operation::remu, 0x00010000, 3 + 15},  //
      {Operation::remu, 0xffffffff, 3},       // a large unsigned number
      {Operation::div, 0x40000000, 3 + 1},    // positive: as unsigned
      {Operation::rem, 0, 35},
      {Operation::div, 0x80000000, 3},       // negative: one leading one is its sign
      {Operation::rem, 0xffffffff, 3 + 31},  // -1: 31 more ones
      {Operation::div, 0xffff0000, 3 + 15},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(cv32e40p.divide_cycles(row.operation, 12345, row.divisor), row.cycles) << std::hex << row.divisor;
  }
}

TEST(PipelineTiming, LoadsStallTheirReaders) {
  const std::uint32_t load = rv::lw(a0, s0, 0);
  for (const std::uint32_t reader : {rv::addi(a1, a0, 1), rv::add(a1, a2, a0), rv::sw(a0, s1, 0), rv::sw(s1, a0, 0),
                                     rv::beq(s1, a0, 8), rv::lb(a1, a0, 0), rv::amoadd_w(a1, a0, s1), rv::clz(a1, a0),
                                     rv::csrw(csr::mscratch, a0), rv::sc_w(a1, a0, s1), rv::mul(a1, a2, a0)}) {
    EXPECT_EQ(stall(cv32e40p, load, reader), 1u) << std::hex << reader;
    EXPECT_EQ(stall(ibex, load, reader), 0u) << "the register is written in the cycle the data arrives";
  }
  // a0 is 10: fields that hold 10 without naming a register, and writers of a0.
  for (const std::uint32_t other :
       {rv::addi(a0, a1, 1), rv::addi(a1, a2, 10), rv::slli(a1, a2, 10), rv::lui(a1, 0xa50a5), rv::jal(ra, 10),
        rv::csrrwi(a1, csr::mscratch, a0), rv::lw(a1, a2, 10), rv::ecall, rv::fence_i, rv::rori(a1, a2, 10)}) {
    EXPECT_EQ(stall(cv32e40p, load, other), 0u) << std::hex << other;
  }
  EXPECT_EQ(stall(cv32e40p, rv::add(a0, a1, a2), rv::addi(a0, a0, 1)), 0u) << "results are forwarded";
  EXPECT_EQ(stall(cv32e40p, rv::lw(zero, s0, 0), rv::add(a0, zero, zero)), 0u) << "x0 is never waited for";
  EXPECT_EQ(stall(cv32e40p, rv::sw(a1, s0, 10), rv::addi(a0, a0, 1)), 0u) << "bits 7 to 11 are no destination there";
}

TEST(PipelineTiming, JumpsThroughARegisterWaitForIt) {
  EXPECT_EQ(stall(cv32e40p, rv::addi(t0, t0, 4), rv::jalr(ra, t0, 0)), 1u);
  EXPECT_EQ(stall(cv32e40p, rv::lw(t0, sp, 0), rv::jalr(ra, t0, 0)), 2u);
  EXPECT_EQ(stall(cv32e40p, rv::addi(t0, t0, 4), rv::jalr(ra, t1, 0)), 0u);
  EXPECT_EQ(stall(cv32e40p, rv::sw(a1, s0, 5), rv::jalr(ra, t0, 0)), 0u) << "t0 is x5, and so is the offset";
  EXPECT_EQ(stall(ibex, rv::addi(t0, t0, 4), rv::jalr(ra, t0, 0)), 0u);
}

TEST(PipelineTiming, EveryPresetKeepsItsPromises) {
  for (const std::string& name : timing_presets()) {
    const PipelineTiming timing = timing_preset(name);
    for (const std::uint32_t word : one_of_each_class) EXPECT_GE(cost(timing, word), 1u) << name;
    EXPECT_GE(timing.load_use, timing.load) << name;
    EXPECT_GE(timing.branch_taken, timing.branch) << name;
    EXPECT_GE(timing.divide, timing.divide_minimum) << name;
    EXPECT_GE(timing.divide_minimum, 1u) << name;
  }
}

TEST(PipelineTiming, ParametersReplaceFiguresOfThePreset) {
  EXPECT_EQ(RiscvParameters{}.pipeline_timing().multiply, 1u);
  RiscvParameters parameters{.timing = "cv32e40p", .multiply_high_cycles = 2, .load_cycles = 3, .csr_cycles = 2};
  const PipelineTiming timing = parameters.pipeline_timing();
  EXPECT_EQ(timing.multiply_high, 2u);
  EXPECT_EQ(timing.multiply, 1u);
  EXPECT_EQ(timing.load, 3u);
  EXPECT_EQ(timing.load_use, 4u) << "still a stall of one cycle";
  EXPECT_EQ(timing.csr_status, 2u);
  EXPECT_EQ(timing.divide, 35u);
  EXPECT_TRUE(timing.prefetch);
  parameters.prefetch = "off";
  EXPECT_FALSE(parameters.pipeline_timing().prefetch);
  EXPECT_TRUE((RiscvParameters{.prefetch = "on"}.pipeline_timing().prefetch));
  EXPECT_EQ((RiscvParameters{.timing = "ibex", .divide_cycles = 1}.pipeline_timing().divide_minimum), 1u);
}

TEST(PipelineTiming, ContradictionsAreNamed) {
  EXPECT_TRUE(RiscvParameters{.timing = "ibex"}.problems().empty());
  const ParameterProblems problems = RiscvParameters{.load_cycles = 3, .load_use_cycles = 2}.problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].parameter, "load_use_cycles");
  EXPECT_EQ(problems[0].message, "2 is less than load_cycles = 3; it is at least that");
  EXPECT_EQ((RiscvParameters{.branch_cycles = 2, .branch_taken_cycles = 1}.problems().size()), 1u);
  EXPECT_EQ((RiscvParameters{.divide_cycles = 2, .divide_minimum_cycles = 3}.problems().size()), 1u);
}

}  // namespace
}  // namespace terse::riscv
