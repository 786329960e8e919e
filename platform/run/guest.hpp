#pragma once
// What the guest says: lines on the UART, and why it failed.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "models/riscv/elf.hpp"
#include "platform/netlist/platform.hpp"
#include "platform/run/result.hpp"

namespace terse::run {

/// Cuts the UART's characters into lines.
class GuestLines {
 public:
  explicit GuestLines(std::function<void(const std::string&)> sink) : sink_(std::move(sink)) {}
  void operator()(char character);
  /// Hands on an unfinished last line.
  void flush();

 private:
  std::function<void(const std::string&)> sink_;
  std::string line_;
};

/// "terse::driver::crc32(...)+0x5e", or "" outside of every known function.
std::string function_at(const ElfFile& firmware, std::uint32_t pc);

/// Nothing when the guest ended with exit code 0. Reads the error registers of testdev and the strings they point to.
std::optional<GuestFailure> guest_failure(netlist::Platform& platform, std::uint32_t exit_code);

}  // namespace terse::run
