#pragma once
// The opposite side of a target socket in a bench: issues accesses and keeps what came back.
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <systemc>
#include <tlm>
#include <utility>
#include <vector>

#include "tlm_utils/simple_initiator_socket.h"

namespace terse::test {

class TestInitiator : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<TestInitiator> socket{"socket"};

  struct Invalidation {
    std::uint64_t first;
    std::uint64_t last;
    bool operator==(const Invalidation&) const = default;
  };
  std::vector<Invalidation> invalidations;

  /// Of the last access: the answer, and by how much it moved the initiator's time (waiting included).
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  sc_core::sc_time took;
  bool dmi_allowed = false;
  std::uint64_t address_after = 0;

  /// Local time ahead of the kernel with which the next access starts; holds the rest afterwards.
  sc_core::sc_time delay;

  explicit TestInitiator(sc_core::sc_module_name name) : sc_module(name) {
    socket.register_invalidate_direct_mem_ptr(this, &TestInitiator::invalidate_direct_mem_ptr);
  }

  void transport(tlm::tlm_generic_payload& transaction) {
    const sc_core::sc_time begin = sc_core::sc_time_stamp() + delay;
    transaction.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    socket->b_transport(transaction, delay);
    took = sc_core::sc_time_stamp() + delay - begin;
    status = transaction.get_response_status();
    dmi_allowed = transaction.is_dmi_allowed();
    address_after = transaction.get_address();
  }

  tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address, void* data, std::size_t length) {
    tlm::tlm_generic_payload transaction;
    fill(transaction, command, address, data, length);
    transport(transaction);
    return status;
  }

  tlm::tlm_response_status write(std::uint64_t address, std::vector<std::uint8_t> bytes) {
    return access(tlm::TLM_WRITE_COMMAND, address, bytes.data(), bytes.size());
  }
  std::vector<std::uint8_t> read(std::uint64_t address, std::size_t length) {
    std::vector<std::uint8_t> bytes(length);
    access(tlm::TLM_READ_COMMAND, address, bytes.data(), length);
    return bytes;
  }

  tlm::tlm_response_status write32(std::uint64_t address, std::uint32_t value) {
    return access(tlm::TLM_WRITE_COMMAND, address, &value, sizeof value);
  }
  /// Throws when the access fails, so that a bench cannot go on with a value that is none.
  std::uint32_t read32(std::uint64_t address) {
    std::uint32_t value = 0;
    if (access(tlm::TLM_READ_COMMAND, address, &value, sizeof value) != tlm::TLM_OK_RESPONSE) {
      throw std::runtime_error("read32 was answered with an error");
    }
    return value;
  }

  unsigned debug(tlm::tlm_command command, std::uint64_t address, void* data, std::size_t length) {
    tlm::tlm_generic_payload transaction;
    fill(transaction, command, address, data, length);
    return socket->transport_dbg(transaction);
  }

  bool direct(tlm::tlm_command command, std::uint64_t address, tlm::tlm_dmi& dmi) {
    tlm::tlm_generic_payload transaction;
    fill(transaction, command, address, nullptr, 0);
    const bool granted = socket->get_direct_mem_ptr(transaction, dmi);
    address_after = transaction.get_address();
    return granted;
  }

  static void fill(tlm::tlm_generic_payload& transaction, tlm::tlm_command command, std::uint64_t address, void* data,
                   std::size_t length) {
    transaction.set_command(command);
    transaction.set_address(address);
    transaction.set_data_ptr(static_cast<unsigned char*>(data));
    transaction.set_data_length(static_cast<unsigned>(length));
    transaction.set_streaming_width(static_cast<unsigned>(length));
  }

 private:
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) { invalidations.push_back({first, last}); }
};

/// Runs `body` as a process and the simulation until nothing is left to do. Throws if the body never came to its end.
inline void simulate(std::function<void()> body) {
  bool finished = false;
  sc_core::sc_spawn([&finished, body = std::move(body)] {
    body();
    finished = true;
  });
  sc_core::sc_start();
  if (!finished) throw std::runtime_error("the bench's process still waits for something");
}

}  // namespace terse::test
