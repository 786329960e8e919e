#include "models/uart/uart.hpp"

#include "registers/generated/uart.hpp"

namespace terse {

namespace {

namespace offsets = registers::uart;

constexpr std::uint8_t enable_received_data = 0x01;
constexpr std::uint8_t enable_transmitter_empty = 0x02;
constexpr std::uint8_t identification_none = 0x01;
constexpr std::uint8_t identification_transmitter_empty = 0x02;
constexpr std::uint8_t identification_received_data = 0x04;
constexpr std::uint8_t identification_fifo_enabled = 0xC0;
constexpr std::uint8_t fifo_enable = 0x01;
constexpr std::uint8_t fifo_clear_receive = 0x02;
constexpr std::uint8_t divisor_latch_access = 0x80;
constexpr std::uint8_t modem_outputs = 0x0F;
constexpr std::uint8_t status_data_ready = 0x01;
constexpr std::uint8_t status_transmitter_empty = 0x60;

}  // namespace

Uart::Uart(sc_core::sc_module_name name, const UartParameters& parameters)
    : sc_module(name), fifo_depth_(parameters.receive_fifo) {
  socket.register_b_transport(this, &Uart::b_transport);
  socket.register_transport_dbg(this, &Uart::transport_dbg);
}

bool Uart::push(char byte) {
  if (received_.size() >= (fifo_enabled_ ? fifo_depth_ : 1)) return false;
  received_.push_back(static_cast<std::uint8_t>(byte));
  line_.set(interrupt_level());
  return true;
}

void Uart::b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  access_register(transaction, delay, *this, RegisterWidth::word_or_byte);
  if (interrupt_level() == line_.level()) return;
  synchronize(delay);
  line_.set(interrupt_level());
  line_.settle();
}

unsigned Uart::transport_dbg(tlm::tlm_generic_payload& transaction) {
  return access_register_debug(transaction, *this);
}

bool Uart::divisor_selected() const {
  return (line_control_ & divisor_latch_access) != 0;
}

std::uint8_t Uart::interrupt_identification() const {
  if ((interrupt_enable_ & enable_received_data) != 0 && !received_.empty()) return identification_received_data;
  if ((interrupt_enable_ & enable_transmitter_empty) != 0 && transmitter_empty_pending_) {
    return identification_transmitter_empty;
  }
  return identification_none;
}

bool Uart::interrupt_level() const {
  return interrupt_identification() != identification_none;
}

RegisterError Uart::peek_register(std::uint32_t offset, std::uint32_t& value) const {
  switch (offset) {
    case offsets::rbr_thr:
      value = divisor_selected() ? divisor_low_ : received_.empty() ? std::uint8_t{0} : received_.front();
      return RegisterError::none;
    case offsets::ier:
      value = divisor_selected() ? divisor_high_ : interrupt_enable_;
      return RegisterError::none;
    case offsets::iir_fcr:
      value = interrupt_identification() | (fifo_enabled_ ? identification_fifo_enabled : 0u);
      return RegisterError::none;
    case offsets::lcr:
      value = line_control_;
      return RegisterError::none;
    case offsets::mcr:
      value = modem_control_;
      return RegisterError::none;
    case offsets::lsr:
      value = status_transmitter_empty | (received_.empty() ? 0u : status_data_ready);
      return RegisterError::none;
    case offsets::msr:
      value = 0;
      return RegisterError::none;
    case offsets::scr:
      value = scratch_;
      return RegisterError::none;
    default:
      return RegisterError::no_register;
  }
}

RegisterError Uart::read_register(std::uint32_t offset, std::uint32_t& value, sc_core::sc_time& /*delay*/) {
  const RegisterError error = peek_register(offset, value);
  if (offset == offsets::rbr_thr && !divisor_selected() && !received_.empty()) received_.pop_front();
  if (offset == offsets::iir_fcr && interrupt_identification() == identification_transmitter_empty) {
    transmitter_empty_pending_ = false;
  }
  return error;
}

RegisterError Uart::write_register(std::uint32_t offset, std::uint32_t value, sc_core::sc_time& /*delay*/) {
  const auto byte = static_cast<std::uint8_t>(value);
  switch (offset) {
    case offsets::rbr_thr:
      divisor_selected() ? void(divisor_low_ = byte) : send(byte);
      return RegisterError::none;
    case offsets::ier:
      divisor_selected() ? void(divisor_high_ = byte) : write_interrupt_enable(byte);
      return RegisterError::none;
    case offsets::iir_fcr:
      write_fifo_control(byte);
      return RegisterError::none;
    case offsets::lcr:
      line_control_ = byte;
      return RegisterError::none;
    case offsets::mcr:
      modem_control_ = byte & modem_outputs;
      return RegisterError::none;
    case offsets::scr:
      scratch_ = byte;
      return RegisterError::none;
    case offsets::lsr:
    case offsets::msr:
      return RegisterError::not_writable;
    default:
      return RegisterError::no_register;
  }
}

void Uart::send(std::uint8_t byte) {
  if (sink) sink(static_cast<char>(byte));
  transmitter_empty_pending_ = true;
}

void Uart::write_interrupt_enable(std::uint8_t value) {
  const std::uint8_t switched_on = value & ~interrupt_enable_;
  if ((switched_on & enable_transmitter_empty) != 0) transmitter_empty_pending_ = true;
  interrupt_enable_ = value & (enable_received_data | enable_transmitter_empty);
}

void Uart::write_fifo_control(std::uint8_t value) {
  const bool enabled = (value & fifo_enable) != 0;
  // Switching between the modes empties the FIFO (16550D data sheet, FCR bit 0).
  if ((value & fifo_clear_receive) != 0 || enabled != fifo_enabled_) received_.clear();
  fifo_enabled_ = enabled;
}

}  // namespace terse
