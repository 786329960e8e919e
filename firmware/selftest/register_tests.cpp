// Every register of every device against its description: reset value, access rights, bits that exist,
// write-one-to-clear, shadowing of job registers.
#include <array>
#include <cstdint>
#include <span>

#include "firmware/runtime/trap.hpp"
#include "firmware/selftest/bench.hpp"
#include "registers/generated/dma.hpp"
#include "registers/generated/dma_table.hpp"
#include "registers/generated/hwpe.hpp"
#include "registers/generated/merge_table.hpp"
#include "registers/generated/spu_table.hpp"
#include "registers/generated/testdev.hpp"
#include "registers/generated/testdev_table.hpp"
#include "registers/generated/tmac_table.hpp"
#include "registers/generated/uart_table.hpp"

namespace terse::firmware {
namespace {

namespace hwpe = registers::hwpe;
using registers::Access;
using Table = std::span<const registers::RegisterDescription>;
using Description = registers::RegisterDescription;

constexpr std::uint32_t load_fault = 5;
constexpr std::uint32_t store_fault = 7;
constexpr std::uint32_t acquire_locked = 0xFFFFFFFE;
constexpr std::uint32_t acquire_full = 0xFFFFFFFF;

struct Unit {
  std::string_view reset_test;
  std::string_view access_test;
  std::string_view job_test;
  std::string_view interrupt_test;
  DeviceType type;
  Table table;
  hwpe::Unit kind;
};

/// Registers whose value is a property of this hardware.
bool is_capability(const Description& description) {
  return description.offset >= hwpe::cap_unit && description.offset < hwpe::irq_status;
}

void test_reset_values(Report& report, const Registers& unit, const Unit& which) {
  Test test(report, which.reset_test);
  unit.write(hwpe::soft_clear, 0);
  for (const Description& description : which.table) {
    const bool readable = description.access != Access::write_only && description.offset != hwpe::acquire;
    if (!readable || is_capability(description)) continue;
    test.equal(description.name, unit.read(description.offset), description.reset);
  }
  test.equal("CAP_UNIT", unit.read(hwpe::cap_unit), static_cast<std::uint32_t>(which.kind));
  const std::uint32_t queue = unit.read(hwpe::cap_queue);
  test.check("CAP_QUEUE.DEPTH", hwpe::fields::cap_queue::depth.get(queue) >= 1);
  test.equal("CAP_QUEUE.COUNTERS", hwpe::fields::cap_queue::counters.get(queue), hwpe::counter_count);
}

/// Reads of write-only, writes of read-only registers, and every access that is no aligned word are bus errors.
void test_refused(Test& test, const Registers& unit, Table table) {
  for (const Description& description : table) {
    const TrapExpectation traps;
    if (description.access == Access::write_only) {
      static_cast<void>(unit.read(description.offset));
      test.equal(description.name, traps.cause(), load_fault);
    } else if (description.access == Access::read_only) {
      unit.write(description.offset, 0xFFFFFFFF);
      test.equal(description.name, traps.cause(), store_fault);
    }
  }
  const TrapExpectation traps;
  static_cast<void>(*reinterpret_cast<volatile std::uint8_t*>(unit.base() + hwpe::status));
  test.equal("byte access", traps.count(), 1);
  static_cast<void>(unit.read(0x0FC));
  test.equal("no register", traps.count(), 2);
}

void test_read_write(Test& test, const Registers& unit, Table table) {
  for (const Description& description : table) {
    if (description.access != Access::read_write || description.job) continue;
    const std::uint32_t kept = description.writable & ~description.self_clearing;
    unit.write(description.offset, 0xFFFFFFFF);
    test.equal(description.name, unit.read(description.offset), kept);
    unit.write(description.offset, 0);
    test.equal(description.name, unit.read(description.offset), 0);
    unit.write(description.offset, description.reset);
    test.equal(description.name, unit.read(description.offset), description.reset);
  }
}

void test_access(Report& report, const Registers& unit, const Unit& which) {
  Test test(report, which.access_test);
  test_refused(test, unit, which.table);
  test_read_write(test, unit, which.table);
}

void test_interrupt_registers(Report& report, const Registers& unit, const Unit& which) {
  Test test(report, which.interrupt_test);
  unit.write(hwpe::irq_set, 0xFFFFFFFF);
  test.equal("IRQ_STATUS after IRQ_SET of all", unit.read(hwpe::irq_status), 0x7);
  unit.write(hwpe::irq_status, 0x2);
  test.equal("IRQ_STATUS after clearing one", unit.read(hwpe::irq_status), 0x5);
  unit.write(hwpe::irq_status, 0);
  test.equal("IRQ_STATUS after clearing none", unit.read(hwpe::irq_status), 0x5);
  unit.write(hwpe::irq_status, 0xFFFFFFFF);
  test.equal("IRQ_STATUS after clearing all", unit.read(hwpe::irq_status), 0);
}

/// Job registers belong to the acquired context; a committed job keeps its values and its place in the queue.
void test_job_registers(Report& report, const Registers& unit, const Unit& which) {
  Test test(report, which.job_test);
  const std::uint32_t depth = hwpe::fields::cap_queue::depth.get(unit.read(hwpe::cap_queue));
  test.equal("first id", unit.read(hwpe::acquire), 0);
  test.equal("ACQUIRE while locked", unit.read(hwpe::acquire), acquire_locked);
  test.equal("STATUS", unit.read(hwpe::status), hwpe::fields::status::acquired.mask());
  for (const Description& description : which.table) {
    if (!description.job) continue;
    unit.write(description.offset, 0xFFFFFFFF);
    test.equal(description.name, unit.read(description.offset), description.writable);
  }
  // Committed without starting: the context is taken, its values are out of sight.
  unit.write(hwpe::commit_trigger, 1);
  test.equal("STATUS after COMMIT", unit.read(hwpe::status), hwpe::fields::status::committed.mask());
  if (depth > 1) {
    test.equal("second id", unit.read(hwpe::acquire), 1);
    for (const Description& description : which.table) {
      if (description.job) test.equal(description.name, unit.read(description.offset), description.reset);
    }
    unit.write(hwpe::job_offset, 0x12345678);
    unit.write(hwpe::soft_clear, 2);
    test.equal("TAG after SOFT_CLEAR of the job registers", unit.read(hwpe::job_offset), 0);
    test.check("STATUS keeps the contexts", unit.read(hwpe::status) != 0);
    unit.write(hwpe::commit_trigger, 1);
  }
  for (std::uint32_t context = 2; context < depth; ++context) {
    test.equal("next id", unit.read(hwpe::acquire), context);
    unit.write(hwpe::commit_trigger, 1);
  }
  test.equal("ACQUIRE of a full queue", unit.read(hwpe::acquire), acquire_full);
  test.equal("RUNNING_JOB before the first", unit.read(hwpe::running_job), 0xFF);
  unit.write(hwpe::soft_clear, 0);
  test.equal("STATUS after SOFT_CLEAR", unit.read(hwpe::status), 0);
  test.equal("id after SOFT_CLEAR", unit.read(hwpe::acquire), 0);
  unit.write(hwpe::soft_clear, 0);
}

void test_counters(Report& report, const Registers& unit) {
  Test test(report, "counters: enable, clear, snapshot");
  namespace control = hwpe::fields::perf_control;
  unit.write(hwpe::perf_control, control::clear.mask());
  unit.write(hwpe::perf_control, control::snapshot.mask());
  test.equal("ELAPSED after a clear", unit.read(hwpe::counters_offset), 0);
  unit.write(hwpe::perf_control, control::enable.mask());
  for (std::uint32_t turn = 0; turn < 50; ++turn) static_cast<void>(unit.read(hwpe::status));
  test.equal("ELAPSED before the next snapshot", unit.read(hwpe::counters_offset), 0);
  unit.write(hwpe::perf_control, control::enable.mask() | control::snapshot.mask());
  const std::uint32_t elapsed = unit.read(hwpe::counters_offset);
  test.check("ELAPSED counts", elapsed > 0);
  test.equal("a snapshot stands still", unit.read(hwpe::counters_offset), elapsed);
  std::uint32_t sum = 0;
  for (std::uint32_t counter = 1; counter < hwpe::counter_count; ++counter) {
    sum += unit.read(hwpe::counters_offset + 8 * counter);
  }
  test.equal("causes sum to ELAPSED", sum, elapsed);
  unit.write(hwpe::perf_control, control::clear.mask());  // and disabled
  for (std::uint32_t turn = 0; turn < 10; ++turn) static_cast<void>(unit.read(hwpe::status));
  unit.write(hwpe::perf_control, control::snapshot.mask());
  test.equal("ELAPSED while disabled", unit.read(hwpe::counters_offset), 0);
  unit.write(hwpe::perf_control, control::enable.mask());
}

void test_uart(Report& report, Bench& bench) {
  Test test(report, "uart: registers");
  if (!bench.has(DeviceType::uart)) return test.skip("no UART");
  const Registers uart = bench.registers(DeviceType::uart);
  for (const std::uint32_t value : {0xA5u, 0x5Au, 0u}) {
    uart.write(registers::uart::scr, value);
    test.equal("SCR", uart.read(registers::uart::scr), value);
  }
  test.equal("LSR, transmitter empty", uart.read(registers::uart::lsr) & 0x60, 0x60);
  const std::uint32_t line = uart.read(registers::uart::lcr);
  uart.write(registers::uart::lcr, line | 0x80);
  uart.write(registers::uart::rbr_thr, 0x0D);
  test.equal("divisor", uart.read(registers::uart::rbr_thr), 0x0D);
  uart.write(registers::uart::lcr, line);
  const TrapExpectation traps;
  uart.write(registers::uart::lsr, 0);
  static_cast<void>(uart.read(registers::uart::lsr));
  test.check("LSR survives a write", traps.count() <= 1);
}

void test_testdev(Report& report, Bench& bench) {
  Test test(report, "testdev: registers");
  if (!bench.has(DeviceType::testdev)) return test.skip("no testdev");
  const Registers testdev = bench.registers(DeviceType::testdev);
  for (const Description& description : registers::testdev::table) {
    const TrapExpectation traps;
    if (description.access == Access::write_only) {
      static_cast<void>(testdev.read(description.offset));
      test.equal(description.name, traps.cause(), load_fault);
      continue;
    }
    const std::uint32_t before = testdev.read(description.offset);
    test.equal(description.name, before, description.reset);
    testdev.write(description.offset, 0x89ABCDEF);
    test.equal(description.name, testdev.read(description.offset), 0x89ABCDEF & description.writable);
    testdev.write(description.offset, before);
  }
}

void test_clint(Report& report, Bench& bench) {
  Test test(report, "clint: registers");
  const Registers clint = bench.registers(DeviceType::clint);
  using Clint = driver::Clint<TargetHal>;
  clint.write(Clint::msip, 0xFFFFFFFF);
  test.equal("MSIP has one bit", clint.read(Clint::msip), 1);
  clint.write(Clint::msip, 0);
  test.equal("MSIP", clint.read(Clint::msip), 0);
  clint.write(Clint::mtimecmp, 0x12345678);
  clint.write(Clint::mtimecmp + 4, 0x9ABCDEF0);
  test.equal("MTIMECMP, low word", clint.read(Clint::mtimecmp), 0x12345678);
  test.equal("MTIMECMP, high word", clint.read(Clint::mtimecmp + 4), 0x9ABCDEF0);
  bench.clint.disarm();
  const std::uint64_t before = bench.clint.now();
  test.check("MTIME does not go back", bench.clint.now() >= before);
}

void test_plic(Report& report, Bench& bench) {
  Test test(report, "plic: registers");
  const Registers plic = bench.registers(DeviceType::plic);
  using Plic = driver::Plic<TargetHal>;
  const std::uint32_t source = bench.devices.find(DeviceType::tmac)->interrupt;
  test.equal("PRIORITY", plic.read(Plic::priority + 4 * source), 0);
  plic.write(Plic::priority + 4 * source, 3);
  test.equal("PRIORITY", plic.read(Plic::priority + 4 * source), 3);
  plic.write(Plic::priority + 4 * source, 0);
  test.equal("PRIORITY of source 0", plic.read(Plic::priority), 0);
  plic.write(Plic::enable, 1u | 1u << source);
  test.equal("ENABLE, without source 0", plic.read(Plic::enable), 1u << source);
  plic.write(Plic::enable, 0);
  plic.write(Plic::threshold, 2);
  test.equal("THRESHOLD", plic.read(Plic::threshold), 2);
  plic.write(Plic::threshold, 0);
  test.equal("nothing pending", plic.read(Plic::pending), 0);
  test.equal("nothing to claim", plic.read(Plic::claim_complete), 0);
  const TrapExpectation traps;
  plic.write(Plic::pending, 1);
  test.check("PENDING is read-only", traps.count() <= 1 && plic.read(Plic::pending) == 0);
}

}  // namespace

void test_registers(Report& report, Bench& bench) {
  const std::array<Unit, 4> units{
      {{"dma: reset values", "dma: access rights", "dma: job registers are shadowed", "dma: interrupt registers",
        DeviceType::dma, registers::dma::table, hwpe::Unit::dma},
       {"tmac: reset values", "tmac: access rights", "tmac: job registers are shadowed", "tmac: interrupt registers",
        DeviceType::tmac, registers::tmac::table, hwpe::Unit::tmac},
       {"spu: reset values", "spu: access rights", "spu: job registers are shadowed", "spu: interrupt registers",
        DeviceType::spu, registers::spu::table, hwpe::Unit::spu},
       {"merge: reset values", "merge: access rights", "merge: job registers are shadowed",
        "merge: interrupt registers", DeviceType::merge, registers::merge::table, hwpe::Unit::merge}}};
  for (const Unit& unit : units) {
    const Registers first = bench.registers(unit.type);
    std::uint32_t instances = 1;
    if (unit.type == DeviceType::dma) {
      instances = registers::dma::fields::cap_geometry::channels.get(first.read(registers::dma::cap_geometry));
    }
    for (std::uint32_t instance = 0; instance < instances; ++instance) {
      const Registers block(first.base() + instance * registers::dma::window);
      test_reset_values(report, block, unit);
      test_access(report, block, unit);
      test_interrupt_registers(report, block, unit);
      test_job_registers(report, block, unit);
    }
  }
  test_counters(report, bench.registers(DeviceType::tmac));
  test_uart(report, bench);
  test_testdev(report, bench);
  test_clint(report, bench);
  test_plic(report, bench);
}

}  // namespace terse::firmware
