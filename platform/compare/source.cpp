#include "platform/compare/source.hpp"

#include <fmt/format.h>

#include <fstream>

#include "platform/results/database.hpp"
#include "platform/run/isolated_run.hpp"

namespace terse::compare {
namespace {

using configuration::ConfigurationError;
using configuration::Place;
using Json = nlohmann::ordered_json;

Json read_json(const std::filesystem::path& file, const Place& place) {
  std::ifstream stream(file);
  const Json json = Json::parse(stream, nullptr, false);
  if (json.is_discarded() || !json.is_object() || !json.contains("layers")) {
    throw ConfigurationError(place, fmt::format("'{}' is no result.json of a scenario; 'terse run SCENARIO -o DIR' "
                                                "writes one",
                                                file.string()));
  }
  return json;
}

/// Runs it in a process of its own: SystemC simulates one platform per process.
Json run_scenario_file(const std::filesystem::path& file, const Place& place,
                       const std::vector<std::string>& settings) {
  run::Scenario scenario = run::read_scenario(file, settings);
  const run::IsolatedOutcome outcome = run::run_isolated(scenario);
  if (outcome.failure.empty()) return outcome.result;
  throw ConfigurationError(
      place, fmt::format("'{}' has no result to compare with: {}: {}", file.string(), outcome.failure, outcome.reason));
}

}  // namespace

Json result_of(const std::string& text, const Place& place, const std::filesystem::path& folder,
               const std::vector<std::string>& settings) {
  const std::filesystem::path file = (folder / text).lexically_normal();
  if (std::filesystem::is_directory(file) && std::filesystem::exists(file / "result.json"))
    return read_json(file / "result.json", place);
  if (std::filesystem::is_regular_file(file))
    return file.extension() == ".yaml" || file.extension() == ".yml" ? run_scenario_file(file, place, settings)
                                                                     : read_json(file, place);
  const std::string path = file.string();
  const auto colon = path.rfind(':');
  if (colon != std::string::npos && colon + 1 < path.size() &&
      std::filesystem::is_regular_file(path.substr(0, colon))) {
    try {
      return results::stored_result(path.substr(0, colon), path.substr(colon + 1));
    } catch (const results::SqliteError& error) {
      throw ConfigurationError(place, error.what());
    }
  }
  throw ConfigurationError(place, fmt::format("there is no '{}'; expected is a result.json, RESULTS.sqlite:POINT, or a "
                                              "scenario",
                                              text));
}

}  // namespace terse::compare
