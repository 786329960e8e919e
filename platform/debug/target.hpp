#pragma once
// What the protocol works on: a stopped machine with registers, memory and points to stop at. gdb_protocol.cpp knows
// nothing else of the platform, and so can be tested without one.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace terse::debug {

/// Numbers of the registers in the target description: x0 to x31, pc, then every CSR at its number plus 65, as in gdb.
inline constexpr unsigned register_pc = 32, register_first_csr = 65, csr_count = 4096;

/// Where to stop. Software and hardware breakpoints are the same here: neither changes memory.
struct Point {
  /// In the order of the packets Z0 to Z4.
  enum class Kind : std::uint8_t { software_breakpoint, hardware_breakpoint, write, read, access };
  Kind kind = Kind::software_breakpoint;
  std::uint32_t address = 0;
  std::uint32_t size = 0;  ///< Bytes, at least 1. Breakpoints: of the instruction.
  bool operator==(const Point&) const = default;
};

class Target {
 public:
  virtual ~Target() = default;

  /// Nothing if there is no such register, or it cannot be read now.
  virtual std::optional<std::uint32_t> read_register(unsigned number) = 0;
  virtual bool write_register(unsigned number, std::uint32_t value) = 0;
  /// As many bytes as can be read from `address` on, without side effects.
  virtual std::vector<std::uint8_t> read_memory(std::uint32_t address, std::uint32_t length) = 0;
  /// False if a byte of the range cannot be written; then none is.
  virtual bool write_memory(std::uint32_t address, std::span<const std::uint8_t> bytes) = 0;
  /// Adding a point that is there, or removing one that is not, changes nothing and is good.
  virtual void add(const Point& point) = 0;
  virtual void remove(const Point& point) = 0;

  /// Documents of the protocol, in XML.
  virtual std::string description() = 0;
  virtual std::string memory_map() = 0;
  /// Answer to gdb's `monitor` command, for people.
  virtual std::string monitor(const std::string& command) = 0;
};

}  // namespace terse::debug
