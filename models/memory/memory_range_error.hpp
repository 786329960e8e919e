#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

namespace terse {

/// Bytes were to be loaded that do not fit into the memory; what() names the memory, its size and the range.
class MemoryRangeError : public std::out_of_range {
 public:
  MemoryRangeError(const std::string& memory, std::uint64_t memory_size, std::uint64_t offset, std::uint64_t length);
};

}  // namespace terse
