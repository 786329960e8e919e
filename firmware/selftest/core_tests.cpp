// The core as the firmware relies on it: arithmetic of M, atomics of A, traps, counters.
#include <atomic>
#include <cstdint>

#include "firmware/runtime/trap.hpp"
#include "firmware/selftest/bench.hpp"

namespace terse::firmware {
namespace {

constexpr std::uint32_t illegal_instruction = 2;
constexpr std::uint32_t breakpoint = 3;
constexpr std::uint32_t load_misaligned = 4;
constexpr std::uint32_t load_fault = 5;
constexpr std::uint32_t store_misaligned = 6;
constexpr std::uint32_t store_fault = 7;
constexpr std::uint32_t environment_call = 11;
/// No platform has a device at the very top of the address space.
constexpr std::uint32_t nowhere = 0xFFFFFF00;

std::uint32_t load(std::uint32_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}
void store(std::uint32_t address, std::uint32_t value) {
  *reinterpret_cast<volatile std::uint32_t*>(address) = value;
}

void test_arithmetic(Report& report) {
  Test test(report, "core: multiplication and division");
  volatile std::int32_t minus_seven = -7;
  volatile std::int32_t two = 2;
  volatile std::int32_t zero = 0;
  volatile std::uint32_t large = 0xFFFFFFFF;
  test.equal("-7 / 2", static_cast<std::uint32_t>(minus_seven / two), static_cast<std::uint32_t>(-3));
  test.equal("-7 % 2", static_cast<std::uint32_t>(minus_seven % two), static_cast<std::uint32_t>(-1));
  const std::uint64_t square = std::uint64_t{large} * large;
  test.equal("high word of (2^32-1)^2", static_cast<std::uint32_t>(square >> 32), 0xFFFFFFFE);
  std::uint32_t quotient = 0;
  asm volatile("div %0, %1, %2" : "=r"(quotient) : "r"(minus_seven), "r"(zero));
  test.equal("-7 / 0", quotient, 0xFFFFFFFF);
}

void test_atomics(Report& report) {
  Test test(report, "core: atomic memory operations");
  std::atomic<std::uint32_t> word{5};
  test.equal("fetch_add", word.fetch_add(3), 5);
  test.equal("fetch_or", word.fetch_or(0x100), 8);
  test.equal("exchange", word.exchange(7), 0x108);
  std::uint32_t expected = 7;
  test.check("compare and exchange", word.compare_exchange_strong(expected, 9));
  test.equal("result", word.load(), 9);
}

void test_traps(Report& report) {
  Test test(report, "core: exceptions are precise");
  {
    const TrapExpectation traps;
    asm volatile(".4byte 0xFFFFFFFF" ::: "memory");
    test.equal("illegal instruction", traps.cause(), illegal_instruction);
    asm volatile("ebreak" ::: "memory");
    test.equal("ebreak", traps.cause(), breakpoint);
    asm volatile("ecall" ::: "memory");
    test.equal("ecall", traps.cause(), environment_call);
    test.equal("traps", traps.count(), 3);
  }
  {
    const TrapExpectation traps;
    static_cast<void>(load(nowhere));
    test.equal("load from nowhere", traps.cause(), load_fault);
    test.equal("its address", traps.value(), nowhere);
    store(nowhere + 4, 1);
    test.equal("store to nowhere", traps.cause(), store_fault);
    test.equal("its address", traps.value(), nowhere + 4);
    test.equal("traps", traps.count(), 2);
  }
}

void test_misaligned(Report& report) {
  Test test(report, "core: misaligned accesses work or trap");
  alignas(4) static volatile std::uint32_t words[2] = {0x44332211, 0x88776655};
  const TrapExpectation traps;
  const std::uint32_t value = load(bus_address(words) + 1);
  if (traps.count() == 0) {
    test.equal("load", value, 0x55443322);
  } else {
    test.equal("cause of the load", traps.cause(), load_misaligned);
  }
  store(bus_address(words) + 2, 0xAABBCCDD);
  if (traps.count() == 0) {
    test.equal("store, first word", words[0], 0xCCDD2211);
    test.equal("store, second word", words[1], 0x8877AABB);
  } else {
    test.equal("cause of the store", traps.cause(), store_misaligned);
  }
}

void test_time(Report& report, Bench& bench) {
  Test test(report, "core: cycle and time go on");
  std::uint32_t before = 0;
  std::uint32_t after = 0;
  const std::uint64_t start = bench.clint.now();
  asm volatile("csrr %0, mcycle" : "=r"(before));
  for (std::uint32_t turn = 0; turn < 200; ++turn) asm volatile("" ::: "memory");
  asm volatile("csrr %0, mcycle" : "=r"(after));
  test.check("mcycle", after - before >= 200 && after - before < 100'000);
  while (bench.clint.now() == start && after - before < 10'000'000) asm volatile("csrr %0, mcycle" : "=r"(after));
  test.check("mtime", bench.clint.now() > start);
}

}  // namespace

void test_core(Report& report, Bench& bench) {
  test_arithmetic(report);
  test_atomics(report);
  test_traps(report);
  test_misaligned(report);
  test_time(report, bench);
}

}  // namespace terse::firmware
