#include "platform/run/validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace terse::run {
namespace {

using configuration::ConfigurationError;
using configuration::Place;
using configuration::Section;

/// A number, or the number at a path.
double factor(std::string word, const nlohmann::ordered_json& result, const Place& place) {
  std::erase(word, ' ');
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error == std::errc{} && end == word.data() + word.size()) return value;
  if (word.empty()) {
    throw ConfigurationError(place,
                             "validation.scale: factors are numbers or paths of result.json, joined by * and /, "
                             "for example 1 / clock_mhz");
  }
  return number_of_result(result, word, "validation", place);
}

double product(const std::string& text, const nlohmann::ordered_json& result, const Place& place) {
  double value = 1;
  char operation = '*';
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find_first_of("*/", begin), text.size());
    const double next = factor(text.substr(begin, end - begin), result, place);
    value = operation == '*' ? value * next : value / next;
    if (!std::isfinite(value)) throw ConfigurationError(place, "validation.scale: it divides by zero");
    operation = end < text.size() ? text[end] : '*';
    begin = end + 1;
  }
  return value;
}

}  // namespace

double number_of_result(const nlohmann::ordered_json& result, const std::string& path, const char* key,
                        const Place& place) {
  std::string pointer = "/" + path;
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  try {
    const nlohmann::ordered_json::json_pointer at(pointer);
    if (result.contains(at) && result.at(at).is_number()) return result.at(at).get<double>();
  } catch (const nlohmann::json::exception&) {  // no pointer at all, or a word where a list has numbers
  }
  throw ConfigurationError(place, fmt::format("{}: result.json has no number '{}'; see docs/results.md", key, path));
}

ParameterList ValidationSettings::parameters() {
  constexpr double huge = 1e18;
  return {
      {{.name = "metric", .sentence = "Path of a number in result.json, for example passes.dense.cycles."}, &metric},
      {{.name = "scale",
        .sentence = "Factor that brings the metric to the published unit: numbers and paths of result.json joined by * "
                    "and /, for example 1 / clock_mhz for us from cycles."},
       &scale},
      {{.name = "reference", .minimum = -huge, .maximum = huge, .sentence = "The published figure, not 0."},
       &reference},
      {{.name = "unit", .sentence = "Unit of the published figure."}, &unit},
      {{.name = "bound", .maximum = 1000, .sentence = "Greatest relative error, either way: 0.12 for 12 %."}, &bound},
      {{.name = "reason", .sentence = "Why this bound."}, &reason},
      {{.name = "source", .sentence = "Where it was published."}, &source},
      {{.name = "evidence",
        .choices = {"silicon", "authors_simulator", "closed_form"},
        .sentence = "What the published figure rests on."},
       &evidence},
  };
}

ValidationSettings read_validation(const configuration::Node& node) {
  Section section(node, "validation");
  ValidationSettings settings;
  settings.place = node.place;
  section.read(settings.parameters());
  settings.scale_place = section.place("scale");
  section.finish();
  for (const char* key : {"metric", "reference", "unit", "bound", "reason", "source", "evidence"}) {
    if (section.has(key)) continue;
    throw ConfigurationError(node.place,
                             fmt::format("validation: an entry needs '{}'; a figure without metric, "
                                         "reference, unit, bound, reason, source and evidence proves nothing",
                                         key));
  }
  if (settings.reference == 0) {
    throw ConfigurationError(section.place("reference"), "validation.reference: 0 has no relative error");
  }
  return settings;
}

ValidationResult compare(const ValidationSettings& settings, const nlohmann::ordered_json& result) {
  ValidationResult outcome;
  outcome.metric = settings.metric;
  outcome.value = number_of_result(result, settings.metric, "validation", settings.place) *
                  product(settings.scale, result, settings.scale_place);
  outcome.reference = settings.reference;
  outcome.unit = settings.unit;
  outcome.error = (outcome.value - settings.reference) / std::abs(settings.reference);
  outcome.bound = settings.bound;
  outcome.held = std::abs(outcome.error) <= settings.bound;
  outcome.reason = settings.reason;
  outcome.source = settings.source;
  outcome.evidence = settings.evidence;
  return outcome;
}

}  // namespace terse::run
