#include "models/bus/register_access.hpp"

#include <cstring>
#include <limits>

namespace terse {

namespace {

constexpr unsigned word_size = 4;

tlm::tlm_response_status check(const tlm::tlm_generic_payload& transaction, RegisterWidth width) {
  const unsigned length = transaction.get_data_length();
  const bool legal_length = length == word_size || (length == 1 && width == RegisterWidth::word_or_byte);
  if (!legal_length || transaction.get_streaming_width() < length) return tlm::TLM_BURST_ERROR_RESPONSE;
  if (transaction.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  if (!transaction.is_read() && !transaction.is_write()) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  const std::uint64_t address = transaction.get_address();
  if (address % word_size != 0 || address > std::numeric_limits<std::uint32_t>::max()) {
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  return tlm::TLM_OK_RESPONSE;
}

tlm::tlm_response_status response(RegisterError error) {
  switch (error) {
    case RegisterError::none:
      return tlm::TLM_OK_RESPONSE;
    case RegisterError::no_register:
      return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    case RegisterError::not_readable:
    case RegisterError::not_writable:
      return tlm::TLM_COMMAND_ERROR_RESPONSE;
  }
  return tlm::TLM_GENERIC_ERROR_RESPONSE;
}

}  // namespace

void access_register(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay, RegisterTarget& target,
                     RegisterWidth width) {
  const tlm::tlm_response_status status = check(transaction, width);
  transaction.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE) return;
  const auto offset = static_cast<std::uint32_t>(transaction.get_address());
  // Registers and hosts are little-endian: the low byte of a word is its first.
  std::uint32_t value = 0;
  RegisterError error = RegisterError::none;
  if (transaction.is_read()) {
    error = target.read_register(offset, value, delay);
    if (error == RegisterError::none) std::memcpy(transaction.get_data_ptr(), &value, transaction.get_data_length());
  } else {
    std::memcpy(&value, transaction.get_data_ptr(), transaction.get_data_length());
    error = target.write_register(offset, value, delay);
  }
  transaction.set_response_status(response(error));
}

unsigned access_register_debug(tlm::tlm_generic_payload& transaction, const RegisterTarget& target) {
  if (!transaction.is_read() || transaction.get_address() % word_size != 0) return 0;
  unsigned done = 0;
  while (done + word_size <= transaction.get_data_length()) {
    const std::uint64_t address = transaction.get_address() + done;
    std::uint32_t value = 0;
    if (address > std::numeric_limits<std::uint32_t>::max() ||
        target.peek_register(static_cast<std::uint32_t>(address), value) != RegisterError::none) {
      break;
    }
    std::memcpy(transaction.get_data_ptr() + done, &value, word_size);
    done += word_size;
  }
  return done;
}

}  // namespace terse
