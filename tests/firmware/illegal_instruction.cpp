// A program that goes wrong, to see that the runtime says so.
#include "firmware/runtime/runtime.hpp"

std::uint32_t terse::firmware::program(const device_table::DeviceTable* /*table*/) {
  asm volatile(".4byte 0xFFFFFFFF");
  return 0;
}
