#pragma once
// The values behind a unit's register description (registers/generated/UNIT_table.hpp): which offsets exist, who may
// read and write which bits, reset values. What a register does beyond holding a value is the unit's business.
#include <cstdint>
#include <span>
#include <vector>

#include "registers/register_map.hpp"

namespace terse {

class RegisterFile {
 public:
  /// `table` must outlive this object. Starts with the reset values.
  explicit RegisterFile(std::span<const registers::RegisterDescription> table);

  /// The register at `offset`, or nullptr.
  [[nodiscard]] const registers::RegisterDescription* find(std::uint32_t offset) const;

  /// The hardware's view of a register that exists: all bits, no rules.
  [[nodiscard]] std::uint32_t get(std::uint32_t offset) const;
  void set(std::uint32_t offset, std::uint32_t value);

  /// Software writes `value`: only bits that are writable change, self-clearing ones stay 0, and in a
  /// write-one-to-clear register a 1 clears. The register must exist; a read-only one keeps its value.
  void write(std::uint32_t offset, std::uint32_t value);

 private:
  [[nodiscard]] std::size_t index(std::uint32_t offset) const;

  std::span<const registers::RegisterDescription> table_;
  std::vector<std::uint32_t> values_;
  std::vector<std::uint16_t> index_by_word_;  ///< By offset / 4; `absent` where there is no register.
};

}  // namespace terse
