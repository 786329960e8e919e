#pragma once
// The XML documents that tell gdb what it debugs. Source: GDB manual, appendix "Target Descriptions" and "Memory Map
// Format".
#include <cstdint>
#include <string>
#include <vector>

namespace terse::debug {

struct NamedCsr {
  std::uint32_t number = 0;
  std::string name;
};

/// Target description of an RV32 core with these CSRs.
std::string target_description(const std::vector<NamedCsr>& csrs);

struct MemoryRegion {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
  bool read_only = false;
};

std::string memory_map(const std::vector<MemoryRegion>& regions);

}  // namespace terse::debug
