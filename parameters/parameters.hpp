#pragma once
// One description of each parameter, beside the module that owns it.
//
// A module keeps its parameters in a plain struct whose member initialisers are the defaults, and lists them once:
//
//   struct ScratchpadParameters {
//     std::uint32_t banks = 16;
//     ParameterList parameters() {
//       return {{{.name = "banks", .unit = "banks", .minimum = 1, .maximum = 256, .power_of_two = true,
//                 .sentence = "Number of independently addressed banks."},
//                &banks}};
//     }
//     ParameterProblems problems() const;   // optional: rules that join several parameters of this module
//   };
//
// From this list come the parsing of YAML (with place, range and spelling checks), `terse describe`, the reference page
// and the JSON Schema. The module itself knows none of them.
#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace terse {

/// What one parameter is. `minimum` and `maximum` (inclusive) apply to numbers, `choices` to text; an empty unit means
/// a plain count or a name.
struct Parameter {
  std::string name;
  std::string unit = {};
  double minimum = 0;
  double maximum = std::numeric_limits<std::uint32_t>::max();
  bool power_of_two = false;
  std::vector<std::string> choices = {};
  std::string sentence;
};

/// Where the value lives; the alternative is the parameter's type.
using ParameterValue = std::variant<bool*, std::uint32_t*, std::uint64_t*, double*, std::string*>;

struct BoundParameter {
  Parameter description;
  ParameterValue value;
};

using ParameterList = std::vector<BoundParameter>;

/// A broken rule that joins parameters: the parameter to point at, and what would be right.
struct ParameterProblem {
  std::string parameter;
  std::string message;
};

using ParameterProblems = std::vector<ParameterProblem>;

}  // namespace terse
