// A program whose stack pointer points nowhere; the trap handler must not need it.
#include "firmware/runtime/runtime.hpp"

std::uint32_t terse::firmware::program(const device_table::DeviceTable* /*table*/) {
  asm volatile("li sp, 0xFFFFFF00\n\tsw zero, 0(sp)");
  return 0;
}
