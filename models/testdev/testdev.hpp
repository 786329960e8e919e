#pragma once
// Module type `testdev`: the simulator's door for the guest. Not hardware.
//
// Socket      socket: registers of registers.yaml, 32-bit accesses; what is refused: models/bus/register_access.hpp.
// Host side   on_exit, on_event, on_statistics, on_trace; error()
//
// Timing
//   - EXIT, STATISTICS and TRACE let the guest's local time pass before they call, so that the rest of the platform is
//     as far as the guest is. After EXIT the guest runs no further when the simulation has been stopped.
//   - EVENT does not: marks shall not change the way a run is scheduled. It reports the guest's local time.
//   - Registers add no time of their own.
#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>

#include "models/bus/register_access.hpp"
#include "registers/generated/testdev.hpp"
#include "tlm_utils/simple_target_socket.h"

namespace terse {

/// What the guest left in the ERROR registers; all zero (tag 0xFFFFFFFF) when it did not report an error.
struct GuestError {
  std::uint32_t code = 0;
  std::uint32_t address = 0;  ///< What the code speaks of.
  std::uint32_t file = 0;     ///< Guest address of a zero-terminated file name, or 0.
  std::uint32_t line = 0;
  std::uint32_t tag = 0xFFFF'FFFF;  ///< TAG of the job concerned, or 0xFFFFFFFF.
  std::uint32_t text = 0;           ///< Guest address of a zero-terminated sentence, or 0.
};

class Testdev : public sc_core::sc_module, private RegisterTarget {
 public:
  using Event = registers::testdev::Event;

  tlm_utils::simple_target_socket<Testdev> socket{"socket"};

  /// Called with the exit code and the time of the write; by default the simulation stops.
  std::function<void(std::uint32_t code, sc_core::sc_time time)> on_exit;
  /// A progress mark. `kind` is what the guest wrote and need not be one of the enumerators.
  std::function<void(Event kind, std::uint32_t index, sc_core::sc_time time)> on_event;
  /// Statistics or tracing is switched on or off.
  std::function<void(bool on, sc_core::sc_time time)> on_statistics;
  std::function<void(bool on, sc_core::sc_time time)> on_trace;

  explicit Testdev(sc_core::sc_module_name name);

  [[nodiscard]] const GuestError& error() const { return error_; }

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& transaction);
  RegisterError read_register(std::uint32_t offset, std::uint32_t& value, sc_core::sc_time& delay) override;
  RegisterError write_register(std::uint32_t offset, std::uint32_t value, sc_core::sc_time& delay) override;
  [[nodiscard]] RegisterError peek_register(std::uint32_t offset, std::uint32_t& value) const override;

  void exit(std::uint32_t code, sc_core::sc_time& delay);

  GuestError error_;
};

}  // namespace terse
