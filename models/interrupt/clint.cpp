#include "models/interrupt/clint.hpp"

#include "registers/generated/clint.hpp"

namespace terse {

namespace {

namespace offsets = registers::clint;

std::uint32_t low(std::uint64_t value) {
  return static_cast<std::uint32_t>(value);
}
std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}
std::uint64_t with_low(std::uint64_t value, std::uint32_t word) {
  return (value >> 32 << 32) | word;
}
std::uint64_t with_high(std::uint64_t value, std::uint32_t word) {
  return (std::uint64_t{word} << 32) | low(value);
}

}  // namespace

Clint::Clint(sc_core::sc_module_name name, const ClintParameters& parameters)
    : sc_module(name), time_base_(parameters.timebase_mhz) {
  socket.register_b_transport(this, &Clint::b_transport);
  socket.register_transport_dbg(this, &Clint::transport_dbg);

  sc_core::sc_spawn_options method;
  method.spawn_method();
  method.set_sensitivity(&timer_due_);
  sc_core::sc_spawn([this] { update_timer(); }, "update_timer", &method);
}

std::uint64_t Clint::mtime(sc_core::sc_time time) const {
  return time_base_.ticks_at(time) + mtime_offset_;
}

void Clint::b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  access_register(transaction, delay, *this);
}

unsigned Clint::transport_dbg(tlm::tlm_generic_payload& transaction) {
  return access_register_debug(transaction, *this);
}

RegisterError Clint::read_register(std::uint32_t offset, std::uint32_t& value, sc_core::sc_time& delay) {
  return value_at(sc_core::sc_time_stamp() + delay, offset, value);
}

RegisterError Clint::peek_register(std::uint32_t offset, std::uint32_t& value) const {
  return value_at(sc_core::sc_time_stamp(), offset, value);
}

RegisterError Clint::value_at(sc_core::sc_time time, std::uint32_t offset, std::uint32_t& value) const {
  switch (offset) {
    case offsets::msip:
      value = software_pending_ ? 1 : 0;
      return RegisterError::none;
    case offsets::mtimecmp_low:
      value = low(mtimecmp_);
      return RegisterError::none;
    case offsets::mtimecmp_high:
      value = high(mtimecmp_);
      return RegisterError::none;
    case offsets::mtime_low:
      value = low(mtime(time));
      return RegisterError::none;
    case offsets::mtime_high:
      value = high(mtime(time));
      return RegisterError::none;
    default:
      return RegisterError::no_register;
  }
}

RegisterError Clint::write_register(std::uint32_t offset, std::uint32_t value, sc_core::sc_time& delay) {
  synchronize(delay);
  const std::uint64_t now = mtime(sc_core::sc_time_stamp());
  switch (offset) {
    case offsets::msip:
      software_pending_ = registers::clint::fields::msip::pending.get(value) != 0;
      software_line_.set(software_pending_);
      break;
    case offsets::mtimecmp_low:
      mtimecmp_ = with_low(mtimecmp_, value);
      break;
    case offsets::mtimecmp_high:
      mtimecmp_ = with_high(mtimecmp_, value);
      break;
    case offsets::mtime_low:
      mtime_offset_ += with_low(now, value) - now;
      break;
    case offsets::mtime_high:
      mtime_offset_ += with_high(now, value) - now;
      break;
    default:
      return RegisterError::no_register;
  }
  update_timer();
  software_line_.settle();
  timer_line_.settle();
  return RegisterError::none;
}

void Clint::update_timer() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const std::uint64_t ticks = time_base_.ticks_at(now);
  const std::uint64_t count = ticks + mtime_offset_;
  const bool pending = count >= mtimecmp_;
  timer_line_.set(pending);

  // The next change: mtime reaches mtimecmp, or wraps to zero (2^64 - count, modulo 2^64).
  const std::uint64_t distance = pending ? 0 - count : mtimecmp_ - count;
  timer_due_.cancel();
  if (ticks + distance < ticks) return;  // after the end of time
  const auto due = time_base_.time_of(ticks + distance);
  if (due.has_value() && *due > now) timer_due_.notify(*due - now);
}

}  // namespace terse
