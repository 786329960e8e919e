#include "models/testdev/testdev.hpp"

namespace terse {

namespace {

namespace offsets = registers::testdev;

/// The member of GuestError behind an ERROR register, or nullptr.
std::uint32_t GuestError::*error_member(std::uint32_t offset) {
  switch (offset) {
    case offsets::error_code:
      return &GuestError::code;
    case offsets::error_address:
      return &GuestError::address;
    case offsets::error_file:
      return &GuestError::file;
    case offsets::error_line:
      return &GuestError::line;
    case offsets::error_tag:
      return &GuestError::tag;
    case offsets::error_text:
      return &GuestError::text;
    default:
      return nullptr;
  }
}

void report_switch(const std::function<void(bool, sc_core::sc_time)>& callback, std::uint32_t value,
                   sc_core::sc_time& delay) {
  synchronize(delay);
  if (callback) callback((value & 1) != 0, sc_core::sc_time_stamp());
}

}  // namespace

Testdev::Testdev(sc_core::sc_module_name name)
    : sc_module(name), on_exit([](std::uint32_t, sc_core::sc_time) { sc_core::sc_stop(); }) {
  socket.register_b_transport(this, &Testdev::b_transport);
  socket.register_transport_dbg(this, &Testdev::transport_dbg);
}

void Testdev::b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  access_register(transaction, delay, *this);
}

unsigned Testdev::transport_dbg(tlm::tlm_generic_payload& transaction) {
  return access_register_debug(transaction, *this);
}

RegisterError Testdev::peek_register(std::uint32_t offset, std::uint32_t& value) const {
  if (const auto member = error_member(offset)) {
    value = error_.*member;
    return RegisterError::none;
  }
  switch (offset) {
    case offsets::exit:
    case offsets::statistics:
    case offsets::trace:
    case offsets::event:
      return RegisterError::not_readable;
    default:
      return RegisterError::no_register;
  }
}

RegisterError Testdev::read_register(std::uint32_t offset, std::uint32_t& value, sc_core::sc_time& /*delay*/) {
  return peek_register(offset, value);
}

RegisterError Testdev::write_register(std::uint32_t offset, std::uint32_t value, sc_core::sc_time& delay) {
  namespace fields = offsets::fields::event;
  if (const auto member = error_member(offset)) {
    error_.*member = value;
    return RegisterError::none;
  }
  switch (offset) {
    case offsets::exit:
      exit(value, delay);
      return RegisterError::none;
    case offsets::statistics:
      report_switch(on_statistics, value, delay);
      return RegisterError::none;
    case offsets::trace:
      report_switch(on_trace, value, delay);
      return RegisterError::none;
    case offsets::event:
      if (on_event) {
        on_event(static_cast<Event>(fields::kind.get(value)), fields::index.get(value),
                 sc_core::sc_time_stamp() + delay);
      }
      return RegisterError::none;
    default:
      return RegisterError::no_register;
  }
}

void Testdev::exit(std::uint32_t code, sc_core::sc_time& delay) {
  synchronize(delay);
  if (on_exit) on_exit(code, sc_core::sc_time_stamp());
  // If that stopped the simulation, the guest's thread never comes back from here.
  sc_core::wait(sc_core::SC_ZERO_TIME);
}

}  // namespace terse
