#include "models/memory/memory_range_error.hpp"

#include <fmt/format.h>

namespace terse {

MemoryRangeError::MemoryRangeError(const std::string& memory, std::uint64_t memory_size, std::uint64_t offset,
                                   std::uint64_t length)
    : std::out_of_range(fmt::format("{} bytes at offset {:#x} do not fit into {} of {} bytes", length, offset, memory,
                                    memory_size)) {}

}  // namespace terse
