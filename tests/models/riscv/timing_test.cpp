// Cycles: small programs whose cycles follow from the timing rules (models/riscv/pipeline_timing.hpp) by hand, however the
// core is simulated. quantum_test.cpp shows the same of one large program.
#include "tests/models/riscv/engine_bench.hpp"

namespace terse {
namespace {

using namespace test;
namespace csr = riscv::csr;

/// Latencies of the bench's memory in cycles.
struct Latency {
  std::uint32_t read = 1;
  std::uint32_t write = 1;
};

/// A loop's body and its cycles per round; what every loop has besides is in `expected_cycles`.
struct Loop {
  const char* name;
  Program body;
  std::uint64_t cycles = 0;
};

class TimingTest : public EngineFixture {
 protected:
  static constexpr std::uint32_t rounds = hot;
  static constexpr std::uint32_t target = ram_base + 0x800;  // of jumps out of the loop, which come back through ra

  /// Runs the body `rounds` times, with everything that must not matter. Registers: s0 memory, s1 = s0 + 2, s8 the
  /// device, s2 `target`, s3 to s6 divisors 1, 256, 0x80000000, -1; a2 = 100.
  static void expect_cycles(const RiscvParameters& parameters, const Latency& latency, const Loop& loop,
                            std::uint64_t outside) {
    SCOPED_TRACE(loop.name);
    for (const bool direct : {true, false}) {
      for (const double quantum : {1.0, 1000.0}) {
        SCOPED_TRACE(::testing::Message() << (direct ? "direct" : "transported") << ", quantum " << quantum);
        const FreshContext context;
        CoreBench bench(parameters, CoreBench::cycles(quantum));
        bench.target.direct = direct;
        bench.target.read_latency = CoreBench::cycles(latency.read);
        bench.target.write_latency = CoreBench::cycles(latency.write);
        set_registers(bench);
        Program program = loop.body;
        program << rv::addi(t0, t0, -1);
        program << rv::bne(t0, zero, distance(program, 0)) << rv::wfi;
        bench.load(program);
        bench.load(Program() << rv::jalr(zero, ra, 0), target);
        bench.load(Program() << rv::csrr(s7, csr::mepc) << rv::addi(s7, s7, 4) << rv::csrw(csr::mepc, s7) << rv::mret,
                   handler_base);
        ASSERT_TRUE(bench.run());
        EXPECT_EQ(bench.core.statistics().cycles, rounds * loop.cycles + outside);
      }
    }
  }

  static void set_registers(CoreBench& bench) {
    bench.core.set_csr(csr::mtvec, handler_base);
    bench.core.set_reg(t0, rounds);
    bench.core.set_reg(s0, data_base);
    bench.core.set_reg(s1, data_base + 2);
    bench.core.set_reg(s2, target);
    bench.core.set_reg(s8, device_base);
    bench.core.set_reg(s3, 1);
    bench.core.set_reg(s4, 256);
    bench.core.set_reg(s5, 0x80000000);
    bench.core.set_reg(s6, ~0u);
    bench.core.set_reg(a2, 100);
    bench.target.set_word(data_base + 0x20, target);
  }

  static RiscvParameters preset(const char* name) {
    RiscvParameters parameters = engine();
    parameters.timing = name;
    return parameters;
  }

