#pragma once
// How a block of 32-bit registers answers a generic payload. The block implements RegisterTarget; what the bus protocol
// asks of every register block is checked here, once.
#include <cstdint>
#include <systemc>
#include <tlm>

namespace terse {

/// A register access that was refused, as TLM answers it.
enum class RegisterError : std::uint8_t { none, no_register, not_readable, not_writable };

/// A block of 32-bit registers at word-aligned offsets.
class RegisterTarget {
 public:
  /// Sets `value`. `delay` is the initiator's time ahead of the kernel, as in b_transport.
  virtual RegisterError read_register(std::uint32_t offset, std::uint32_t& value, sc_core::sc_time& delay) = 0;
  virtual RegisterError write_register(std::uint32_t offset, std::uint32_t value, sc_core::sc_time& delay) = 0;
  /// The value without side effects, for debuggers.
  [[nodiscard]] virtual RegisterError peek_register(std::uint32_t offset, std::uint32_t& value) const = 0;

 protected:
  ~RegisterTarget() = default;
};

/// Widths of access a block understands. A byte access reaches bits 7:0 of the register at its (aligned) offset.
enum class RegisterWidth : std::uint8_t { word, word_or_byte };

/// Lets the initiator's local time pass, so that what follows happens at the right point of simulated time. Only from
/// b_transport, which its initiator must have called from a thread.
inline void synchronize(sc_core::sc_time& delay) {
  if (delay == sc_core::SC_ZERO_TIME) return;
  sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
}

/// Answers a transaction whose address is relative to the block. Takes no time of its own.
///
///   TLM_ADDRESS_ERROR_RESPONSE       no register at the offset, or the offset is not a multiple of four
///   TLM_BURST_ERROR_RESPONSE         another length than `width` allows, or streaming
///   TLM_BYTE_ENABLE_ERROR_RESPONSE   byte enables
///   TLM_COMMAND_ERROR_RESPONSE       read of a write-only or write to a read-only register, or neither command
void access_register(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay, RegisterTarget& target,
                     RegisterWidth width = RegisterWidth::word);

/// Debug access: reads whole, aligned words up to the first that does not exist, without side effects; never writes,
/// because what a write would set off belongs to a point in simulated time. Returns the number of bytes.
unsigned access_register_debug(tlm::tlm_generic_payload& transaction, const RegisterTarget& target);

}  // namespace terse
