#include "models/memory/memory.hpp"

#include <algorithm>

#include "models/bus/memory_access.hpp"

namespace terse {

Memory::Memory(sc_core::sc_module_name name, const MemoryParameters& parameters, sc_core::sc_time clock_period,
               MemoryType type)
    : sc_module(name),
      writable_(type == MemoryType::sram),
      width_(parameters.width),
      clock_period_(clock_period),
      read_latency_(clock_period * parameters.read_latency),
      write_latency_(clock_period * parameters.write_latency),
      contents_(parameters.size) {
  socket.register_b_transport(this, &Memory::b_transport);
  socket.register_transport_dbg(this, &Memory::transport_dbg);
  socket.register_get_direct_mem_ptr(this, &Memory::get_direct_mem_ptr);
}

void Memory::load(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  if (offset > contents_.size() || bytes.size() > contents_.size() - offset) {
    throw MemoryRangeError(name(), contents_.size(), offset, bytes.size());
  }
  std::ranges::copy(bytes, contents_.begin() + static_cast<std::ptrdiff_t>(offset));
}

void Memory::b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  if (!access_memory(transaction, contents_, writable_)) return;
  const std::uint32_t words = (transaction.get_data_length() - 1) / width_ + 1;
  delay += (transaction.is_read() ? read_latency_ : write_latency_) + clock_period_ * (words - 1);
  transaction.set_dmi_allowed(true);
}

unsigned Memory::transport_dbg(tlm::tlm_generic_payload& transaction) {
  return access_memory_debug(transaction, contents_);
}

bool Memory::get_direct_mem_ptr(tlm::tlm_generic_payload& transaction, tlm::tlm_dmi& dmi) {
  dmi.set_start_address(0);
  dmi.set_end_address(contents_.size() - 1);
  dmi.set_dmi_ptr(contents_.data());
  dmi.set_read_latency(read_latency_);
  dmi.set_write_latency(write_latency_);
  if (writable_) {
    dmi.allow_read_write();
    return true;
  }
  dmi.allow_read();
  return transaction.is_read();
}

}  // namespace terse
