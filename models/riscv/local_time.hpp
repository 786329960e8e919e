#pragma once
// The core's own clock under temporal decoupling: how far it has run, and when it has to look up.
#include <cstdint>

namespace terse::riscv {

/// Times are absolute and in whole clock cycles of the core: a synchronous core sees the world at its clock edges only.
struct LocalTime {
  std::uint64_t now = 0;    ///< The core's local time; never behind the kernel's. Exact outside of running blocks.
  std::uint64_t limit = 0;  ///< The run loop stops before the first instruction that would start at or after it.

  bool device_written = false;  ///< A device was written: its consequences must be let happen before going on.
  bool attention = false;       ///< Leave the run loop after the current instruction.

  void request_attention() { attention = true; }
};

}  // namespace terse::riscv
