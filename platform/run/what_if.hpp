#pragma once
// What a run would be without one of its limits: an upper bound of what removing it can give.
#include <string>
#include <vector>

#include "platform/configuration/assignment.hpp"
#include "platform/run/scenario.hpp"

namespace terse::run {

/// A limit, and the parameters that take it away as far as parameters can.
struct Limit {
  std::string name;      ///< "bank conflicts"
  std::string sentence;  ///< What is set.
  std::vector<configuration::Assignment> assignments;
};

/// The limits that the scenario's platform has and parameters can express, in the order of the chip: memory, units,
/// core. A parameter is set to the end of its range.
std::vector<Limit> limits_of(const Scenario& scenario);

}  // namespace terse::run
