#include "platform/technology/entry.hpp"

namespace terse::technology {
namespace {

constexpr std::array<EntryDescription, entry_count> descriptions = {{
    {"adder_bit", "pJ", Scaling::logic, false, "One bit of an addition."},
    {"multiplier_bit2", "pJ", Scaling::logic, false, "One bit times one bit of a multiplication."},
    {"ternary_select_bit", "pJ", Scaling::logic, false, "One activation bit kept, negated or cleared by a trit."},
    {"gate", "pJ", Scaling::logic, false, "One gate equivalent of other logic (multiplexer, decoder) in use."},
    {"register_bit", "pJ", Scaling::logic, false, "One bit of a register or buffer written, clock included."},
    {"gated_mac", "fraction", Scaling::none, false, "What a MAC with a gated operand keeps of a MAC's energy."},
    {"core_instruction", "pJ", Scaling::logic, false, "One instruction of the core with its memory."},
    {"wire_bit_mm", "pJ", Scaling::wire, false, "One bit moved by one millimetre."},
    {"sram_read", "pJ", Scaling::sram, true, "One word read from an SRAM."},
    {"sram_write", "pJ", Scaling::sram, true, "One word written to an SRAM."},
    {"dram_bit", "pJ", Scaling::none, false, "One bit read from or written to external memory."},
    {"logic_leakage", "mW/mm2", Scaling::leakage, false, "Static power of logic."},
    {"sram_leakage", "mW/mm2", Scaling::leakage, false, "Static power of SRAM."},
    {"gate_area", "um2", Scaling::area, false, "One gate equivalent (NAND2), placed."},
    {"sram_area", "um2", Scaling::area, true, "An SRAM."},
    {"ge_adder_bit", "GE", Scaling::none, false, "One bit of an adder."},
    {"ge_multiplier_bit2", "GE", Scaling::none, false, "A multiplier, per product of its operands' bits."},
    {"ge_ternary_select_bit", "GE", Scaling::none, false, "The multiplication by a trit, per activation bit."},
    {"ge_register_bit", "GE", Scaling::none, false, "One flip-flop."},
    {"ge_mux", "GE", Scaling::none, false, "A 2:1 multiplexer of one bit."},
    {"ge_trit_decoder", "GE", Scaling::none, false, "A decoder from a base-3 byte to five trits."},
    {"ge_core", "GE", Scaling::none, false, "The RISC-V core."},
    {"ge_control", "GE", Scaling::none, false, "Address generators and control of a unit or DMA channel."},
    {"scaling", "", Scaling::none, false, "Scaling to another node or voltage."},
}};

}  // namespace

const EntryDescription& description(Entry entry) {
  return descriptions[static_cast<std::size_t>(entry)];
}

std::optional<Entry> find_entry(std::string_view name) {
  for (std::size_t i = 0; i + 1 < entry_count; ++i) {
    if (descriptions[i].name == name) return static_cast<Entry>(i);
  }
  return std::nullopt;
}

}  // namespace terse::technology
