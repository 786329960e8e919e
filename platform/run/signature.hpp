#pragma once
// The signature of an architecture test: the memory between the symbols begin_signature and end_signature, as the riscv-arch-test
// framework (riscof) compares it.
#include <cstdint>
#include <filesystem>

#include "models/riscv/elf.hpp"
#include "platform/netlist/platform.hpp"

namespace terse::run {

struct SignatureRequest {
  std::filesystem::path file;
  std::uint32_t granularity = 4;  ///< Bytes per line: 1, 2, 4, 8 or 16.
};

/// Throws ElfError if the ELF lacks the symbols or they make no range of whole lines, and ConfigurationError if the
/// granularity is none of the above or the file cannot be written: before the simulation, so that none is in vain.
void check_signature(const SignatureRequest& request, const ElfFile& elf);

/// One little-endian number per line, 2 hexadecimal digits per byte. Throws ConfigurationError if no memory is behind the
/// symbols or the disk is full.
void write_signature(const SignatureRequest& request, const ElfFile& elf, netlist::Platform& platform);

}  // namespace terse::run
