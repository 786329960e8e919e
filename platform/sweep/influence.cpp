#include "platform/sweep/influence.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace terse::sweep {
namespace {

using Outcomes = std::vector<std::optional<std::string>>;

/// Values of one thing, and the results that came with them, everything else being equal.
struct Group {
  std::set<std::string> values, results;
};
using Groups = std::map<std::vector<std::string>, Group>;

Influence judge(const Groups& groups) {
  Influence influence = Influence::unknown;
  for (const auto& [others, group] : groups) {
    if (group.values.size() < 2) continue;
    if (group.results.size() > 1) return Influence::yes;
    influence = Influence::no;
  }
  return influence;
}

std::vector<std::string> other_rows(const Point& point, std::size_t axis) {
  std::vector<std::string> others;
  for (std::size_t i = 0; i < point.rows.size(); ++i) {
    if (i != axis) others.push_back(std::to_string(point.rows[i]));
  }
  return others;
}

/// The axis as a whole.
Influence of_axis(std::size_t axis, const std::vector<Point>& points, const Outcomes& outcomes) {
  Groups groups;
  for (const Point& point : points) {
    if (!outcomes[point.position]) continue;
    Group& group = groups[other_rows(point, axis)];
    group.values.insert(std::to_string(point.rows[axis]));
    group.results.insert(*outcomes[point.position]);
  }
  return judge(groups);
}

/// One of several parameters of an axis.
Influence of_parameter(const std::string& parameter, std::size_t axis, const Axis& on, const std::vector<Point>& points,
                       const Outcomes& outcomes) {
  Groups groups;
  for (const Point& point : points) {
    if (!outcomes[point.position]) continue;
    std::vector<std::string> others = other_rows(point, axis);
    std::string value;
    for (const auto& assignment : on.rows[point.rows[axis]]) {
      const std::string text = configuration::to_text(assignment.value);
      if (assignment.path == parameter) {
        value = text;
      } else {
        others.push_back(assignment.path + "=" + text);
      }
    }
    Group& group = groups[others];
    group.values.insert(value);
    group.results.insert(*outcomes[point.position]);
  }
  return judge(groups);
}

}  // namespace

std::vector<ParameterInfluence> influences(const Description& description, const std::vector<Point>& points,
                                           const Outcomes& outcomes) {
  std::vector<ParameterInfluence> list;
  for (std::size_t i = 0; i < description.axes.size(); ++i) {
    const Axis& axis = description.axes[i];
    const Influence whole = of_axis(i, points, outcomes);
    for (const auto& parameter : axis.parameters) {
      const bool alone = axis.parameters.size() == 1 || whole != Influence::yes;
      list.push_back({parameter, alone ? whole : of_parameter(parameter, i, axis, points, outcomes)});
    }
  }
  for (const auto& derived : description.derived) list.push_back({derived.parameter, Influence::unknown});
  return list;
}

const char* to_text(Influence influence) {
  return influence == Influence::yes ? "yes" : influence == Influence::no ? "no" : "unknown";
}

}  // namespace terse::sweep
