#pragma once
// Module type `uart`: the programming model of a 16550 with 32-bit register spacing.
//
// Socket      socket: registers of registers.yaml; 32-bit accesses, or bytes at the registers' offsets; what is
// refused:
//             models/bus/register_access.hpp.
// Output      interrupt: received data (IER bit 0) or transmitter empty (IER bit 1)
// Host side   sink gets what the guest sends; push() offers what it receives
//
// Behaviour
//   - Received data interrupts as long as there is some; the trigger levels of FCR are not modelled, so there is no
//     time-out interrupt either.
//   - "Transmitter empty" becomes pending when a byte has been sent and when IER bit 1 is switched on; reading IIR
//   while
//     it is the cause clears it.
//   - No line or modem errors, no loopback: LSR and MSR show none, MCR only keeps bits 3:0.
//   - Divisor, word length and parity are kept and have no effect.
//
// Timing
//   - Sending takes no time: a byte is in the sink when the write returns, and LSR always shows an empty transmitter. A
//     baud rate would only make guests wait, and what this platform measures is not the console.
//   - An access that changes the interrupt lets the initiator's local time pass and returns when the line has settled.
//     Registers add no time of their own.
#include <cstdint>
#include <deque>
#include <functional>
#include <systemc>
#include <tlm>

#include "models/bus/register_access.hpp"
#include "models/interrupt/interrupt_line.hpp"
#include "models/uart/uart_parameters.hpp"
#include "tlm_utils/simple_target_socket.h"

namespace terse {

class Uart : public sc_core::sc_module, private RegisterTarget {
 public:
  tlm_utils::simple_target_socket<Uart> socket{"socket"};
  sc_core::sc_out<bool> interrupt{"interrupt"};

  /// Receives every byte the guest sends; dropped while there is none.
  std::function<void(char)> sink;

  Uart(sc_core::sc_module_name name, const UartParameters& parameters);

  /// A byte arrives from outside, at the kernel's time. False: the FIFO is full and the byte was not taken; flow
  /// control is the caller's. Not from another host thread.
  bool push(char byte);

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& transaction);
  RegisterError read_register(std::uint32_t offset, std::uint32_t& value, sc_core::sc_time& delay) override;
  RegisterError write_register(std::uint32_t offset, std::uint32_t value, sc_core::sc_time& delay) override;
  [[nodiscard]] RegisterError peek_register(std::uint32_t offset, std::uint32_t& value) const override;

  [[nodiscard]] bool divisor_selected() const;
  [[nodiscard]] std::uint8_t interrupt_identification() const;
  [[nodiscard]] bool interrupt_level() const;
  void send(std::uint8_t byte);
  void write_interrupt_enable(std::uint8_t value);
  void write_fifo_control(std::uint8_t value);

  const std::uint32_t fifo_depth_;
  std::deque<std::uint8_t> received_;
  bool fifo_enabled_ = false;
  bool transmitter_empty_pending_ = false;
  std::uint8_t interrupt_enable_ = 0;
  std::uint8_t line_control_ = 0;
  std::uint8_t modem_control_ = 0;
  std::uint8_t scratch_ = 0;
  std::uint8_t divisor_low_ = 0;
  std::uint8_t divisor_high_ = 0;
  InterruptLine line_{interrupt};
};

}  // namespace terse
