#pragma once
// The two ways out of the DMA: the bus and the scratchpad's own port.
#include <cstdint>
#include <systemc>
#include <tlm>

#include "models/scratchpad/bank_arbiter.hpp"

namespace terse::dma {

/// What became of an access.
struct Access {
  bool ok = true;
  sc_core::sc_time end;               ///< Absolute time of its end.
  std::uint64_t lost_cycles = 0;      ///< In which other initiators had banks of the scratchpad (timing level cycle).
  std::uint32_t failing_address = 0;  ///< First address that was answered with an error.
};

class Ports {
 public:
  /// `system` takes bus addresses, `scratchpad` offsets within the scratchpad, which starts at `scratchpad_base`.
  Ports(tlm::tlm_initiator_socket<>& system, tlm::tlm_initiator_socket<>& scratchpad, std::uint32_t scratchpad_base,
        std::uint32_t bus_bytes)
      : system_(system), scratchpad_(scratchpad), scratchpad_base_(scratchpad_base), bus_bytes_(bus_bytes) {}

  /// One burst at absolute time `start`, which must not be in the past. `address` is the bus address also when the
  /// access goes to the scratchpad. After an error the burst is repeated beat by beat, to name the first failing one:
  /// hardware sees an answer per beat, TLM gives one per burst. `rank`: at the scratchpad.
  Access transport(tlm::tlm_command command, bool to_scratchpad, std::uint32_t address, std::uint8_t* data,
                   std::uint32_t length, sc_core::sc_time start, const PortRank& rank);

 private:
  /// Moves `result.end` on and adds to its lost cycles.
  bool access(tlm::tlm_command command, bool to_scratchpad, std::uint32_t address, std::uint8_t* data,
              std::uint32_t length, const PortRank& rank, Access& result);

  tlm::tlm_initiator_socket<>& system_;
  tlm::tlm_initiator_socket<>& scratchpad_;
  std::uint32_t scratchpad_base_;
  std::uint32_t bus_bytes_;
};

}  // namespace terse::dma
