#pragma once
// What every firmware program has: a console, the simulator's door, and a way to end.
#include <cstdint>

#include "formats/device_table.hpp"
#include "sw_driver/result.hpp"
#include "sw_driver/target_hal.hpp"
#include "sw_driver/testdev.hpp"
#include "sw_driver/uart.hpp"

namespace terse::firmware {

using driver::TargetHal;

/// The program; defined once per ELF. `table` may be null. The result is the exit code.
std::uint32_t program(const device_table::DeviceTable* table);

/// Output is dropped when the platform has no UART.
driver::Uart<TargetHal>& console();

/// Reports the error on the console and to the simulator and ends with the error's code.
[[noreturn]] void stop(const driver::Error& error);

/// Ends the simulation, or sleeps for ever on a chip.
[[noreturn]] void exit(std::uint32_t code);

}  // namespace terse::firmware
