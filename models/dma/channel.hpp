#pragma once
// One channel of the DMA: control block, chain of descriptors, and the bursts under way. Timing: dma.hpp.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <systemc>
#include <vector>

#include "models/dma/bursts.hpp"
#include "models/dma/dma_parameters.hpp"
#include "models/dma/ports.hpp"
#include "models/hwpe/hwpe_control.hpp"

namespace terse::dma {

/// The data path all channels share, given away burst by burst in the order in which they ask.
class DataPath {
 public:
  /// First cycle, from `now` on, in which the path is free; it then belongs to the caller for `cycles`.
  std::uint64_t reserve(std::uint64_t now, std::uint64_t cycles) {
    const std::uint64_t start = std::max(now, free_from_);
    free_from_ = start + cycles;
    return start;
  }

 private:
  std::uint64_t free_from_ = 0;
};

class Channel {
 public:
  Channel(std::string name, const DmaParameters& parameters, Window scratchpad, sc_core::sc_time clock_period,
          sc_core::sc_out<bool>& interrupt, Ports& ports, DataPath& data_path);

  [[nodiscard]] HwpeControl& control() { return control_; }
  /// The channel's thread.
  void run();

 private:
  /// A burst whose read was issued.
  struct InFlight {
    Burst burst;
    std::vector<std::uint8_t> data;
    sc_core::sc_time ready;  ///< Its data are in the buffer.
  };

  void run_chain(registers::dma::Job job);
  bool copy(const Block& block);
  void issue(BurstSequence& bursts, sc_core::sc_time earliest);
  bool move(InFlight& in_flight);
  /// An access; the time that passes in it goes to dma_wait, but for cycles lost at the scratchpad (bank_conflict).
  Access transport(tlm::tlm_command command, bool to_scratchpad, std::uint32_t address, std::uint8_t* data,
                   std::uint32_t length, sc_core::sc_time start);
  bool fail_after_writes(ErrorCode code, std::uint32_t address);
  bool fetch(std::uint32_t address, registers::dma::Job& job);
  bool wait_until(sc_core::sc_time time);
  [[nodiscard]] std::uint64_t cycle_from(sc_core::sc_time time) const;

  DmaParameters parameters_;
  Window scratchpad_;
  sc_core::sc_time clock_period_;
  Ports& ports_;
  DataPath& data_path_;
  HwpeControl control_;

  // Of the block under way.
  std::uint8_t fill_ = 0;
  std::deque<InFlight> in_flight_;
  sc_core::sc_time next_issue_;  ///< One read request per cycle.
  sc_core::sc_time write_end_;   ///< Of the last burst moved.
  sc_core::sc_time writes_end_;  ///< Of all bursts moved.
};

}  // namespace terse::dma
