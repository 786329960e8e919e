#pragma once
// Which swept parameters change anything in any result.
#include <optional>

#include "platform/sweep/expansion.hpp"

namespace terse::sweep {

enum class Influence { yes, no, unknown };

struct ParameterInfluence {
  std::string parameter;
  Influence influence = Influence::unknown;
};

/// Compares points that differ in one parameter alone. `outcomes`: by position a text that is equal for equal results;
/// nothing for a point without a result. A parameter for which there are no such points, and every derived one, is
/// unknown; except that where no two points of an axis differ in their results, none of its parameters has any
/// influence.
std::vector<ParameterInfluence> influences(const Description& description, const std::vector<Point>& points,
                                           const std::vector<std::optional<std::string>>& outcomes);

const char* to_text(Influence influence);

}  // namespace terse::sweep
