#include "models/ports/job_memory.hpp"

#include <algorithm>
#include <cstring>

namespace terse {

using registers::hwpe::ErrorCode;

namespace {

bool allows(const tlm::tlm_dmi& dmi, tlm::tlm_command command) {
  return command == tlm::TLM_WRITE_COMMAND ? dmi.is_write_allowed() : dmi.is_read_allowed();
}

}  // namespace

bool JobMemory::covers(std::uint64_t address, std::uint64_t size) const {
  return known_ && address >= dmi_.get_start_address() && address <= dmi_.get_end_address() &&
         size - 1 <= dmi_.get_end_address() - address;
}

std::uint8_t* JobMemory::direct(std::uint64_t address, std::uint64_t size, tlm::tlm_command command) {
  if (!covers(address, size) || !allows(dmi_, command)) {
    tlm::tlm_generic_payload request;
    request.set_command(command);
    request.set_address(address);
    dmi_.init();
    known_ = socket_->get_direct_mem_ptr(request, dmi_);
    if (!covers(address, size) || !allows(dmi_, command)) return nullptr;
  }
  return dmi_.get_dmi_ptr() + (address - dmi_.get_start_address());
}

std::uint64_t JobMemory::direct_end(std::uint64_t address) {
  return direct(address, 1, tlm::TLM_READ_COMMAND) != nullptr ? dmi_.get_end_address() : 0;
}

tlm::tlm_response_status JobMemory::transport(tlm::tlm_command command, std::uint64_t address, std::uint8_t* bytes,
                                              std::uint32_t size) {
  tlm::tlm_generic_payload transaction;
  transaction.set_command(command);
  transaction.set_address(address);
  transaction.set_data_ptr(bytes);
  transaction.set_data_length(size);
  transaction.set_streaming_width(size);
  transaction.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  socket_->b_transport(transaction, delay);
  return transaction.get_response_status();
}

void JobMemory::burst_or_throw(tlm::tlm_command command, std::uint64_t address, std::uint8_t* bytes,
                               std::uint32_t size) {
  const tlm::tlm_response_status status = transport(command, address, bytes, size);
  if (status == tlm::TLM_OK_RESPONSE) return;
  if (status != tlm::TLM_ADDRESS_ERROR_RESPONSE) throw JobProblem(ErrorCode::bus_error, address);
  // Reads have no side effect in a memory: halve to the longest beginning of the burst that the target answers.
  std::vector<std::uint8_t> scratch(size);
  std::uint32_t good = 0, bad = size;
  while (bad - good > 1) {
    const std::uint32_t middle = good + (bad - good) / 2;
    const bool inside = transport(tlm::TLM_READ_COMMAND, address, scratch.data(), middle) == tlm::TLM_OK_RESPONSE;
    (inside ? good : bad) = middle;
  }
  throw JobProblem(ErrorCode::out_of_range, address + good);
}

std::span<const std::uint8_t> JobMemory::read(std::uint64_t address, std::uint64_t size,
                                              std::vector<std::uint8_t>& buffer) {
  if (size == 0) return {};
  if (const std::uint8_t* memory = direct(address, size, tlm::TLM_READ_COMMAND)) return {memory, size};
  buffer.clear();
  for (std::uint64_t done = 0; done < size;) {  // grows with what the memory answers, not with what the job claims
    const auto part = static_cast<std::uint32_t>(std::min<std::uint64_t>(burst, size - done));
    buffer.resize(done + part);
    burst_or_throw(tlm::TLM_READ_COMMAND, address + done, buffer.data() + done, part);
    done += part;
  }
  return buffer;
}

void JobMemory::check(std::uint64_t address, std::uint64_t size) {
  if (size == 0 || direct(address, size, tlm::TLM_READ_COMMAND) != nullptr) return;
  std::vector<std::uint8_t> scratch(burst);
  for (std::uint64_t done = 0; done < size; done += burst) {
    const auto part = static_cast<std::uint32_t>(std::min<std::uint64_t>(burst, size - done));
    burst_or_throw(tlm::TLM_READ_COMMAND, address + done, scratch.data(), part);
  }
}

void JobMemory::write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  if (std::uint8_t* memory = direct(address, bytes.size(), tlm::TLM_WRITE_COMMAND)) {
    std::memcpy(memory, bytes.data(), bytes.size());
    return;
  }
  std::vector<std::uint8_t> scratch(bytes.begin(), bytes.end());  // a transaction's data pointer is not const
  for (std::size_t done = 0; done < scratch.size();) {
    const auto part = static_cast<std::uint32_t>(std::min<std::size_t>(burst, scratch.size() - done));
    burst_or_throw(tlm::TLM_WRITE_COMMAND, address + done, scratch.data() + done, part);
    done += part;
  }
}

}  // namespace terse
