#include "platform/run/guest.hpp"

#include <fmt/format.h>

#include <boost/core/demangle.hpp>

#include "models/riscv/riscv_core.hpp"
#include "models/testdev/testdev.hpp"

namespace terse::run {
namespace {

std::string guest_string(netlist::Platform& platform, std::uint32_t address) {
  constexpr std::size_t longest = 256;
  std::string text;
  std::uint8_t byte = 0;
  while (address != 0 && text.size() < longest && platform.host().read(address++, {&byte, 1}) && byte != 0) {
    text += static_cast<char>(byte);
  }
  return text;
}

/// "terse::driver::crc32(...)+0x5e", or "" outside of every known function.
std::string function_at(const ElfFile& firmware, std::uint32_t pc) {
  const auto location = firmware.nearest(pc);
  if (!location) return "";
  const std::string name = boost::core::demangle(location->symbol.c_str());
  return location->offset == 0 ? name : fmt::format("{}+0x{:x}", name, location->offset);
}

}  // namespace

void GuestLines::operator()(char character) {
  if (character == '\n') {
    sink_(line_);
    line_.clear();
  } else if (character != '\r') {
    line_ += character;
  }
}

void GuestLines::flush() {
  if (!line_.empty()) sink_(line_);
  line_.clear();
}

std::optional<GuestFailure> guest_failure(netlist::Platform& platform, const ElfFile& firmware,
                                          std::optional<std::uint32_t> exit_code, double time_limit_ms) {
  if (exit_code && *exit_code == 0) return std::nullopt;
  GuestFailure failure;
  if (const auto lockup = platform.get<RiscvCore>().lockup(); lockup && !exit_code) {
    failure.text = *lockup;
    failure.function = function_at(firmware, platform.get<RiscvCore>().pc());
    return failure;
  }
  if (!exit_code) {
    const std::uint32_t pc = platform.get<RiscvCore>().pc();
    failure.function = function_at(firmware, pc);
    failure.text = fmt::format(
        "the guest did not end within {} ms of simulated time; pc = 0x{:08x}; it hangs, or the limit "
        "(run.time_limit_ms) is too low",
        time_limit_ms, pc);
    return failure;
  }
  const GuestError error = platform.get<Testdev>().error();
  failure.code = *exit_code;
  failure.address = error.address;
  failure.line = error.line;
  failure.tag = error.tag;
  failure.file = guest_string(platform, error.file);
  failure.text = guest_string(platform, error.text);
  if (failure.text.empty())
    failure.text = fmt::format("the guest ended with exit code {} and left no error text", failure.code);
  return failure;
}

}  // namespace terse::run
