#pragma once
// The accumulators: two planes of 32-bit words that tmac and spu write and merge reads.
//
// TLM: the dense plane lies at byte 0, the sparse plane at byte 4 * capacity. Aligned whole words in bursts of any
// length; anything else gets TLM_BURST_ERROR_RESPONSE, a byte outside TLM_ADDRESS_ERROR_RESPONSE. Both planes are
// granted as one DMI range. No time passes: the MAC units' formulas include the writing.
#include <cstdint>
#include <tlm>
#include <vector>

#include "models/ports/accumulator_port.hpp"

namespace terse {

class AccumulatorMemory {
 public:
  explicit AccumulatorMemory(std::uint32_t capacity) : capacity_(capacity), words_(2 * std::size_t{capacity}) {}

  /// Words per plane.
  [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
  [[nodiscard]] std::int32_t at(AccumulatorPlane plane, std::uint32_t index) const { return *from(plane, index); }
  /// The words of a plane from `index` on.
  [[nodiscard]] const std::int32_t* from(AccumulatorPlane plane, std::uint32_t index) const {
    return words_.data() + index + (plane == AccumulatorPlane::sparse ? std::size_t{capacity_} : 0);
  }

  void access(tlm::tlm_generic_payload& transaction);
  unsigned access_debug(tlm::tlm_generic_payload& transaction);
  bool grant(tlm::tlm_dmi& dmi);

 private:
  [[nodiscard]] std::span<std::uint8_t> bytes();

  std::uint32_t capacity_;
  std::vector<std::int32_t> words_;
};

}  // namespace terse
