// What a program computes, and the cycles it takes, do not depend on the quantum, on DMI or on the engine.
#include <array>
#include <tuple>

#include "tests/models/riscv/core_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using namespace test;
namespace csr = riscv::csr;

class QuantumTest : public SystemcTest {};

// Fills an array with a linear congruential sequence, sorts it by insertion, sums it up with weights, talks to the
// device and sleeps for a timer in between; ends with counters in registers.
Program sorting_program() {
  constexpr int count = 40;
  Program program;
  program.li(s0, data_base).li(s1, 1664525).li(s2, 1013904223).li(s8, device_base)
      << rv::addi(a0, zero, 1) << rv::addi(t0, zero, 0);
  program << rv::slli(t1, t0, 2) << rv::add(t1, t1, s0) << rv::mul(a0, a0, s1) << rv::add(a0, a0, s2)
          << rv::sw(a0, t1, 0) << rv::addi(t0, t0, 1) << rv::slti(t2, t0, count) << rv::bne(t2, zero, -28);
  // Sleep until the timer, whose time no quantum may shift.
  program.li(t3, 0x80) << rv::csrw(csr::mie, t3) << rv::wfi << rv::csrr(s9, csr::mcycle) << rv::csrw(csr::mie, zero);
  // for (t0 = 1; t0 < count; ++t0) for (t1 = t0; t1 > 0 && x[t1 - 1] > x[t1]; --t1) swap
  program << rv::addi(t0, zero, 1)    // outer:
          << rv::addi(t1, t0, 0)      // +0x00
          << rv::beq(t1, zero, 44)    // +0x04 inner -> next
          << rv::slli(t2, t1, 2)      // +0x08
          << rv::add(t2, t2, s0)      // +0x0c
          << rv::lw(a1, t2, -4)       // +0x10
          << rv::lw(a2, t2, 0)        // +0x14
          << rv::bge(a2, a1, 24)      // +0x18 -> next
          << rv::sw(a2, t2, -4)       // +0x1c
          << rv::sw(a1, t2, 0)        // +0x20
          << rv::addi(t1, t1, -1)     // +0x24
          << rv::jal(zero, -36)       // +0x28 -> inner
          << rv::nop                  // +0x2c
          << rv::addi(t0, t0, 1)      // +0x30 next:
          << rv::slti(t3, t0, count)  // +0x34
          << rv::bne(t3, zero, -56);  // +0x38 -> outer
  // a3 = sum of (i + 1) * x[i], each sum handed to the device
  program << rv::addi(t0, zero, 0) << rv::addi(a3, zero, 0);
  program << rv::slli(t1, t0, 2) << rv::add(t1, t1, s0) << rv::lw(a1, t1, 0) << rv::addi(t0, t0, 1)
          << rv::mul(a1, a1, t0) << rv::add(a3, a3, a1) << rv::sw(a3, s8, 0) << rv::slti(t2, t0, count)
          << rv::bne(t2, zero, -32);
  program << rv::csrr(s10, csr::mcycle) << rv::csrr(s11, csr::minstret) << rv::wfi;
  return program;
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

Outcome run(double quantum_cycles, bool direct, bool cache) {
  const FreshContext context;
  CoreBench bench({.engine = cache ? "translator" : "interpreter"}, CoreBench::cycles(quantum_cycles));
  bench.target.direct = direct;
  bench.target.read_latency = CoreBench::cycles(1);
  Outcome outcome;
  bench.target.on_device_write = [&](std::uint32_t value) {
    outcome.device.push_back(value);
    outcome.device_times.push_back(bench.target.last_device_access);
  };
  bench.at(CoreBench::cycles(5000), [&] { bench.timer.write(true); });
  bench.load(sorting_program());
  EXPECT_TRUE(bench.run());
  for (unsigned i = 0; i < 32; ++i) outcome.registers[i] = bench.core.reg(i);
  outcome.memory = bench.target.ram;
  const RiscvStatistics statistics = bench.core.statistics();
  outcome.instructions = statistics.instructions;
  outcome.cycles = statistics.cycles;
  outcome.active_cycles = statistics.active_cycles;
  return outcome;
}

TEST_F(QuantumTest, ResultsAndCyclesDoNotDependOnHowTheCoreIsSimulated) {
  const Outcome reference = run(1, true, true);

  // The reference itself is right: sorted, and the weighted sum is that of the array.
  std::uint32_t sum = 0;
  std::int32_t previous = std::numeric_limits<std::int32_t>::min();
  for (std::uint32_t i = 0; i < 40; ++i) {
    std::int32_t value = 0;
    std::memcpy(&value, &reference.memory[data_base - ram_base + 4 * i], sizeof value);
    EXPECT_LE(previous, value);
    previous = value;
    sum += (i + 1) * static_cast<std::uint32_t>(value);
  }
  EXPECT_EQ(reference.registers[a3], sum);
  EXPECT_EQ(reference.device.back(), sum);
  EXPECT_EQ(reference.registers[s9], 5000u + 2) << "awake at cycle 5000, then one instruction of two cycles";

  for (const double quantum : {0.0, 7.0, 1000.0}) {
    for (const bool direct : {true, false}) {
      for (const bool cache : {true, false}) {
        EXPECT_TRUE(run(quantum, direct, cache) == reference)
            << "quantum of " << quantum << " cycles, direct " << direct << ", translator " << cache;
      }
    }
  }
}

}  // namespace
}  // namespace terse
