#pragma once
// The readers of a register description: each function turns checked units into the text of one generated file.
#include <string>
#include <vector>

#include "registers/description.hpp"

namespace terse::registers::generator {

/// registers/generated/UNIT.hpp: offsets, fields, enums and the job structure for driver, models and compiler.
/// `control` is the control block, or null for the control block's own header.
std::string write_header(const UnitEntry& unit, const UnitEntry* control);

/// registers/generated/UNIT_table.hpp: the table of RegisterDescription for the model's register file.
std::string write_table(const UnitEntry& unit);

/// docs/registers/UNIT.md
std::string write_page(const UnitEntry& unit, const UnitEntry* control);

/// docs/registers/README.md
std::string write_index(const UnitEntry& control, const std::vector<UnitEntry>& units,
                        const std::vector<Peripheral>& peripherals);

/// docs/registers/terse.svd, CMSIS-SVD 1.3. Peripherals without a unit of that name are left out.
std::string write_svd(const UnitEntry& control, const std::vector<UnitEntry>& units,
                      const std::vector<Peripheral>& peripherals);

}  // namespace terse::registers::generator
