// What a program computes, and the cycles it takes, do not depend on the quantum, on DMI or on the engine, whatever
// instructions cost.
#include <array>
#include <limits>
#include <string>

#include "tests/models/riscv/core_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using namespace test;
namespace csr = riscv::csr;

constexpr std::uint32_t function = ram_base + 0x1002;
constexpr int timer_interrupts = 200;

// In rounds: fills an array with a linear congruential sequence, calls a function for each number, sleeps for a timer whose
// interrupts also come in between, sorts the array, and tells the device sums. The function and the loops begin at
// halfwords. Ends with counters in registers.
Program program_of_everything() {
  constexpr int count = 24, rounds = 6;
  Program program;
  const auto to = [&](std::uint32_t place) { return static_cast<int>(place) - static_cast<int>(program.size()); };
  set_handler(program).li(s0, data_base).li(s1, 1664525).li(s2, 1013904223).li(s8, device_base).li(s7, function);
  program << rv::addi(t3, zero, 0x80) << rv::csrw(csr::mie, t3) << rv::csrrsi(zero, csr::mstatus, 8);
  program << rv::addi(a0, zero, 1) << rv::addi(s10, zero, rounds);
  program.half(0x0001);  // c.nop: what follows lies at halfwords
  const std::uint32_t round = program.size();
  program << rv::addi(t0, zero, 0) << rv::addi(a6, s0, 0);
  const std::uint32_t fill = program.size();
  program << rv::mul(a0, a0, s1) << rv::add(a0, a0, s2) << rv::sw(a0, a6, 0) << rv::jalr(ra, s7, 0)
          << rv::addi(a6, a6, 4) << rv::addi(t0, t0, 1) << rv::slti(t2, t0, count);
  program << rv::bne(t2, zero, to(fill)) << rv::wfi;
  // for (t0 = 1; t0 < count; ++t0) for (t1 = &x[t0]; t1 > x && t1[-1] > t1[0]; --t1) swap
  program << rv::addi(t0, zero, 1);
  const std::uint32_t outer = program.size();
  program << rv::slli(t1, t0, 2) << rv::add(t1, t1, s0);
  const std::uint32_t inner = program.size();
  program << rv::beq(t1, s0, 32) << rv::lw(a1, t1, -4) << rv::lw(a2, t1, 0) << rv::bge(a2, a1, 20) << rv::sw(a2, t1, -4)
          << rv::sw(a1, t1, 0) << rv::addi(t1, t1, -4);
  program << rv::jal(zero, to(inner)) << rv::addi(t0, t0, 1) << rv::slti(t2, t0, count);
  program << rv::bne(t2, zero, to(outer));
  // a3 = sum of (i + 1) * x[i], each sum handed to the device, whose answers a4 adds up
  program << rv::addi(t0, zero, 0) << rv::addi(a3, zero, 0) << rv::addi(a6, s0, 0);
  const std::uint32_t sum = program.size();
  program << rv::lw(a1, a6, 0) << rv::addi(t0, t0, 1) << rv::mul(a1, a1, t0) << rv::add(a3, a3, a1) << rv::sw(a3, s8, 0)
          << rv::lw(a5, s8, 0) << rv::add(a4, a4, a5) << rv::addi(a6, a6, 4) << rv::slti(t2, t0, count);
  program << rv::bne(t2, zero, to(sum)) << rv::addi(s10, s10, -1);
  program << rv::bne(s10, zero, to(round)) << rv::csrw(csr::mie, zero);
  return program << rv::csrr(s10, csr::mcycle) << rv::csrr(s11, csr::minstret) << rv::wfi;
}

/// Divides, accesses two words, and updates, with the number in a0; at a halfword.
Program function_of_everything() {
  Program program;
  program << rv::divu(t4, a0, a6) << rv::remu(t5, a0, t0) << rv::add(s3, s3, t4) << rv::add(s3, s3, t5)
          << rv::mulhu(t4, a0, s1) << rv::sw(t4, s0, 0x202) << rv::lw(t5, s0, 0x201) << rv::xor_(s3, s3, t5)
          << rv::addi(t4, s0, 0x200) << rv::amoadd_w(t5, a0, t4) << rv::lr_w(s4, t4) << rv::sc_w(s5, s3, t4)
          << rv::jalr(zero, ra, 0);
  return program;
}

/// Counts in s6, logs mepc and mcycle, and lets the device lower the line.
Program timer_handler() {
  Program handler;
  handler << rv::csrr(s9, csr::mepc) << rv::sw(s9, s0, 0x100) << rv::csrr(s9, csr::mcycle) << rv::sw(s9, s0, 0x104)
          << rv::addi(s6, s6, 1) << rv::sw(zero, s8, 0) << rv::mret;
  return handler;
}

