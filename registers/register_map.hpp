#pragma once
// Types used by the headers that are generated from the register descriptions (registers/*.yaml,
// models/*/registers.yaml). Freestanding: included by the driver, the models and the compiler alike.
//
// For unit `tmac` the generator writes (build tree, include as "registers/generated/tmac.hpp"):
//
//   namespace terse::registers::tmac {
//   inline constexpr std::uint32_t commit_trigger = 0x000;                  // byte offset of each register
//   namespace fields::input_size { inline constexpr Field height{0, 16}; inline constexpr Field width{16, 16}; }
//   enum class IndexFormat : std::uint32_t { absolute = 0, ... };           // one per `enums` entry
//   struct Job { std::uint32_t tag; std::uint32_t input_address; ... };     // job registers in order
//   inline constexpr std::uint32_t job_register_count = 16;
//   inline constexpr std::uint32_t window = 0x400;                          // bytes of one instance
//   }
//
// A unit with the control block includes hwpe.hpp and re-exports all its names (tmac::commit_trigger, tmac::job_offset,
// tmac::fields::irq_status, tmac::ErrorCode, tmac::Counter, tmac::counter_elapsed_low).
//
// And, for the models, "registers/generated/tmac_table.hpp" with `inline constexpr RegisterDescription table[]`.
#include <cstdint>

namespace terse::registers {

/// A field of a 32-bit register.
struct Field {
  std::uint8_t lowest_bit;
  std::uint8_t width;

  [[nodiscard]] constexpr std::uint32_t mask() const {
    return (width >= 32 ? 0xFFFFFFFFu : ((1u << width) - 1u)) << lowest_bit;
  }
  /// The field's value in a register word.
  [[nodiscard]] constexpr std::uint32_t get(std::uint32_t word) const { return (word & mask()) >> lowest_bit; }
  /// A word with this field set to `value` (excess bits are dropped) and all others zero.
  [[nodiscard]] constexpr std::uint32_t make(std::uint32_t value) const { return (value << lowest_bit) & mask(); }
  /// `word` with this field replaced.
  [[nodiscard]] constexpr std::uint32_t replace(std::uint32_t word, std::uint32_t value) const {
    return (word & ~mask()) | make(value);
  }
};

enum class Access : std::uint8_t { read_only, read_write, write_only, write_one_to_clear };

/// One register as the model's register file needs it.
struct RegisterDescription {
  const char* name;
  std::uint32_t offset;
  Access access;
  std::uint32_t reset;
  std::uint32_t writable;       ///< Bits that exist; a written 1 elsewhere is ignored.
  std::uint32_t self_clearing;  ///< Bits that read zero after the write took effect.
  bool job;                     ///< Shadowed per job context.
};

}  // namespace terse::registers
