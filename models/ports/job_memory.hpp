#pragma once
// A unit's way to a memory: by DMI where the target grants it, else by b_transport bursts.
//
// Time: none. How long a job takes is the unit's closed formula (models/timing), which counts the bytes moved; what a
// target adds to the delay of a burst is ignored.
#include <cstdint>
#include <span>
#include <tlm>
#include <vector>

#include "models/ports/job_problem.hpp"

namespace terse {

class JobMemory {
 public:
  /// Longest burst, in bytes.
  static constexpr std::uint32_t burst = 4096;

  explicit JobMemory(tlm::tlm_initiator_socket<>& socket) : socket_(socket) {}

  /// `size` bytes from byte offset `address` on: the memory itself under DMI, else a copy in `buffer`. Throws
  /// out_of_range with the first address outside the memory, or bus_error with the first address of the burst.
  std::span<const std::uint8_t> read(std::uint64_t address, std::uint64_t size, std::vector<std::uint8_t>& buffer);
  /// Throws as read() unless the range can be reached.
  void check(std::uint64_t address, std::uint64_t size);
  void write(std::uint64_t address, std::span<const std::uint8_t> bytes);
  /// The memory itself under DMI, else null.
  [[nodiscard]] std::uint8_t* direct(std::uint64_t address, std::uint64_t size, tlm::tlm_command command);
  /// Last address of the DMI range that holds `address`; 0 without DMI.
  [[nodiscard]] std::uint64_t direct_end(std::uint64_t address);

  /// For the socket's invalidate_direct_mem_ptr.
  void invalidate() { known_ = false; }

 private:
  [[nodiscard]] bool covers(std::uint64_t address, std::uint64_t size) const;
  tlm::tlm_response_status transport(tlm::tlm_command command, std::uint64_t address, std::uint8_t* bytes,
                                     std::uint32_t size);
  void burst_or_throw(tlm::tlm_command command, std::uint64_t address, std::uint8_t* bytes, std::uint32_t size);

  tlm::tlm_initiator_socket<>& socket_;
  tlm::tlm_dmi dmi_;
  bool known_ = false;
};

}  // namespace terse
