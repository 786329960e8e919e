#pragma once
// Names of control and status registers as gdb and assemblers know them. Source: RISC-V privileged specification 1.12,
// chapter 2, "CSR Listing".
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace terse::debug {

/// Number and name of every CSR a core of this family may have, by number.
const std::vector<std::pair<std::uint32_t, std::string>>& csr_names();

}  // namespace terse::debug
