#pragma once
// A MAC unit's way to the accumulators that merge owns: two planes of 32-bit words, the dense one from byte 0 on, the
// sparse one from byte 4 * capacity on.
//
// The capacity is learnt from the range of the DMI grant (merge grants both planes as one range); a test bench whose
// target grants no DMI states it with set_capacity().
#include <cstdint>
#include <span>
#include <vector>

#include "models/ports/job_memory.hpp"

namespace terse {

enum class AccumulatorPlane : std::uint8_t { dense, sparse };

/// Accumulators that did not fit 32 bits.
struct AccumulatorOverflows {
  std::uint64_t count = 0;
  std::uint32_t first_index = 0;
};

class AccumulatorPort {
 public:
  AccumulatorPort(tlm::tlm_initiator_socket<>& socket, AccumulatorPlane plane) : memory_(socket), plane_(plane) {}

  /// Words per plane.
  void set_capacity(std::uint32_t words) { capacity_ = words; }
  /// Throws accumulator_range with the first index that does not exist, unless [base, base + count) exists.
  void check(std::uint32_t base, std::uint64_t count);
  /// Stores `results`, in order from index `base` on; added to what is there when `accumulate`. A result outside 32
  /// bits is counted and stored without its upper bits.
  AccumulatorOverflows store(std::uint32_t base, std::span<const std::int64_t> results, bool accumulate);
  void invalidate() { memory_.invalidate(); }

 private:
  [[nodiscard]] std::uint32_t capacity();

  JobMemory memory_;
  AccumulatorPlane plane_;
  std::uint32_t capacity_ = 0;
  std::vector<std::int32_t> words_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace terse
