#pragma once
// Module type `dram`: off-chip memory with latency and a bandwidth that all initiators share.
//
// Socket     socket: memory, relative addresses from 0; b_transport, transport_dbg, DMI.
//
// Guest errors (models/bus/memory_access.hpp): outside the memory TLM_ADDRESS_ERROR_RESPONSE; streaming or length 0
// TLM_BURST_ERROR_RESPONSE. Byte enables and any alignment are legal. An error takes no time.
//
// Timing (nominal; no banks, rows or refresh).
//   - An access of `length` bytes occupies the data channel for ceil(length / bytes_per_cycle) cycles, the first free
//     ones from its arrival on, and ends `latency_cycles` after its last channel cycle: the latency of one access
//     overlaps with the data of others, as in a controller that keeps several requests open.
//   - Concurrent initiators therefore share the bandwidth and each sees the latency once.
//   - DMI states latency_cycles + 1 cycle, and does not occupy the channel: a core's word accesses are noise beside
//     the streams of a DMA, and an access path with accounting would cost the simulation its speed.
#include <cstdint>
#include <span>
#include <systemc>
#include <tlm>

#include "models/memory/lazy_bytes.hpp"
#include "models/memory/memory_parameters.hpp"
#include "models/memory/memory_range_error.hpp"
#include "models/memory/shared_channel.hpp"
#include "tlm_utils/simple_target_socket.h"

namespace terse {

/// What b_transport moved; DMI bypasses it.
struct DramStatistics {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  sc_core::sc_time busy;  ///< Time the data channel was occupied.
};

class Dram : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Dram> socket{"socket"};

  Dram(sc_core::sc_module_name name, const DramParameters& parameters, sc_core::sc_time clock_period);

  /// Writes `bytes` without simulated time. Throws MemoryRangeError.
  void load(std::uint64_t offset, std::span<const std::uint8_t> bytes);

  /// The memory itself, valid as long as this module.
  [[nodiscard]] std::span<std::uint8_t> contents() { return storage_.span(); }
  [[nodiscard]] DramStatistics statistics() const;

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& transaction);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& transaction, tlm::tlm_dmi& dmi);

  const sc_core::sc_time clock_period_;
  const sc_core::sc_time latency_;
  const std::uint32_t bytes_per_cycle_;
  LazyBytes storage_;
  SharedChannel channel_;
  DramStatistics statistics_;
};

}  // namespace terse
