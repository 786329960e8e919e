// Interrupts: software and timer of the CLINT, every line through the PLIC, priorities, threshold, claim and complete.
#include <cstdint>

#include "firmware/selftest/bench.hpp"
#include "registers/generated/hwpe.hpp"
#include "registers/generated/uart.hpp"

namespace terse::firmware {
namespace {

namespace hwpe = registers::hwpe;
using driver::Interrupt;

constexpr std::uint32_t mask(Interrupt kind) {
  return static_cast<std::uint32_t>(kind);
}

/// What the handler saw. volatile: it runs between any two instructions.
struct Recorder {
  Bench* bench = nullptr;
  volatile std::uint32_t software = 0;
  volatile std::uint32_t timer = 0;
  volatile std::uint32_t external = 0;
  volatile std::uint32_t source = 0;
  volatile std::uint32_t unit_base = 0;  ///< The unit that the handler silences.
};

void handle(void* context, Interrupt kind) {
  auto& recorder = *static_cast<Recorder*>(context);
  Bench& bench = *recorder.bench;
  switch (kind) {
    case Interrupt::software:
      bench.clint.set_software_interrupt(false);
      recorder.software = recorder.software + 1;
      break;
    case Interrupt::timer:
      bench.clint.disarm();
      recorder.timer = recorder.timer + 1;
      break;
    case Interrupt::external: {
      const std::uint32_t source = bench.plic.claim();
      if (recorder.unit_base != 0) Registers(recorder.unit_base).write(hwpe::irq_status, 0xFFFFFFFF);
      bench.plic.complete(source);
      recorder.source = source;
      recorder.external = recorder.external + 1;
      break;
    }
  }
}

/// Sleeps until any interrupt was handled since forget(); the caller has armed the timer when nothing else may come.
void sleep(Bench& bench, const Recorder& recorder) {
  bench.hal.disable_interrupts();
  while (recorder.software + recorder.timer + recorder.external == 0) {
    bench.hal.wait_for_interrupt();
    bench.hal.enable_interrupts();
    bench.hal.disable_interrupts();
  }
  bench.hal.enable_interrupts();
}

void forget(Recorder& recorder) {
  recorder.software = 0;
  recorder.timer = 0;
  recorder.external = 0;
  recorder.source = 0;
}

std::uint64_t soon(Bench& bench) {
  return bench.clint.now() + bench.devices.table().timebase_hz / 10'000 + 20;
}

void test_clint(Report& report, Bench& bench, Recorder& recorder) {
  {
    Test test(report, "clint: software interrupt");
    forget(recorder);
    bench.clint.arm(soon(bench));
    bench.clint.set_software_interrupt(true);
    sleep(bench, recorder);
    test.equal("software interrupts", recorder.software, 1);
    bench.clint.disarm();
  }
  {
    Test test(report, "clint: timer interrupt, not before its time");
    forget(recorder);
    const std::uint64_t due = soon(bench);
    bench.clint.arm(due);
    sleep(bench, recorder);
    test.equal("timer interrupts", recorder.timer, 1);
    test.check("time", bench.clint.now() >= due);
  }
  {
    Test test(report, "clint: a timer in the past fires at once");
    forget(recorder);
    bench.clint.arm(0);
    sleep(bench, recorder);
    test.equal("timer interrupts", recorder.timer, 1);
  }
}

/// Raises the line of the unit at `base` by IRQ_SET and expects it at the core.
void test_line(Report& report, Bench& bench, Recorder& recorder, std::string_view name, std::uint32_t base,
               std::uint32_t source) {
  Test test(report, name);
  const Registers unit(base);
  forget(recorder);
  recorder.unit_base = base;
  unit.write(hwpe::irq_set, 1);
  test.check("masked by IRQ_ENABLE", !bench.plic.is_pending(source));
  unit.write(hwpe::irq_enable, 1);
  bench.plic.enable_source(source);
  bench.clint.arm(soon(bench));
  sleep(bench, recorder);
  test.equal("interrupts", recorder.external, 1);
  test.equal("source", recorder.source, source);
  test.check("silent after clearing", !bench.plic.is_pending(source));
  bench.plic.disable_source(source);
  unit.write(hwpe::irq_enable, 0);
  recorder.unit_base = 0;
  bench.clint.disarm();
}

void test_lines(Report& report, Bench& bench, Recorder& recorder) {
  const Device& dma = *bench.devices.find(DeviceType::dma);
  for (std::uint32_t channel = 0; channel < dma.interrupts; ++channel) {
    test_line(report, bench, recorder, "plic: line of a dma channel", dma.base + channel * registers::dma::window,
              dma.interrupt + channel);
  }
  const Device& tmac = *bench.devices.find(DeviceType::tmac);
  test_line(report, bench, recorder, "plic: line of tmac", tmac.base, tmac.interrupt);
  const Device& spu = *bench.devices.find(DeviceType::spu);
  test_line(report, bench, recorder, "plic: line of spu", spu.base, spu.interrupt);
  const Device& merge = *bench.devices.find(DeviceType::merge);
  test_line(report, bench, recorder, "plic: line of merge", merge.base, merge.interrupt);
}

void test_uart_line(Report& report, Bench& bench) {
  Test test(report, "plic: line of uart");
  const Device* device = bench.devices.find(DeviceType::uart);
  if (device == nullptr || device->interrupt == 0) return test.skip("no UART line");
  const Registers uart(device->base);
  bench.plic.enable_source(device->interrupt);
  bench.clint.arm(soon(bench));
  bench.hal.disable_interrupts();
  uart.write(registers::uart::ier, 2);  // transmitter empty, which it is
  bench.hal.wait_for_interrupt();
  const std::uint32_t source = bench.plic.claim();
  test.equal("source", source, device->interrupt);
  test.equal("IIR: transmitter empty", uart.read(registers::uart::iir_fcr) & 0xF, 2);
  test.equal("IIR: reading cleared it", uart.read(registers::uart::iir_fcr) & 0xF, 1);
  uart.write(registers::uart::ier, 0);
  bench.plic.complete(source);
  bench.plic.disable_source(device->interrupt);
  bench.clint.disarm();
  bench.hal.enable_interrupts();
}

/// Two lines at once, with the core's interrupts off: the PLIC alone decides.
void test_arbitration(Report& report, Bench& bench) {
  Test test(report, "plic: priority, threshold, claim and complete");
  bench.hal.disable_interrupts();
  const Device& tmac = *bench.devices.find(DeviceType::tmac);
  const Device& spu = *bench.devices.find(DeviceType::spu);
  for (const Device* device : {&tmac, &spu}) {
    Registers(device->base).write(hwpe::irq_enable, 1);
    Registers(device->base).write(hwpe::irq_set, 1);
  }
  bench.plic.enable_source(tmac.interrupt, 1);
  bench.plic.enable_source(spu.interrupt, 2);
  test.equal("the more urgent first", bench.plic.claim(), spu.interrupt);
  test.equal("then the other", bench.plic.claim(), tmac.interrupt);
  test.equal("claimed ones are not offered", bench.plic.claim(), 0);
  bench.plic.complete(tmac.interrupt);
  test.equal("offered again after completion", bench.plic.claim(), tmac.interrupt);
  Registers(spu.base).write(hwpe::irq_status, 1);
  bench.plic.complete(spu.interrupt);
  bench.plic.complete(tmac.interrupt);
  const Registers plic = bench.registers(DeviceType::plic);
  plic.write(driver::Plic<TargetHal>::threshold, 1);
  std::uint32_t pending = 0;
  asm volatile("csrr %0, mip" : "=r"(pending));
  test.equal("the threshold keeps it from the core", pending >> 11 & 1u, 0);
  plic.write(driver::Plic<TargetHal>::threshold, 0);
  asm volatile("csrr %0, mip" : "=r"(pending));
  test.equal("without threshold it passes", pending >> 11 & 1u, 1);
  for (const Device* device : {&tmac, &spu}) {
    Registers(device->base).write(hwpe::irq_status, 1);
    Registers(device->base).write(hwpe::irq_enable, 0);
    bench.plic.disable_source(device->interrupt);
  }
  bench.hal.enable_interrupts();
}

}  // namespace

void test_interrupts(Report& report, Bench& bench) {
  static Recorder recorder;
  recorder.bench = &bench;
  const std::uint32_t kinds = mask(Interrupt::software) | mask(Interrupt::timer) | mask(Interrupt::external);
  bench.hal.set_interrupt_handler(kinds, &handle, &recorder);
  bench.hal.enable_interrupts();
  test_clint(report, bench, recorder);
  test_lines(report, bench, recorder);
  test_uart_line(report, bench);
  test_arbitration(report, bench);
  bench.hal.disable_interrupts();
  bench.hal.set_interrupt_handler(0, nullptr, nullptr);
}

}  // namespace terse::firmware
