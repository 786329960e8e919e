#include "platform/run/guest.hpp"

#include <fmt/format.h>

#include <boost/core/demangle.hpp>

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

}  // namespace

std::string function_at(const ElfFile& firmware, std::uint32_t pc) {
  const auto location = firmware.nearest(pc);
  if (!location) return "";
  const std::string name = boost::core::demangle(location->symbol.c_str());
  return location->offset == 0 ? name : fmt::format("{}+0x{:x}", name, location->offset);
}

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

std::optional<GuestFailure> guest_failure(netlist::Platform& platform, std::uint32_t exit_code) {
  if (exit_code == 0) return std::nullopt;
  GuestFailure failure;
  const GuestError error = platform.get<Testdev>().error();
  failure.code = exit_code;
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
