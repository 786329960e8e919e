#pragma once
// The entries of a technology table: what a table must say so that activity becomes energy, and parameters area.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace terse::technology {

enum class Entry : std::uint8_t {
  adder_bit,
  multiplier_bit2,
  ternary_select_bit,
  gate,
  register_bit,
  gated_mac,
  core_instruction,
  wire_bit_mm,
  sram_read,
  sram_write,
  dram_bit,
  logic_leakage,
  sram_leakage,
  gate_area,
  sram_area,
  ge_adder_bit,
  ge_multiplier_bit2,
  ge_ternary_select_bit,
  ge_register_bit,
  ge_mux,
  ge_trit_decoder,
  ge_core,
  ge_control,
  scaling  ///< No entry of a file: the uncertainty of scaling to another node or voltage.
};
inline constexpr std::size_t entry_count = static_cast<std::size_t>(Entry::scaling) + 1;

/// What happens to an entry when its table is scaled to another node or voltage (platform/technology/scaling.hpp).
enum class Scaling : std::uint8_t { none, logic, sram, wire, leakage, area };

struct EntryDescription {
  std::string_view name;
  std::string_view unit;
  Scaling scaling;
  bool by_size;  ///< Given as points over KiB of the memory, and a factor over its word's width.
  std::string_view sentence;
};

[[nodiscard]] const EntryDescription& description(Entry entry);
[[nodiscard]] std::optional<Entry> find_entry(std::string_view name);

}  // namespace terse::technology
