#include "models/merge/accumulator_memory.hpp"

#include "models/bus/memory_access.hpp"

namespace terse {

std::span<std::uint8_t> AccumulatorMemory::bytes() {
  return {reinterpret_cast<std::uint8_t*>(words_.data()), 4 * words_.size()};
}

void AccumulatorMemory::access(tlm::tlm_generic_payload& transaction) {
  if (transaction.get_address() % 4 != 0 || transaction.get_data_length() % 4 != 0) {
    transaction.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (access_memory(transaction, bytes(), true)) transaction.set_dmi_allowed(true);
}

unsigned AccumulatorMemory::access_debug(tlm::tlm_generic_payload& transaction) {
  return access_memory_debug(transaction, bytes());
}

bool AccumulatorMemory::grant(tlm::tlm_dmi& dmi) {
  dmi.init();
  dmi.set_dmi_ptr(bytes().data());
  dmi.set_start_address(0);
  dmi.set_end_address(bytes().size() - 1);
  dmi.allow_read_write();
  return true;
}

}  // namespace terse
