// Tests the platform from the inside, as bring-up firmware on a chip would: core, registers, interrupts, DMA, passes,
// error paths. Exit code: number of failed tests.
#include "firmware/selftest/bench.hpp"

namespace terse::firmware {

Bench::Bench(const driver::DeviceMap& map) : devices(map) {
  clint.init(devices.find(DeviceType::clint)->base);
  plic.init(devices.find(DeviceType::plic)->base);
}

Status Bench::init_units() {
  interrupts.init();
  const Device& dma = *devices.find(DeviceType::dma);
  if (const Status status = accelerator.dma.init(dma.base, dma.interrupt); !status.ok()) return status;
  const Device& tmac = *devices.find(DeviceType::tmac);
  if (const Status status = accelerator.tmac.init(tmac.base, tmac.interrupt); !status.ok()) return status;
  const Device& spu = *devices.find(DeviceType::spu);
  if (const Status status = accelerator.spu.init(spu.base, spu.interrupt); !status.ok()) return status;
  const Device& merge = *devices.find(DeviceType::merge);
  return accelerator.merge.init(merge.base, merge.interrupt);
}

std::uint32_t program(const device_table::DeviceTable* table) {
  const driver::Result<driver::DeviceMap> devices = driver::DeviceMap::open(table);
  if (!devices.ok()) stop(devices.error());
  for (const DeviceType type :
       {DeviceType::clint, DeviceType::plic, DeviceType::dma, DeviceType::tmac, DeviceType::spu, DeviceType::merge}) {
    if (const auto device = devices.value().require(type); !device.ok()) stop(device.error());
  }
  static Bench bench(devices.value());
  Report report;
  console().put("TAP version 14\n");
  test_core(report, bench);
  test_registers(report, bench);
  test_interrupts(report, bench);
  if (const Status status = bench.init_units(); !status.ok()) stop(status.error());
  bench.hal.enable_interrupts();
  test_dma(report, bench);
  test_passes(report, bench);
  test_merge(report, bench);
  test_errors(report, bench);
  return report.finish();
}

}  // namespace terse::firmware
