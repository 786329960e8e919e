#include "models/dma/dma.hpp"

#include <fmt/format.h>

#include <cassert>

namespace terse {

namespace regs = registers::dma;

Dma::Dma(sc_core::sc_module_name module_name, const DmaParameters& parameters, ScratchpadWindow window,
         sc_core::sc_time clock_period)
    : sc_module(module_name),
      interrupts("interrupts", parameters.channels),
      ports_(system, scratchpad, window.base, parameters.bus_bytes) {
  assert(parameters.problems().empty());
  registers.register_b_transport(this, &Dma::b_transport);
  registers.register_transport_dbg(this, &Dma::transport_dbg);
  const dma::Window scratchpad_window{window.base, window.size};
  for (std::uint32_t c = 0; c < parameters.channels; ++c) {
    channels_.push_back(std::make_unique<dma::Channel>(fmt::format("{}[{}]", name(), c), parameters, scratchpad_window,
                                                       clock_period, interrupts[c], ports_, data_path_));
    dma::Channel* channel = channels_.back().get();
    HwpeControl& control = channel->control();
    control.set_rank(parameters.arbitration.rank());
    control.set_capability(regs::cap_geometry, regs::fields::cap_geometry::channels.make(parameters.channels) |
                                                   regs::fields::cap_geometry::bus_bytes.make(parameters.bus_bytes));
    control.set_capability(regs::cap_scratchpad_base, window.base);
    control.set_capability(regs::cap_scratchpad_size, window.size);
    control.set_capability(regs::cap_scratchpad_banks, window.banks);
    sc_core::sc_spawn([channel] { channel->run(); }, fmt::format("channel_{}", c).c_str());
  }
}

void Dma::set_observer(JobObserver observer) {
  for (const auto& channel : channels_) channel->control().set_observer(observer);
}

std::uint32_t Dma::peek(std::uint32_t offset) const {
  const std::size_t channel = offset / regs::window;
  return channel < channels_.size() ? channels_[channel]->control().peek(offset % regs::window) : 0;
}

void Dma::b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  const std::uint64_t address = transaction.get_address();
  if (address / regs::window >= channels_.size()) {
    transaction.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  transaction.set_address(address % regs::window);
  channels_[address / regs::window]->control().access(transaction, delay);
  transaction.set_address(address);
}

unsigned Dma::transport_dbg(tlm::tlm_generic_payload& transaction) {
  const std::uint64_t address = transaction.get_address();
  if (address / regs::window >= channels_.size()) return 0;
  transaction.set_address(address % regs::window);
  const unsigned done = channels_[address / regs::window]->control().access_debug(transaction);
  transaction.set_address(address);
  return done;
}

}  // namespace terse
