#pragma once
// Module types `rom` and `sram`: on-chip memory with a fixed latency.
//
// Socket     socket: memory, relative addresses from 0; b_transport, transport_dbg, DMI.
//
// Guest errors (models/bus/memory_access.hpp): outside the memory TLM_ADDRESS_ERROR_RESPONSE; write to a rom
// TLM_COMMAND_ERROR_RESPONSE; streaming or length 0 TLM_BURST_ERROR_RESPONSE. Byte enables and any alignment are legal.
// Debug access takes no time and may write a rom (loaders, software breakpoints).
//
// Timing (nominal). An access of n = ceil(length / width) words takes latency + (n - 1) cycles: a synchronous SRAM
// accepts one word per cycle, the first is there after the latency. Accesses do not wait for each other. DMI states
// the time of an access of one word. An access that is answered with an error takes no time.
#include <cstdint>
#include <span>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/memory/memory_parameters.hpp"
#include "models/memory/memory_range_error.hpp"
#include "tlm_utils/simple_target_socket.h"

namespace terse {

enum class MemoryType : std::uint8_t { rom, sram };

class Memory : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Memory> socket{"socket"};

  Memory(sc_core::sc_module_name name, const MemoryParameters& parameters, sc_core::sc_time clock_period,
         MemoryType type = MemoryType::sram);

  /// Writes `bytes` without simulated time. Throws MemoryRangeError.
  void load(std::uint64_t offset, std::span<const std::uint8_t> bytes);

  /// The memory itself, valid as long as this module.
  [[nodiscard]] std::span<std::uint8_t> contents() { return contents_; }

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& transaction);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& transaction, tlm::tlm_dmi& dmi);

  const bool writable_;
  const std::uint32_t width_;
  const sc_core::sc_time clock_period_;
  const sc_core::sc_time read_latency_;
  const sc_core::sc_time write_latency_;
  std::vector<std::uint8_t> contents_;
};

}  // namespace terse
