#pragma once
// Which line of source an address of the guest belongs to.
#include <cstdint>
#include <filesystem>
#include <string>

namespace terse::run {

/// "firmware/runtime/trap.cpp:41" from the ELF's DWARF line table; empty if it has none for this address. Reads the
/// file anew: meant for the report at the end of a run.
std::string source_line(const std::filesystem::path& elf, std::uint32_t pc);

}  // namespace terse::run
