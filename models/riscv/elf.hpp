#pragma once
// Reading a RISC-V executable: what to load where, where to start, and which function an address belongs to.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace terse {

/// The file cannot be used. The message names the file, what is wrong with it, and what would be right.
class ElfError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A PT_LOAD segment. Memory past `bytes` up to `memory_size` is to be zeroed.
struct ElfSegment {
  std::uint32_t address = 0;  ///< where to load it (the physical address)
  /// Where the program expects it once it runs; symbols and the entry point speak of this one.
  std::uint32_t virtual_address = 0;
  std::vector<std::uint8_t> bytes;
  std::uint32_t memory_size = 0;
};

struct ElfSymbol {
  std::string name;
  std::uint32_t address = 0;
  std::uint32_t size = 0;  ///< 0 if the assembler did not say
  bool function = false;
};

/// An address as people read it: a symbol and the distance from it.
struct ElfLocation {
  std::string symbol;
  std::uint32_t offset = 0;
  std::string text() const;  ///< "main" or "main+0x1c"
};

struct ElfFile {
  std::filesystem::path path;
  std::uint32_t entry = 0;
  std::vector<ElfSegment> segments;  ///< by address, never overlapping
  std::vector<ElfSymbol> symbols;    ///< by address; sections, files and mapping symbols left out

  /// Value of the symbol of this name; nothing if there is none.
  std::optional<std::uint32_t> find(std::string_view name) const;
  /// The symbol `address` belongs to: the closest one at or before it in the same segment, functions first, unless the
  /// address lies past that symbol's stated size.
  std::optional<ElfLocation> nearest(std::uint32_t address) const;
};

/// Reads a 32-bit little-endian RISC-V executable without floating-point calling convention. Throws ElfError.
ElfFile load_elf(const std::filesystem::path& path);

}  // namespace terse
