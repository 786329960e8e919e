#pragma once
// `sweep:` of a scenario, as written: axes of values, derived parameters, constraints.
#include <string>
#include <vector>

#include "platform/configuration/assignment.hpp"
#include "platform/configuration/expression.hpp"

namespace terse::sweep {

/// Parameters that change together. The points of a sweep are all combinations of one row of each axis.
struct Axis {
  std::string kind;                     ///< grid | zip | list | random
  std::vector<std::string> parameters;  ///< Paths; of a list, all that any row has.
  std::vector<std::vector<configuration::Assignment>> rows;
};

/// A parameter computed from others of the point.
struct Derived {
  std::string parameter;
  configuration::Expression expression;
};

struct Description {
  std::vector<Axis> axes;
  std::vector<Derived> derived;
  std::vector<configuration::Expression> constraints;

  /// Every parameter with the kind of its axis, or "derived", in order.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> parameters() const;
};

/// Reads `sweep:`. Throws ConfigurationError with all that is wrong.
Description read_description(const configuration::Node& node);

/// The values of one parameter: a list, or {from, to, step} or {from, to, factor}. `path` is for messages.
std::vector<configuration::Node> read_values(const configuration::Node& node, const std::string& path);

/// The axis `random`: {points, seed, PARAMETER: values | {from, to, scale: linear | log} ...}, each point drawn by
/// itself.
Axis read_random(const configuration::Node& node);

}  // namespace terse::sweep