struct Outcome {
  std::array<std::uint32_t, 32> registers{};
  std::vector<std::uint8_t> memory;
  std::vector<std::uint32_t> device;
  std::vector<sc_core::sc_time> device_times;
  std::uint64_t instructions = 0;
  std::uint64_t cycles = 0;
  std::uint64_t active_cycles = 0;
  bool operator==(const Outcome&) const = default;
};

struct Simulation {
  double quantum = 1;  // cycles
  bool direct = true;
  const char* engine = "interpreter";
};

Outcome run(const std::string& timing, const Simulation& simulation) {
  const FreshContext context;
  CoreBench bench({.engine = simulation.engine, .timing = timing}, CoreBench::cycles(simulation.quantum));
  bench.target.direct = simulation.direct;
  bench.target.read_latency = CoreBench::cycles(2);
  bench.target.write_latency = CoreBench::cycles(1);
  Outcome outcome;
  bench.target.on_device_write = [&](std::uint32_t value) {
    outcome.device.push_back(value);
    outcome.device_times.push_back(bench.target.last_device_access);
    if (value == 0) bench.timer.write(false);
  };
  bench.target.on_device_read = [&] {
    outcome.device_times.push_back(bench.target.last_device_access);
    return static_cast<std::uint32_t>(outcome.device.size());
  };
  for (int i = 1; i <= timer_interrupts; ++i) {  // not at clock edges, and at ever other points of the loops
    bench.at(CoreBench::cycles(611.3 * i + i % 7), [&] { bench.timer.write(true); });
  }
  bench.load(program_of_everything());
  bench.load(function_of_everything(), function);
  bench.load(timer_handler(), handler_base);
  EXPECT_TRUE(bench.run());
  for (unsigned i = 0; i < 32; ++i) outcome.registers[i] = bench.core.reg(i);
  outcome.memory = bench.target.ram;
  const RiscvStatistics statistics = bench.core.statistics();
  outcome.instructions = statistics.instructions;
  outcome.cycles = statistics.cycles;
  outcome.active_cycles = statistics.active_cycles;
  return outcome;
}

/// That the program did what it says, so that equal outcomes mean something.
void expect_sorted_and_summed(const Outcome& outcome) {
  std::uint32_t sum = 0;
  std::int32_t previous = std::numeric_limits<std::int32_t>::min();
  for (std::uint32_t i = 0; i < 24; ++i) {
    std::int32_t value = 0;
    std::memcpy(&value, &outcome.memory[data_base - ram_base + 4 * i], sizeof value);
    EXPECT_LE(previous, value);
    previous = value;
    sum += (i + 1) * static_cast<std::uint32_t>(value);
  }
  EXPECT_EQ(outcome.registers[a3], sum);
  EXPECT_GT(outcome.registers[s6], 20u) << "interrupts";
  EXPECT_GT(outcome.registers[s11], 0u) << "minstret, read at the end";
  EXPECT_GT(outcome.cycles, outcome.active_cycles);
}

class QuantumTest : public SystemcTest, public ::testing::WithParamInterface<std::string> {};

INSTANTIATE_TEST_SUITE_P(Timings, QuantumTest, ::testing::ValuesIn(riscv::timing_presets()),
                         [](const auto& tested) { return tested.param; });

TEST_P(QuantumTest, ResultsAndCyclesDoNotDependOnHowTheCoreIsSimulated) {
  const Outcome reference = run(GetParam(), {});
  expect_sorted_and_summed(reference);
  for (const double quantum : {0.0, 1.0, 7.3, 1000.0, 1e6}) {
    for (const bool direct : {true, false}) {
      for (const char* engine : {"interpreter", "translator"}) {
        const Outcome outcome = run(GetParam(), {quantum, direct, engine});
        EXPECT_EQ(outcome.cycles, reference.cycles);
        EXPECT_TRUE(outcome == reference) << "quantum of " << quantum << " cycles, direct " << direct << ", " << engine;
      }
    }
  }
}

TEST_F(SystemcTest, PresetsDifferInCyclesAndNotInTheSum) {
  const Outcome nominal = run("nominal", {});
  for (const char* timing : {"ibex", "cv32e40p"}) {
    const Outcome other = run(timing, {});
    EXPECT_NE(other.active_cycles, nominal.active_cycles) << timing;
    EXPECT_EQ(other.registers[a3], nominal.registers[a3]) << timing;
  }
}

}  // namespace
}  // namespace terse
