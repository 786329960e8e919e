#pragma once
// The points of a sweep: combinations of the axes' rows, with derived parameters, without those that break a
// constraint.
#include <nlohmann/json.hpp>

#include "platform/sweep/description.hpp"

namespace terse::sweep {

struct Point {
  std::size_t position = 0;
  std::vector<std::size_t> rows;                       ///< Per axis.
  std::vector<configuration::Assignment> assignments;  ///< Swept, then derived.

  /// The parameters with their values, by path.
  [[nodiscard]] nlohmann::ordered_json parameters() const;
};

/// The last axis changes fastest. `base` is the effective configuration that the points are laid over: names of
/// expressions that are not swept are taken from it; a swept parameter may also go by an end of its path that no other
/// has ("lanes"). Throws ConfigurationError, also when no point is left.
std::vector<Point> expand(Description& description, const nlohmann::ordered_json& base);

}  // namespace terse::sweep
