// A program that checks what start-up promises, and ends with a code of its own.
#include <array>

#include "firmware/runtime/runtime.hpp"

namespace {

volatile std::uint32_t initialised = 0x12345678;
volatile std::uint32_t zeroed;
/// Made by a constructor at start-up.
struct Constructed {
  Constructed() : value(initialised) {}
  volatile std::uint32_t value;
} constructed;

}  // namespace

std::uint32_t terse::firmware::program(const device_table::DeviceTable* table) {
  const bool good = initialised == 0x12345678 && zeroed == 0 && constructed.value == 0x12345678 && table != nullptr &&
                    table->magic == device_table::magic;
  console().put(good ? "start-up is good\n" : "start-up is broken\n");
  return 42;
}
