#include "models/memory/dram.hpp"

#include <algorithm>

#include "models/bus/memory_access.hpp"

namespace terse {

Dram::Dram(sc_core::sc_module_name name, const DramParameters& parameters, sc_core::sc_time clock_period)
    : sc_module(name),
      clock_period_(clock_period),
      latency_(clock_period * parameters.latency_cycles),
      bytes_per_cycle_(parameters.bytes_per_cycle),
      storage_(parameters.size) {
  socket.register_b_transport(this, &Dram::b_transport);
  socket.register_transport_dbg(this, &Dram::transport_dbg);
  socket.register_get_direct_mem_ptr(this, &Dram::get_direct_mem_ptr);
}

void Dram::load(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  const std::span<std::uint8_t> all = contents();
  if (offset > all.size() || bytes.size() > all.size() - offset) {
    throw MemoryRangeError(name(), all.size(), offset, bytes.size());
  }
  std::ranges::copy(bytes, all.subspan(offset).begin());
}

DramStatistics Dram::statistics() const {
  DramStatistics statistics = statistics_;
  statistics.busy = channel_.busy();
  return statistics;
}

void Dram::b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  if (!access_memory(transaction, contents(), true)) return;
  const unsigned length = transaction.get_data_length();
  const std::uint32_t cycles = (length - 1) / bytes_per_cycle_ + 1;
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  delay = channel_.reserve(now, now + delay, clock_period_ * cycles) + latency_ - now;
  if (transaction.is_read()) {
    ++statistics_.reads;
    statistics_.bytes_read += length;
  } else {
    ++statistics_.writes;
    statistics_.bytes_written += length;
  }
  transaction.set_dmi_allowed(true);
}

unsigned Dram::transport_dbg(tlm::tlm_generic_payload& transaction) {
  return access_memory_debug(transaction, contents());
}

bool Dram::get_direct_mem_ptr(tlm::tlm_generic_payload& /*transaction*/, tlm::tlm_dmi& dmi) {
  dmi.set_start_address(0);
  dmi.set_end_address(contents().size() - 1);
  dmi.set_dmi_ptr(contents().data());
  dmi.set_read_latency(latency_ + clock_period_);
  dmi.set_write_latency(latency_ + clock_period_);
  dmi.allow_read_write();
  return true;
}

}  // namespace terse
