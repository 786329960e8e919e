#pragma once
// The host-target interface (HTIF) of RISC-V test programs: the guest writes commands to the 64-bit word `tohost` and reads
// answers from `fromhost`. Both are symbols of its ELF; the platform has no such device.
//
//   tohost = 1                      the program has passed
//   tohost = odd, device 0          it has failed; code = value >> 1 (the number of the test in riscv-tests)
//   tohost = even, device 0         address of a system call block {number, argument 0, 1, 2}, 64 bits each: write (64)
//                                   to file 1 or 2 is printed, exit (93) ends the program, others get -ENOSYS
//   device 1 (bits 63:56), command 1   prints the character in the low byte; input (command 0) is never answered
//
// A 32-bit core writes the two halves one after the other, in either order. A value that could be the first half of a
// console command (below 256, but not 1) waits for the other half, at most 1,000 clock cycles. The host clears tohost
// after each command and sets fromhost to 1 after a system call. Nothing is polled: the bus reports the writes (Bus::watch).
// Source: riscv-isa-sim, riscv-tests env/p, riscv-pk machine/htif.c.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <systemc>

#include "models/bus/bus.hpp"
#include "platform/netlist/platform.hpp"

namespace terse::run {

class HostInterface : public sc_core::sc_module {
 public:
  struct Addresses {
    std::uint32_t tohost = 0;
    std::optional<std::uint32_t> fromhost;
  };

  /// The program ended, `code` 0 if it passed, at the guest's local time `time`.
  std::function<void(std::uint32_t code, sc_core::sc_time time)> on_exit;
  std::function<void(char character)> console = [](char) {};
  /// The guest asked for what does not exist.
  std::function<void(const std::string& what, sc_core::sc_time time)> on_mistake;

  HostInterface(sc_core::sc_module_name name, Bus& bus, netlist::HostPort& host, const Addresses& addresses,
                sc_core::sc_time clock_period);

 private:
  void start_of_simulation() override;
  void written(const BusAccess& access);
  void act();
  void system_call(std::uint64_t block);
  std::uint64_t print(std::uint64_t address, std::uint64_t length);
  void mistake(const std::string& what);
  std::uint64_t read(std::uint64_t address);
  void write(std::uint64_t address, std::uint64_t value);

  Bus& bus_;
  netlist::HostPort& host_;
  Addresses addresses_;
  sc_core::sc_time patience_;
  sc_core::sc_event other_half_missing_;
  bool low_written_ = false, high_written_ = false;
  sc_core::sc_time time_;  ///< Of the command's last write.
};

}  // namespace terse::run
