#pragma once
// Module type `dma`: copies blocks of up to three dimensions between any two addresses of the bus.
//
// Sockets
//   registers    target; channel c at c * 0x400 (models/dma/registers.yaml, docs/registers/dma.md)
//   system       initiator; bus addresses
//   scratchpad   initiator; the scratchpad's own port, addresses relative to the scratchpad
//   interrupts   one line per channel
//
// A job is a block of PLANES x LINES x LENGTH bytes at any alignment; strides are signed and in bytes, on both sides.
// Padding is written around each plane at the destination. When a block is done its NEXT descriptor, if any, is fetched
// and executed as part of the same job.
//
// Order and overlap. Lines are executed in order, planes one after the other; the padding lines above a plane before,
// those below after it. Where source and destination overlap, the result is as if each line were read completely before
// any of it (its data, then its left and right padding) is written, lines in order. Blocks whose address ranges overlap
// are copied with one burst under way at a time, which keeps this order and costs time. Different jobs of a channel
// never overlap in time; different channels are not ordered.
//
// Which port. A line that starts in the scratchpad's window goes to the scratchpad's port and must end in it; every
// other line goes to the bus.
//
// Errors (ERR_CODE, ERR_ADDR)
//   illegal_value      LENGTH, LINES or PLANES is 0, or the chain has more than 65536 descriptors (ERR_ADDR: that of
//                      NEXT); the register's offset
//   unaligned_address  NEXT is no multiple of 4; its value
//   out_of_range       a line or descriptor leaves the scratchpad; the first address behind it
//   bus_error          the bus answered with an error; the first address of the first beat that failed
// A failed job has written everything before the failing burst (after a bus_error of a write also the beats before),
// and reports when those writes have ended.
//
// Timing (nominal), in cycles of the clock. Let b = ceil(bytes / bus_bytes) be the beats of a burst.
//   1. setup_cycles per descriptor                                                                     cause driver
//   2. Bursts end at multiples of burst_bytes of the source address (of the destination, for padding). Lines that
//   follow
//      each other without gap on both sides count as one line.
//   3. Reads are issued one per cycle, while fewer than outstanding_bursts are under way; a burst is under way from its
//      read's issue to its write's end. Padding needs no read.
//   4. When the read has ended, the burst moves through the data path in b cycles, bursts in order. All channels share
//   the
//      path, one burst at a time, in the order of their requests.                                      cause compute
//   5. The write is issued with the first beat and ends when both the target and the last beat have.
//   6. Everything else is waiting for memory or the path, up to the end of the last write.             cause dma_wait
//   7. NEXT is fetched after that: one read of 52 bytes (more where burst_bytes splits it).            cause dma_wait
//   8. Where the scratchpad arbitrates its banks (timing level cycle), its accesses block the channel: a burst is read or
//      written at bus_bytes per cycle, one at a time for all channels, and no other request of the channel is issued
//      meanwhile. Writing is compute, what other initiators took of it bank_conflict; reading, and waiting for the port,
//      dma_wait. A soft clear lets the access under way end first.
// Read and write times are what the targets annotate: bus latency, memory latency, contention.
// Example: one burst of 64 bytes, 8 bytes per cycle, read time 30, write time 10: 4 + 30 + max(8, 10) = 44 cycles.
#include <memory>
#include <systemc>
#include <vector>

#include "models/dma/channel.hpp"
#include "models/dma/dma_parameters.hpp"
#include "tlm_utils/simple_initiator_socket.h"
#include "tlm_utils/simple_target_socket.h"

namespace terse {

/// Where the scratchpad appears on the bus.
struct ScratchpadWindow {
  std::uint32_t base = 0;   ///< Bus address.
  std::uint32_t size = 0;   ///< Bytes.
  std::uint32_t banks = 0;  ///< For the capability block only.
};

class Dma : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Dma> registers{"registers"};
  tlm_utils::simple_initiator_socket<Dma> system{"system"};
  tlm_utils::simple_initiator_socket<Dma> scratchpad{"scratchpad"};
  sc_core::sc_vector<sc_core::sc_out<bool>> interrupts;

  /// `parameters` must have no problems().
  Dma(sc_core::sc_module_name name, const DmaParameters& parameters, ScratchpadWindow window,
      sc_core::sc_time clock_period);

  [[nodiscard]] std::size_t channels() const { return channels_.size(); }
  [[nodiscard]] HwpeControl& control(std::size_t channel) { return channels_[channel]->control(); }
  /// Hears of the jobs of all channels.
  void set_observer(JobObserver observer);
  /// A debugger's or test bench's view of a register; channel c at c * 0x400. Unknown offsets read 0.
  [[nodiscard]] std::uint32_t peek(std::uint32_t offset) const;

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& transaction);

  dma::Ports ports_;
  dma::DataPath data_path_;
  std::vector<std::unique_ptr<dma::Channel>> channels_;
};

}  // namespace terse
