#include "models/bus/memory_access.hpp"

#include <algorithm>

namespace terse {

namespace {

tlm::tlm_response_status check(const tlm::tlm_generic_payload& transaction, std::size_t size, bool writable) {
  const std::uint64_t address = transaction.get_address();
  const unsigned length = transaction.get_data_length();
  if (!transaction.is_read() && !(transaction.is_write() && writable)) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  if (length == 0 || transaction.get_streaming_width() < length) return tlm::TLM_BURST_ERROR_RESPONSE;
  if (address >= size || length > size - address) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (transaction.get_byte_enable_ptr() != nullptr && transaction.get_byte_enable_length() == 0) {
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  }
  return tlm::TLM_OK_RESPONSE;
}

// The enable pattern repeats when it is shorter than the data (IEEE 1666 14.13).
void copy_enabled(const tlm::tlm_generic_payload& transaction, const std::uint8_t* source, std::uint8_t* destination) {
  const unsigned char* enable = transaction.get_byte_enable_ptr();
  const unsigned period = transaction.get_byte_enable_length();
  for (unsigned byte = 0; byte < transaction.get_data_length(); ++byte) {
    if (enable[byte % period] == TLM_BYTE_ENABLED) destination[byte] = source[byte];
  }
}

}  // namespace

bool access_memory(tlm::tlm_generic_payload& transaction, std::span<std::uint8_t> storage, bool writable) {
  const tlm::tlm_response_status status = check(transaction, storage.size(), writable);
  transaction.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE) return false;
  std::uint8_t* memory = storage.data() + transaction.get_address();
  std::uint8_t* data = transaction.get_data_ptr();
  const std::uint8_t* source = transaction.is_read() ? memory : data;
  std::uint8_t* destination = transaction.is_read() ? data : memory;
  if (transaction.get_byte_enable_ptr() == nullptr) {
    std::copy_n(source, transaction.get_data_length(), destination);
  } else {
    copy_enabled(transaction, source, destination);
  }
  return true;
}

unsigned access_memory_debug(tlm::tlm_generic_payload& transaction, std::span<std::uint8_t> storage) {
  const std::uint64_t address = transaction.get_address();
  if (address >= storage.size()) return 0;
  const auto length =
      static_cast<unsigned>(std::min<std::uint64_t>(transaction.get_data_length(), storage.size() - address));
  std::uint8_t* memory = storage.data() + address;
  if (transaction.is_read()) {
    std::copy_n(memory, length, transaction.get_data_ptr());
  } else if (transaction.is_write()) {
    std::copy_n(transaction.get_data_ptr(), length, memory);
  } else {
    return 0;
  }
  return length;
}

}  // namespace terse
