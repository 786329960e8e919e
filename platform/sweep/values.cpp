// Values of one parameter: lists, ranges, and random draws.
#include <fmt/format.h>

#include <cmath>
#include <random>

#include "platform/configuration/problems.hpp"
#include "platform/configuration/section.hpp"
#include "platform/sweep/description.hpp"

namespace terse::sweep {
namespace {

using configuration::Assignment;
using configuration::ConfigurationError;
using configuration::Node;
using configuration::Section;

constexpr double huge = 1e18;
constexpr std::size_t most_values = 1'000'000;

/// {from, to} with a way to step.
struct Range {
  double from = 0, to = 0, step = 0, factor = 0;
  std::string scale = "linear";
  bool whole = false;  ///< from and to are written as whole numbers.
};

Range read_range(const Node& node, const std::string& path, bool random) {
  Section section(node, path);
  Range range;
  section.read({{{.name = "from", .minimum = -huge, .maximum = huge, .sentence = "First value."}, &range.from},
                {{.name = "to", .minimum = -huge, .maximum = huge, .sentence = "Last value, included."}, &range.to},
                {{.name = "step", .minimum = -huge, .maximum = huge, .sentence = "Added each time."}, &range.step},
                {{.name = "factor", .maximum = huge, .sentence = "Multiplied each time."}, &range.factor}});
  if (random) {
    section.read({{{.name = "scale", .choices = {"linear", "log"}, .sentence = "How draws spread."}, &range.scale}});
  }
  section.finish();
  for (const char* key : {"from", "to"}) {
    if (!section.has(key)) throw ConfigurationError(node.place, fmt::format("{}: the range has no '{}'", path, key));
  }
  range.whole = range.from == std::floor(range.from) && range.to == std::floor(range.to);
  if (section.has("step") && section.has("factor"))
    throw ConfigurationError(node.place, fmt::format("{}: a range has a 'step' or a 'factor', not both", path));
  const bool steps = section.has("step") && range.step != 0 && (range.to - range.from) / range.step >= 0;
  const bool grows = section.has("factor") && range.factor > 1 && range.from > 0 && range.to >= range.from;
  if ((section.has("step") && !steps) || (section.has("factor") && !grows)) {
    throw ConfigurationError(node.place,
                             fmt::format("{}: 'to' is not reached; a step leads from 'from' to 'to', a factor "
                                         "above 1 from a positive 'from' to a greater 'to'",
                                         path));
  }
  if (!steps && !grows && !random)
    throw ConfigurationError(node.place, fmt::format("{}: a range needs a 'step' or a 'factor'", path));
  if (random && range.scale == "log" && (range.from <= 0 || range.to <= 0))
    throw ConfigurationError(node.place, fmt::format("{}: scale log needs positive 'from' and 'to'", path));
  if (range.to < range.from && !steps)
    throw ConfigurationError(node.place, fmt::format("{}: 'to' is below 'from'", path));
  return range;
}

/// Twelve digits: 0.1 + 0.2 is written 0.3.
Node number(double value, const configuration::Place& place) {
  return configuration::scalar(fmt::format("{:.12g}", value), place);
}

std::vector<Node> steps_of(const Range& range, const Node& node, const std::string& path) {
  std::vector<Node> values;
  constexpr double slack = 1e-9;  // of rounding in the last value
  for (std::size_t i = 0;; ++i) {
    const double value = range.step != 0 ? range.from + static_cast<double>(i) * range.step
                                         : range.from * std::pow(range.factor, static_cast<double>(i));
    const double beyond = range.step < 0 ? range.to - value : value - range.to;
    if (beyond > slack * std::max(std::abs(range.to), std::abs(range.step))) break;
    if (i == most_values)
      throw ConfigurationError(node.place, fmt::format("{}: more than {} values", path, most_values));
    values.push_back(number(value, node.place));
  }
  return values;
}

/// In [0, 1). The engine is the same everywhere; the standard's distributions are not.
double draw(std::mt19937_64& engine) {
  return static_cast<double>(engine() >> 11) * 0x1p-53;
}

/// Draws values of one parameter.
struct Source {
  std::string parameter;
  std::vector<Node> choices;  ///< Empty: `range` is continuous, or all whole numbers of it.
  Range range;
  configuration::Place place;

  [[nodiscard]] Node next(std::mt19937_64& engine) const {
    const double share = draw(engine);
    if (!choices.empty()) return choices[static_cast<std::size_t>(share * static_cast<double>(choices.size()))];
    const double extent = range.whole ? range.to + 1 : range.to;
    const double value = range.scale == "log" ? range.from * std::pow(extent / range.from, share)
                                              : range.from + share * (extent - range.from);
    return number(range.whole ? std::min(std::floor(value), range.to) : value, place);
  }
};

Source read_source(const Node& node, const std::string& parameter) {
  Source source{parameter, {}, {}, node.place};
  const bool continuous =
      node.kind == Node::Kind::map && node.find("step") == nullptr && node.find("factor") == nullptr;
  if (continuous) {
    source.range = read_range(node, parameter, true);
  } else {
    source.choices = read_values(node, parameter);
  }
  return source;
}

}  // namespace

std::vector<Node> read_values(const Node& node, const std::string& path) {
  if (node.kind == Node::Kind::map) return steps_of(read_range(node, path, false), node, path);
  if (node.kind == Node::Kind::sequence && !node.sequence.empty()) return node.sequence;
  throw ConfigurationError(node.place,
                           fmt::format("{} is {}; expected are values: [4, 8, 16], {{from: 4, to: 16, step: "
                                       "4}} or {{from: 4, to: 64, factor: 2}}",
                                       path, node.kind == Node::Kind::sequence ? "empty" : node.kind_name()));
}

Axis read_random(const Node& node) {
  Section section(node, "sweep.random");
  std::uint64_t points = 0, seed = 1;
  section.read({{{.name = "points", .minimum = 1, .maximum = most_values, .sentence = "How many are drawn."}, &points},
                {{.name = "seed", .maximum = 0x1p53, .sentence = "Of the draws."}, &seed}});
  if (!section.has("points")) throw ConfigurationError(node.place, "sweep.random: 'points' says how many to draw");
  Axis axis{"random", {}, {}};
  std::vector<Source> sources;
  configuration::Problems problems;
  for (const auto& entry : node.map) {
    if (entry.key == "points" || entry.key == "seed") continue;
    problems.attempt([&] { sources.push_back(read_source(entry.value, entry.key)); });
    axis.parameters.push_back(entry.key);
  }
  problems.raise();
  if (sources.empty()) throw ConfigurationError(node.place, "sweep.random: there are no parameters to draw");
  std::mt19937_64 engine(seed);
  for (std::uint64_t i = 0; i < points; ++i) {
    std::vector<Assignment> row;
    for (const Source& source : sources) row.push_back({source.parameter, source.next(engine)});
    axis.rows.push_back(std::move(row));
  }
  return axis;
}

}  // namespace terse::sweep
