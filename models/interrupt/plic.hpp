#pragma once
// Module type `plic`: platform-level interrupt controller (RISC-V PLIC), one context: machine mode of hart 0.
//
// Socket      socket: registers of plic_registers.yaml, 32-bit accesses; what is refused:
// models/bus/register_access.hpp. Inputs      sources[i]: level of source i + 1 Output      external_interrupt: some
// source is enabled, pending and of a priority above the threshold
//
// Behaviour (RISC-V PLIC specification 1.0)
//   - A gateway turns a high level into one request: the source becomes pending, and stays so when the level falls
//     again. It requests anew only after the claimed request has been completed, at once if the level is still high.
//   - A claim takes the enabled pending source of the highest priority, the lowest number among equals, whatever the
//     threshold. Priority 0 is never claimed.
//   - Completing a source that is not enabled or not claimed has no effect.
//
// Timing
//   - A level reaches `external_interrupt` in the same instant of simulated time (delta cycles later).
//   - Every access lets the initiator's local time pass first, because requests of the time in between belong to its
//     answer, and returns when the output has settled. Registers add no time of their own.
#include <array>
#include <bitset>
#include <cstdint>
#include <systemc>
#include <tlm>

#include "models/bus/register_access.hpp"
#include "models/interrupt/interrupt_line.hpp"
#include "models/interrupt/interrupt_parameters.hpp"
#include "tlm_utils/simple_target_socket.h"

namespace terse {

class Plic : public sc_core::sc_module, private RegisterTarget {
 public:
  tlm_utils::simple_target_socket<Plic> socket{"socket"};
  sc_core::sc_vector<sc_core::sc_in<bool>> sources;
  sc_core::sc_out<bool> external_interrupt{"external_interrupt"};

  Plic(sc_core::sc_module_name name, const PlicParameters& parameters);

 private:
  /// Of the register map: source numbers 0 to 127.
  static constexpr std::size_t source_limit = 128;

  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& transaction);
  RegisterError read_register(std::uint32_t offset, std::uint32_t& value, sc_core::sc_time& delay) override;
  RegisterError write_register(std::uint32_t offset, std::uint32_t value, sc_core::sc_time& delay) override;
  [[nodiscard]] RegisterError peek_register(std::uint32_t offset, std::uint32_t& value) const override;

  /// The gateways: a high level of a source that is not in service makes it pending.
  void sample_sources();
  void update_output();
  /// What a claim would return.
  [[nodiscard]] std::uint32_t most_urgent() const;
  void complete(std::uint32_t source);
  void set_enables(std::uint32_t word, std::uint32_t value);

  const std::uint32_t priority_mask_;
  std::array<std::uint32_t, source_limit> priority_{};
  std::bitset<source_limit> pending_;
  std::bitset<source_limit> enabled_;
  std::bitset<source_limit> claimed_;
  std::uint32_t threshold_ = 0;
  InterruptLine output_{external_interrupt};
};

}  // namespace terse
