#pragma once
// Decoded instructions, kept per 4 KiB page with one slot per halfword.
//
// Pages live in a direct-mapped table, so that a program which jumps all over the address space cannot make the
// simulator's memory grow without bound. An undecoded slot holds the handler that decodes; invalidating a slot only
// resets that pointer, so that an instruction which overwrites itself still finds its other fields.
#include <array>
#include <cstdint>
#include <memory>

#include "models/riscv/instruction.hpp"

namespace terse::riscv {

struct CodePage {
  static constexpr std::uint32_t size = 4096;
  static constexpr std::uint32_t slot_count = size / 2;

  std::uint32_t base = 0;
  bool filled = false;  ///< Some slot is decoded.
  std::array<Instruction, slot_count> slots;
};

class CodeCache {
 public:
  explicit CodeCache(Handler undecoded) : undecoded_(undecoded) {}

  /// The page that `address` lies in; a page not met before comes undecoded, at the expense of another. Stays valid
  /// until the next call.
  CodePage& page(std::uint32_t address);

  /// Whether decoded instructions of the page of `address` are kept.
  bool holds(std::uint32_t address) const;

  /// Bytes were written: instructions that include any of them are decoded anew.
  void invalidate(std::uint32_t address, std::uint32_t size);
  /// As above for a range of any length, `last` included.
  void invalidate_pages(std::uint64_t first, std::uint64_t last);
  void invalidate_all() { invalidate_pages(0, ~std::uint64_t{0}); }

 private:
  static constexpr std::uint32_t page_count = 256;
  static constexpr std::uint32_t index_of(std::uint32_t address) { return address / CodePage::size % page_count; }

  void clear(CodePage& page) const;

  Handler undecoded_;
  std::array<std::unique_ptr<CodePage>, page_count> pages_;
};

}  // namespace terse::riscv
