#pragma once
// What a register description file (registers/hwpe.yaml, models/*/registers.yaml) says, after reading and checking.
// docs/registers/README.md (generated) lists the units; the keys of the files are described in description_reader.hpp.
#include <cstdint>
#include <string>
#include <vector>

#include "registers/register_map.hpp"

namespace terse::registers::generator {

/// A position in a file, counted from 1.
struct Place {
  std::string file;
  int line = 1;
  int column = 1;
};

/// What is wrong at a place, and what would be right.
struct Problem {
  Place place;
  std::string message;
};

struct FieldEntry {
  std::string name;
  unsigned lowest_bit = 0;
  unsigned width = 32;
  bool self_clearing = false;
  std::string description;
  std::string enumeration;  ///< Name of the enum that lists the field's values, or empty.
  Place place;

  [[nodiscard]] Field bits() const { return {static_cast<std::uint8_t>(lowest_bit), static_cast<std::uint8_t>(width)}; }
};

/// Which list of the unit a register belongs to.
enum class Part : std::uint8_t { own, control, counter, job, capability };

struct RegisterEntry {
  std::string name;
  std::uint32_t offset = 0;
  std::uint32_t count = 1;   ///< More than 1: an array of registers.
  std::uint32_t stride = 4;  ///< Bytes from one element of the array to the next.
  Access access = Access::read_write;
  std::uint32_t reset = 0;
  bool read_effect = false;  ///< Reading changes the unit's state.
  std::string description;
  std::string enumeration;
  std::vector<FieldEntry> fields;
  Part part = Part::own;
  Place place;

  [[nodiscard]] std::uint32_t writable() const;
  [[nodiscard]] std::uint32_t self_clearing() const;
};

struct EnumValue {
  std::string name;
  std::uint32_t value = 0;
  std::string description;
  Place place;
};

struct EnumEntry {
  std::string name;
  std::string description;
  std::vector<EnumValue> values;
  Place place;
};

struct CounterEntry {
  std::string name;
  std::string description;
  Place place;
};

struct UnitEntry {
  std::string name;
  std::string description;
  bool has_control_block = false;        ///< `control: hwpe`
  std::uint32_t window = 0x400;          ///< Bytes of one instance.
  std::uint32_t job_offset = 0;          ///< First job register (control block only).
  std::uint32_t counters_offset = 0;     ///< First counter (control block only).
  std::uint32_t capability_offset = 0;   ///< First capability of the unit itself (control block only).
  std::vector<RegisterEntry> registers;  ///< By offset; of a unit with a control block also the block's.
  std::vector<EnumEntry> enums;          ///< The unit's own.
  std::vector<CounterEntry> counters;    ///< Control block only.
  Place place;
};

/// Where the reference platform (registers/reference_platform.yaml) puts a unit; for the CMSIS-SVD file.
struct Peripheral {
  std::string unit;
  std::uint32_t base = 0;
  std::uint32_t instances = 1;  ///< One after the other, `window` apart.
};

/// "COMMIT_TRIGGER" -> "commit_trigger".
std::string lower(const std::string& name);
/// "error_code" -> "ErrorCode".
std::string pascal(const std::string& name);

}  // namespace terse::registers::generator
