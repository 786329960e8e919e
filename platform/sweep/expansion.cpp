#include "platform/sweep/expansion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/configuration/section.hpp"
#include "platform/configuration/values_by_path.hpp"

namespace terse::sweep {
namespace {

using configuration::Assignment;
using configuration::ConfigurationError;
using configuration::Place;
using Json = nlohmann::ordered_json;

constexpr std::size_t most_points = 1'000'000;

class Names {
 public:
  Names(const Json& base, const Description& description) : base_(configuration::values_by_path(base)) {
    for (const auto& [parameter, kind] : description.parameters()) swept_.push_back(parameter);
  }

  /// The value of a name in a point.
  [[nodiscard]] Json value(const std::string& name, const Place& place, const std::vector<Assignment>& point) const {
    const std::string path = full(name, place);
    for (const auto& assignment : point) {
      if (assignment.path == path) return configuration::plain_value(assignment.value);
    }
    const auto at = base_.find(path);
    if (at != base_.end() && !at->is_null()) return *at;
    throw ConfigurationError(place, fmt::format("'{}' has no value in this point", path));
  }

 private:
  /// A swept parameter's path, by it or by its end; or any other parameter's path.
  [[nodiscard]] std::string full(const std::string& name, const Place& place) const {
    if (std::find(swept_.begin(), swept_.end(), name) != swept_.end()) return name;
    std::vector<std::string> ends;
    for (const auto& parameter : swept_) {
      if (parameter.ends_with("." + name)) ends.push_back(parameter);
    }
    if (ends.size() == 1) return ends.front();
    if (ends.empty() && base_.contains(name)) return name;
    if (ends.size() > 1) {
      throw ConfigurationError(place,
                               fmt::format("'{}' may be {} or {}; write the whole path", name, ends[0], ends[1]));
    }
    std::vector<std::string> candidates = swept_;
    for (const auto& [path, value] : base_.items()) candidates.push_back(path);
    const std::string near = configuration::nearest(name, candidates);
    throw ConfigurationError(place, fmt::format("there is no parameter '{}'{}", name,
                                                near.empty() ? ", neither swept nor in the effective configuration"
                                                             : fmt::format("; did you mean '{}'?", near)));
  }

  Json base_;  ///< By path.
  std::vector<std::string> swept_;
};

/// The next combination; false after the last.
bool advance(std::vector<std::size_t>& rows, const std::vector<Axis>& axes) {
  for (std::size_t axis = axes.size(); axis-- > 0;) {
    if (++rows[axis] < axes[axis].rows.size()) return true;
    rows[axis] = 0;
  }
  return false;
}

std::string text_of(const Json& value) {
  return value.is_string()         ? value.get<std::string>()
         : value.is_number_float() ? fmt::format("{:.12g}", value.get<double>())
                                   : value.dump();
}

void check_size(const Description& description) {
  double size = 1;
  for (const Axis& axis : description.axes) size *= static_cast<double>(axis.rows.size());
  if (size <= most_points) return;
  throw ConfigurationError(description.axes.front().rows.front().front().value.place,
                           fmt::format("the sweep has {:.0f} combinations; at most {} are taken: fewer values, or "
                                       "'random'",
                                       size, most_points));
}

}  // namespace

Json Point::parameters() const {
  Json json = Json::object();
  for (const auto& assignment : assignments) json[assignment.path] = configuration::plain_value(assignment.value);
  return json;
}

std::vector<Point> expand(Description& description, const Json& base) {
  check_size(description);
  const Names names(base, description);
  std::vector<Point> points;
  std::vector<std::size_t> rows(description.axes.size(), 0);
  do {
    Point point;
    point.rows = rows;
    for (std::size_t axis = 0; axis < rows.size(); ++axis) {
      for (const auto& assignment : description.axes[axis].rows[rows[axis]]) point.assignments.push_back(assignment);
    }
    const auto lookup = [&](const std::string& name, const Place& place) {
      return names.value(name, place, point.assignments);
    };
    for (auto& derived : description.derived) {
      const Json value = derived.expression.value(lookup);
      point.assignments.push_back(
          {derived.parameter, configuration::scalar(text_of(value), derived.expression.place())});
    }
    const bool kept = std::all_of(description.constraints.begin(), description.constraints.end(),
                                  [&](auto& constraint) { return constraint.holds(lookup); });
    if (!kept) continue;
    point.position = points.size();
    points.push_back(std::move(point));
  } while (advance(rows, description.axes));
  if (points.empty()) {
    throw ConfigurationError(description.constraints.front().place(), "no point of the sweep keeps the constraints");
  }
  return points;
}

}  // namespace terse::sweep
