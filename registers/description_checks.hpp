#pragma once
// Rules that join several entries of a unit: unique names and offsets, fields that do not overlap, names that are legal
// in C++, enums that exist.
#include <vector>

#include "registers/description.hpp"

namespace terse::registers::generator {

/// Adds a problem for every broken rule. `control` is the control block the unit may refer to, or null.
void check_unit(const UnitEntry& unit, const UnitEntry* control, std::vector<Problem>& problems);

}  // namespace terse::registers::generator
