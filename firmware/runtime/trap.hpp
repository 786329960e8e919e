#pragma once
// Traps of the firmware. Interrupts go to the handler that the driver registered (sw_driver/target_hal.hpp); load and
// store access faults are recorded for the driver; a trap that a test announced is recorded; every other trap ends the
// firmware with a report.
#include <cstdint>

namespace terse::firmware {

/// The interrupted context, laid out as crt0.S saves it.
struct TrapFrame {
  std::uint32_t x[32];  ///< x[0] is not used. Of an interrupt, only what the calling convention does not preserve.
  std::uint32_t mepc;
  std::uint32_t mcause;
  std::uint32_t mtval;
  std::uint32_t mstatus;
};
static_assert(sizeof(TrapFrame) == 144);

/// Records the exceptions that happen during its life instead of ending the firmware. The instruction that trapped is
/// skipped (a jump to nowhere returns to its caller).
class TrapExpectation {
 public:
  TrapExpectation();
  ~TrapExpectation();
  TrapExpectation(const TrapExpectation&) = delete;
  TrapExpectation& operator=(const TrapExpectation&) = delete;

  [[nodiscard]] std::uint32_t count() const;
  [[nodiscard]] std::uint32_t cause() const;  ///< mcause of the last one.
  [[nodiscard]] std::uint32_t value() const;  ///< mtval of the last one.
};

}  // namespace terse::firmware
