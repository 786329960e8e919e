#include "firmware/runtime/runtime.hpp"

#include <array>

#include "sw_driver/device_map.hpp"
#include "sw_driver/error_text.hpp"

namespace terse::firmware {
namespace {

TargetHal hal;
driver::Uart<TargetHal> uart(hal);
driver::Testdev<TargetHal> testdev(hal);
/// Read by the simulator after exit, hence static.
std::array<char, 200> error_text;

}  // namespace

driver::Uart<TargetHal>& console() {
  return uart;
}

void exit(std::uint32_t code) {
  hal.disable_interrupts();
  testdev.exit(code);
  hal.set_interrupt_handler(0, nullptr, nullptr);
  for (;;) hal.wait_for_interrupt();
}

void stop(const driver::Error& error) {
  hal.disable_interrupts();
  driver::TextWriter text(error_text.data(), error_text.size());
  driver::describe(error, text);
  uart.put("error: ");
  uart.put(text.view());
  std::array<char, 80> place_text;
  driver::TextWriter place(place_text.data(), place_text.size());
  (place << "\n  noticed in " << error.file << ":").decimal(error.line) << "\n";
  uart.put(place.view());
  testdev.report(error, text.c_str());
  exit(static_cast<std::uint32_t>(error.code));
}

extern "C" [[noreturn]] void firmware_entry(std::uint32_t /*hart*/, const device_table::DeviceTable* table) {
  const driver::Result<driver::DeviceMap> devices = driver::DeviceMap::open(table);
  if (devices.ok()) {
    using device_table::DeviceType;
    if (const driver::Device* device = devices.value().find(DeviceType::uart)) uart.init(device->base);
    if (const driver::Device* device = devices.value().find(DeviceType::testdev)) testdev.init(device->base);
  }
  exit(program(table));
}

}  // namespace terse::firmware
