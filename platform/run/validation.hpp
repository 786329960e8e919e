#pragma once
// `validation:` of a scenario: what was published for the chip that the platform is configured like, and how far off a run is.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/configuration/section.hpp"
#include "platform/run/result.hpp"

namespace terse::run {

/// One published figure.
struct ValidationSettings {
  std::string metric;  ///< Path of a number in result.json, for example passes.dense.cycles.
  std::string scale =
      "1";  ///< Product that brings the metric to the published unit: numbers and paths, joined by * and /.
  double reference = 0;
  std::string unit;
  double bound = 0;  ///< Greatest |error|, relative.
  std::string reason;
  std::string source;
  std::string evidence = "silicon";
  configuration::Place place, scale_place;

  ParameterList parameters();
};

/// Reads one entry. Throws ConfigurationError.
ValidationSettings read_validation(const configuration::Node& node);
/// The number at a path of the run's result.json, for example passes.dense.cycles. Throws ConfigurationError, which names
/// `key` (the part of the scenario that asks for it).
[[nodiscard]] double number_of_result(const nlohmann::ordered_json& result, const std::string& path, const char* key,
                                      const configuration::Place& place);
/// `result` is the run's result.json. Throws ConfigurationError for a path that is no number of it.
ValidationResult compare(const ValidationSettings& settings, const nlohmann::ordered_json& result);

}  // namespace terse::run
