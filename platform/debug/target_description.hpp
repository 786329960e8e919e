#pragma once
// The XML documents that tell gdb what it debugs. Source: GDB manual, appendix "Target Descriptions" and "Memory Map
// Format".
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace terse::debug {

/// Target description of an RV32 core; `has_csr` says which CSRs it has.
std::string target_description(const std::function<bool(std::uint32_t)>& has_csr);

struct MemoryRegion {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
  bool read_only = false;
};

std::string memory_map(const std::vector<MemoryRegion>& regions);

}  // namespace terse::debug
