#pragma once
// Reads and checks register description files.
//
// Keys of a unit:
//   name, description
//   control: hwpe        the unit starts with the control block of registers/hwpe.yaml; the block's enum `unit` must
//   have a
//                        value of the unit's name, which is what the register with that enum (CAP_UNIT) reads
//   window               bytes of one instance, default 0x400
//   registers            list, each {name, offset, access: ro|rw|wo|w1c, reset, read_effect, count, stride, enum,
//   fields,
//                        description}; count > 1 is an array, stride (default 4) bytes apart
//   job_registers        list without offsets: they follow each other from the block's job_offset; rw, one set per job
//   capabilities         list without offsets: they follow each other from the block's capability_offset; ro
//   enums                list of {name, description, values: [{name, value, description}]}
// A field is {name, bits: [high, low], description, self_clearing, enum}. Names of registers and fields are UPPER_CASE,
// those of units, enums and enum values lower_case. The control block's own file has job_offset, capability_offset and
// counters {offset, names: [{name, description}]} besides.
#include <optional>

#include "registers/description.hpp"

namespace terse::registers::generator {

using Problems = std::vector<Problem>;

/// Reads one unit. `control` is the control block, null while reading the block itself. Every mistake goes to
/// `problems`; the result is only complete when none was added.
UnitEntry read_unit(const std::string& file, const UnitEntry* control, Problems& problems);

/// Reads the list of peripherals: {peripherals: [{unit, base, instances}]}.
std::vector<Peripheral> read_peripherals(const std::string& file, Problems& problems);

}  // namespace terse::registers::generator
