#include "models/dma/ports.hpp"

#include <algorithm>

#include "models/scratchpad/timed_port.hpp"

namespace terse::dma {

Access Ports::transport(tlm::tlm_command command, bool to_scratchpad, std::uint32_t address, std::uint8_t* data,
                        std::uint32_t length, sc_core::sc_time start, const PortRank& rank) {
  Access result{.end = start};
  if (access(command, to_scratchpad, address, data, length, rank, result)) return result;
  for (std::uint32_t done = 0; done < length;) {
    const std::uint32_t beat = std::min(bus_bytes_ - (address + done) % bus_bytes_, length - done);
    if (!access(command, to_scratchpad, address + done, data + done, beat, rank, result)) {
      result.ok = false;
      result.failing_address = address + done;
      return result;
    }
    done += beat;
  }
  return result;  // a target that takes beats but no bursts
}

bool Ports::access(tlm::tlm_command command, bool to_scratchpad, std::uint32_t address, std::uint8_t* data,
                   std::uint32_t length, const PortRank& rank, Access& result) {
  tlm::tlm_generic_payload payload;
  TimedAccess timed;
  timed.rank = rank;
  payload.set_command(command);
  payload.set_address(to_scratchpad ? address - scratchpad_base_ : address);
  payload.set_data_ptr(data);
  payload.set_data_length(length);
  payload.set_streaming_width(length);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload.set_extension(&timed);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  sc_core::sc_time delay = result.end > now ? result.end - now : sc_core::SC_ZERO_TIME;
  (to_scratchpad ? scratchpad_ : system_)->b_transport(payload, delay);
  payload.clear_extension(&timed);
  result.end = sc_core::sc_time_stamp() + delay;  // the target may have waited
  result.lost_cycles += timed.lost_cycles;
  return payload.is_response_ok();
}

}  // namespace terse::dma
