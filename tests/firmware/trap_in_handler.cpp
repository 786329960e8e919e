// A program whose interrupt handler traps.
#include "firmware/runtime/runtime.hpp"

namespace {

void handle(void* /*context*/, terse::driver::Interrupt /*kind*/) {
  asm volatile("ebreak");
}

}  // namespace

std::uint32_t terse::firmware::program(const device_table::DeviceTable* /*table*/) {
  constexpr std::uint32_t clint_msip = 0x02000000;  // of the reference platform
  const TargetHal hal;
  hal.set_interrupt_handler(static_cast<std::uint32_t>(driver::Interrupt::software), &handle, nullptr);
  *reinterpret_cast<volatile std::uint32_t*>(clint_msip) = 1;
  hal.enable_interrupts();
  hal.wait_for_interrupt();
  return 0;
}
