// A program that lets an interrupt through for which it has no handler.
#include "firmware/runtime/runtime.hpp"

std::uint32_t terse::firmware::program(const device_table::DeviceTable* /*table*/) {
  constexpr std::uint32_t clint_msip = 0x02000000;  // of the reference platform
  *reinterpret_cast<volatile std::uint32_t*>(clint_msip) = 1;
  asm volatile("csrw mie, %0\n\tcsrsi mstatus, 8\n\twfi" ::"r"(8));
  return 0;
}
