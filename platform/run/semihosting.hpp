#pragma once
// Semihosting: calls of the guest that the simulator carries out, without any device.
//
// A call is the sequence  slli x0,x0,0x1f; ebreak; srai x0,x0,7  of uncompressed instructions, with the operation's
// number in a0 and its argument in a1; the answer comes back in a0. Any other ebreak traps as always. Simulated time
// stands still during a call. Addresses are bus addresses; protection (PMP) does not apply.
//
// Operations (Arm's "Semihosting for AArch32 and AArch64", which the RISC-V semihosting specification adopts):
//   console   SYS_WRITEC, SYS_WRITE0, SYS_READC; the file ":tt", opened for reading, writing or appending, is the console
//   files     SYS_OPEN, CLOSE, READ, WRITE, SEEK, FLEN, ISTTY, REMOVE, RENAME, TMPNAM, all within one folder (guest_files.hpp)
//   time      SYS_CLOCK (1/100 s), ELAPSED and TICKFREQ (ns), TIME (s): simulated time, which starts at zero, also TIME
//   others    SYS_ERRNO, ISERROR, GET_CMDLINE, HEAPINFO (all zero: unknown), EXIT, EXIT_EXTENDED
//
// Whatever a guest does wrong (an unknown operation, a bad pointer, a closed file) gives the operation's error value and
// an errno; it never ends the simulation. Console input is this program's standard input.
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "models/riscv/riscv_core.hpp"
#include "platform/netlist/platform.hpp"
#include "platform/run/guest_files.hpp"

namespace terse::run {

struct SemihostingOptions {
  std::filesystem::path folder;  ///< Empty: no files.
  std::string command_line;      ///< For SYS_GET_CMDLINE.
};

class Semihosting {
 public:
  std::function<void(char character)> console = [](char) {};
  /// Called once; the guest goes on until the simulation stops.
  std::function<void(std::uint32_t code)> on_exit = [](std::uint32_t) {};

  Semihosting(RiscvCore& core, netlist::HostPort& memory, SemihostingOptions options);

  /// To be called at each stop. True: it was a call, which has been carried out.
  bool handle(const riscv::Stop& stop);

 private:
  static constexpr std::uint32_t failure = 0xFFFF'FFFF;

  [[nodiscard]] bool at_call() const;
  std::uint32_t call(std::uint32_t operation, std::uint32_t argument);
  std::uint32_t file_call(std::uint32_t operation, std::uint32_t argument);
  std::uint32_t time_call(std::uint32_t operation, std::uint32_t argument);

  std::uint32_t open(std::uint32_t name, std::uint32_t mode, std::uint32_t length);
  std::uint32_t close(std::uint32_t handle);
  std::uint32_t write(std::uint32_t handle, std::uint32_t address, std::uint32_t length);
  std::uint32_t read(std::uint32_t handle, std::uint32_t address, std::uint32_t length);
  std::uint32_t file_length(std::uint32_t handle);
  std::uint32_t is_terminal(std::uint32_t handle);
  std::uint32_t rename(std::span<const std::uint32_t> words);
  std::uint32_t write_text(std::uint32_t address);
  std::uint32_t temporary_name(std::uint32_t address, std::uint32_t number, std::uint32_t length);
  std::uint32_t command_line(std::uint32_t block, std::uint32_t address, std::uint32_t length);
  std::uint32_t exit(std::uint32_t reason, std::uint32_t code);

  std::uint32_t result_of(int error, std::uint32_t good = 0);
  std::optional<std::string> text(std::uint32_t address, std::uint32_t length);
  bool put(std::uint32_t address, std::span<const std::uint8_t> bytes);
  /// `count` words of the argument block.
  bool words(std::uint32_t address, std::span<std::uint32_t> values);
  bool put_word(std::uint32_t address, std::uint32_t value);

  RiscvCore& core_;
  netlist::HostPort& memory_;
  SemihostingOptions options_;
  GuestFiles files_;
  std::array<bool, 4> console_open_{};  ///< By handle: 1 input, 2 output, 3 error output.
  std::uint32_t errno_ = 0;
};

}  // namespace terse::run
