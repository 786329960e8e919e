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

/// Nothing when the guest ended with exit code 0. `exit_code` is empty when it never ended. Reads the error registers
/// of testdev and the strings they point to.
std::optional<GuestFailure> guest_failure(netlist::Platform& platform, const ElfFile& firmware,
                                          std::optional<std::uint32_t> exit_code, double time_limit_ms);

}  // namespace terse::run