  static Program nops(int count) {
    Program program;
    for (int i = 0; i < count; ++i) program << rv::nop;
    return program;
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, TimingTest, ::testing::Values("interpreter", "translator"), engine_name);

// Besides the bodies: an addi of 1 in each round; the branch, taken 2 + 1 for the fetch in all rounds but the last, 1 in
// the last; the first fetch of all 1; wfi 1.
constexpr std::uint64_t outside_with_prefetch = hot * (1 + 3) - 2 + 1 + 1;

TEST_P(TimingTest, Cv32e40pComputesAndJumps) {
  const std::vector<Loop> loops{
      {"integer", nops(3), 3},
      {"branch not taken", Program() << rv::beq(s0, zero, 8), 1},
      {"branch taken: 2, and the fetch of its target", Program() << rv::beq(zero, zero, 4), 2 + 1},
      {"target in two words: one more", (Program().half(0x0001) << rv::beq(zero, zero, 4) << rv::nop).half(0x0001),
       1 + (2 + 1 + 1) + 1 + 1},
      {"jal", Program() << rv::jal(zero, 4), 1 + 1},
      {"jalr there and back", Program() << rv::jalr(ra, s2, 0), 2 * (1 + 1)},
      {"fence.i", Program() << rv::fence_i, 1 + 1},
      {"multiply", Program() << rv::mul(a0, a2, a2) << rv::mulh(a0, a2, a2) << rv::mulhu(a1, a2, a2), 1 + 5 + 5},
      // 3 and the divisor's leading zeros, at most 35; of a negative one its leading ones less one.
      {"divide by 1", Program() << rv::divu(a0, a2, s3), 3 + 31},
      {"divide by 256", Program() << rv::rem(a0, a2, s4), 3 + 23},
      {"divide by 2^31", Program() << rv::divu(a0, a2, s5), 3},
      {"divide by 0", Program() << rv::div(a0, a2, zero), 35},
      {"divide by -1", Program() << rv::div(a0, a2, s6), 3 + 31},
      {"divide by -1 without a sign", Program() << rv::remu(zero, a2, s6), 3},
      {"CSRs of traps and counters, and others", Program() << rv::csrr(a0, csr::mcycle) << rv::csrr(a0, csr::mscratch),
       4 + 1},
      // The call 1, entering the trap 2 and a fetch; in the handler csrr 4, addi 1, csrw 4, mret 4 and a fetch.
      {"trap", Program() << rv::ecall, 1 + 2 + 1 + 4 + 1 + 4 + 4 + 1},
  };
  for (const Loop& loop : loops) expect_cycles(preset("cv32e40p"), {}, loop, outside_with_prefetch);
}

TEST_P(TimingTest, Cv32e40pWaitsForRegisters) {
  const auto after = [](Program program, std::initializer_list<std::uint32_t> words) {
    for (const std::uint32_t word : words) program << word;
    return program;
  };
  const std::uint32_t load = rv::lw(a0, s0, 0), use = rv::addi(a1, a0, 1);
  const std::vector<Loop> loops{
      {"a load and another register", Program() << load << rv::addi(a1, a1, 1), 1 + 1},
      {"a load and its use", Program() << load << use, 1 + 1 + 1},
      {"a load and a store of it", Program() << load << rv::sw(a0, s0, 4), 1 + 1 + 1},
      {"a load and an overwrite", Program() << load << rv::addi(a0, zero, 1), 1 + 1},
      {"one instruction between", Program() << load << rv::nop << use, 1 + 1 + 1},
      {"a load and a branch on it", Program() << load << rv::bne(a0, zero, 8), 1 + 1 + 1},
      {"lr and its use", Program() << rv::lr_w(a0, s0) << use, 1 + 1 + 1},
      // Wherever blocks of code end: after 64 instructions, and before an access to a CSR.
      {"the load is the 63rd", after(nops(62), {load, use, rv::nop}), 62 + 1 + 1 + 1 + 1},
      {"the load is the 64th", after(nops(63), {load, use, rv::nop}), 63 + 1 + 1 + 1 + 1},
      {"the load is the 65th", after(nops(64), {load, use, rv::nop}), 64 + 1 + 1 + 1 + 1},
      {"a run of loads over the 64th", after(nops(62), {load, load, rv::lw(a0, s0, 4), use}), 62 + 3 + 1 + 1},
      {"a CSR access uses it", Program() << load << rv::csrw(csr::mscratch, a0), 1 + 1 + 1},
      {"a CSR access between", Program() << load << rv::csrr(zero, csr::mscratch) << use, 1 + 1 + 1},
      {"loaded from a device", Program() << rv::lw(a0, s8, 0) << use, 1 + 1 + 1},
      {"a device between", Program() << load << rv::sw(zero, s8, 0) << use, 1 + 1 + 1},
      // jalr 1 and a fetch, there and back; one cycle for a register that was just written, two if it was loaded.
      {"jalr and its register", Program() << rv::addi(a0, s2, 0) << rv::jalr(ra, a0, 0), 1 + 1 + 2 * (1 + 1)},
      {"jalr, written earlier", Program() << rv::addi(a0, s2, 0) << rv::nop << rv::jalr(ra, a0, 0), 2 + 2 * (1 + 1)},
      {"jalr, loaded", Program() << rv::lw(a0, s0, 0x20) << rv::jalr(ra, a0, 0), 1 + 2 + 2 * (1 + 1)},
      {"jalr behind the 64th", after(nops(63), {rv::addi(a0, s2, 0), rv::jalr(ra, a0, 0)}), 63 + 1 + 1 + 2 * (1 + 1)},
      {"jalr, from a CSR",
       Program() << rv::csrrw(a0, csr::mscratch, s2) << rv::csrrw(a0, csr::mscratch, s2) << rv::jalr(ra, a0, 0),
       1 + 1 + 1 + 2 * (1 + 1)},
  };
  for (const Loop& loop : loops) expect_cycles(preset("cv32e40p"), {}, loop, outside_with_prefetch);
}

TEST_P(TimingTest, Cv32e40pAccessesMemory) {
  // Of each data access's latency, the first cycle is overlapped: 2 of 3 remain of a read, 4 of 5 of a write.
  constexpr Latency latency{3, 5};
  const std::uint64_t outside = rounds * (1 + 2 + 3) - (1 + 3) + 3 + 1;  // as above, with a fetch of 3
  const std::vector<Loop> loops{
      {"load, store", Program() << rv::lw(a0, s0, 0) << rv::sb(a1, s0, 5), 1 + 2 + 1 + 4},
      // The first of these loads is what makes the memory's latency known, upon which all blocks are made anew.
      {"a load and its use", Program() << rv::nop << rv::lw(a0, s0, 0) << rv::addi(a1, a0, 1), 1 + (1 + 2) + (1 + 1)},
      {"within a word", Program() << rv::lh(a0, s0, 1) << rv::sh(a1, s0, 6), 1 + 2 + 1 + 4},
      // One cycle more and a second latency.
      {"load from two words", Program() << rv::lw(a0, s1, 0), 1 + 1 + 2 * 2},
      {"store to two words", Program() << rv::sh(a0, s0, 3), 1 + 1 + 2 * 4},
      {"lr, successful sc", Program() << rv::lr_w(a0, s0) << rv::sc_w(a1, a2, s0), 1 + 2 + 1 + 4},
      {"failing sc", Program() << rv::sc_w(a1, a0, s0), 1},
      {"atomic operation", Program() << rv::amoadd_w(a0, a1, s0), 2 + 2 + 4},
      {"device", Program() << rv::lw(a0, s8, 0) << rv::sw(a0, s8, 0), 1 + 1 + 1},
      {"jump", Program() << rv::jal(zero, 4) << rv::nop, 1 + 3 + 1},
  };
  for (const Loop& loop : loops) expect_cycles(preset("cv32e40p"), latency, loop, outside);
}

TEST_P(TimingTest, Ibex) {
  const std::vector<Loop> loops{
      {"a load and its use", Program() << rv::lw(a0, s0, 0) << rv::addi(a1, a0, 1), 1 + 1 + 1},
      {"store", Program() << rv::sw(a0, s0, 0), 1 + 1},
      {"load from two words", Program() << rv::lw(a0, s1, 0), 1 + 2 * 1},
      {"multiply", Program() << rv::mul(a0, a2, a2) << rv::mulhu(a0, a2, a2), 3 + 4},
      {"divide", Program() << rv::divu(a0, a2, s5), 37},
      {"divide by zero", Program() << rv::rem(a0, a2, zero), 2},
      {"branches", Program() << rv::beq(s0, zero, 8) << rv::beq(zero, zero, 4), 1 + 2 + 1},
      {"jalr and its register", Program() << rv::addi(a0, s2, 0) << rv::jalr(ra, a0, 0), 1 + 2 * (1 + 1)},
      {"atomic operation", Program() << rv::amoadd_w(a0, a1, s0), 2 + 1 + 1},
      // The call 1, entering the trap 1 and a fetch; in the handler csrr, addi, csrw 1 each, mret 2 and a fetch.
      {"trap", Program() << rv::ecall, 1 + 1 + 1 + 3 + 2 + 1},
  };
  for (const Loop& loop : loops) expect_cycles(preset("ibex"), {}, loop, outside_with_prefetch);
}

TEST_P(TimingTest, NominalPaysEveryFetch) {
  // Every instruction 1 and 2 for each word it lies in; besides the bodies, addi and branch, and once wfi.
  constexpr Latency latency{2, 4};
  const std::uint64_t outside = rounds * 2 * (1 + 2) + (1 + 2);
  const std::vector<Loop> loops{
      {"integer", nops(2), 2 * (1 + 2)},
      {"in two words", (Program().half(0x0001) << rv::nop).half(0x0001), (1 + 2) + (1 + 2 * 2) + (1 + 2)},
      {"load, store", Program() << rv::lw(a0, s0, 0) << rv::sw(a0, s0, 0), (1 + 2 + 2) + (1 + 2 + 4)},
      {"misaligned", Program() << rv::lw(a0, s1, 0), 1 + 2 + 2 * 2},
      {"divide", Program() << rv::div(a0, a2, s3), 1 + 2},
      {"trap", Program() << rv::ecall, 5 * (1 + 2)},
  };
  for (const Loop& loop : loops) expect_cycles(preset("nominal"), latency, loop, outside);
}

TEST_P(TimingTest, ChosenFiguresReplaceThePresets) {
  RiscvParameters parameters = preset("nominal");
  parameters.load_use_cycles = 4;
  parameters.branch_taken_cycles = 3;
  parameters.prefetch = "on";
  const std::uint64_t outside = rounds * (1 + 3 + 1) - (2 + 1) + 1 + 1;
  const std::vector<Loop> loops{
      {"a load and its use", Program() << rv::lw(a0, s0, 0) << rv::addi(a1, a0, 1), 4 + 1 + 1},
      {"a load and a CSR access", Program() << rv::lw(a0, s0, 0) << rv::csrw(csr::mscratch, a0), 4 + 1 + 1},
      {"taken branch", Program() << rv::beq(zero, zero, 4), 3 + 1},
  };
  for (const Loop& loop : loops) expect_cycles(parameters, {}, loop, outside);
}

TEST_P(TimingTest, AnInterruptBetweenALoadAndItsUseTakesTheWaitsPlace) {
  for (const bool direct : {true, false}) {
    SCOPED_TRACE(direct ? "direct" : "transported");
    const FreshContext context;
    CoreBench bench(preset("cv32e40p"));
    bench.target.direct = direct;
    bench.target.read_latency = CoreBench::cycles(1);
    set_registers(bench);
    bench.core.set_csr(csr::mie, 8);
    bench.core.set_csr(csr::mstatus, riscv::mstatus::mie | riscv::mstatus::mpp);
    bench.target.on_device_read = [&] {
      bench.software.write(true);
      return 41u;
    };
    bench.target.on_device_write = [&](std::uint32_t) { bench.software.write(false); };
    Program program;
    program << rv::lw(a0, s8, 0) << rv::addi(a1, a0, 1) << rv::addi(t0, t0, -1) << rv::bne(t0, zero, -12)
            << rv::csrw(csr::mie, zero) << rv::wfi;
    bench.load(program);
    bench.load(Program() << rv::addi(s9, s9, 1) << rv::sw(zero, s8, 0) << rv::mret, handler_base);
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.core.reg(a1), 42u);
    EXPECT_EQ(bench.core.reg(s9), rounds);
    // A round: load 1; interrupt 1 and a fetch; addi 1, store 1, mret 4 and a fetch; addi 1 without a wait; addi 1, branch
    // 3. Once: the first fetch, csrw 1, wfi 1; and the last branch is not taken.
    EXPECT_EQ(bench.core.statistics().cycles, rounds * (1 + 2 + 2 + 5 + 1 + 1 + 3) + 1 + 1 + 1 - 2);
  }
}

}  // namespace
}  // namespace terse
