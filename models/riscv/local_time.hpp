#pragma once
// The core's own clock under temporal decoupling: how far it has run, and when it has to look up.
#include <cstdint>

namespace terse::riscv {

/// Times are absolute, in units of the kernel's time resolution (sc_core::sc_time::value()), because one integer
/// addition and one comparison per instruction are all an interpreter can afford.
struct LocalTime {
  std::uint64_t now = 0;    ///< The core's local time; never behind the kernel's.
  std::uint64_t limit = 0;  ///< The run loop stops when `now` reaches it.

  bool device_accessed = false;  ///< A transaction went out: interrupt lines may have changed.
  bool device_written = false;   ///< It was a write: its consequences must be let happen before going on.

  /// Leaves the run loop after the current instruction.
  void request_attention() { limit = 0; }
};

}  // namespace terse::riscv
