#include "platform/sweep/description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "platform/configuration/problems.hpp"
#include "platform/configuration/section.hpp"

namespace terse::sweep {
namespace {

using configuration::Assignment;
using configuration::ConfigurationError;
using configuration::Node;
using configuration::Place;
using configuration::Problems;

const Node& as_map(const Node& node, const std::string& what) {
  if (node.kind == Node::Kind::map) return node;
  throw ConfigurationError(node.place, fmt::format("sweep.{} is {}; a map of parameters is expected, for example "
                                                   "platform.spu.lanes: [4, 8, 16]",
                                                   what, node.kind_name()));
}

/// Each parameter an axis of its own.
void read_grid(const Node& node, std::vector<Axis>& axes) {
  Problems problems;
  for (const auto& entry : as_map(node, "grid").map) {
    problems.attempt([&] {
      Axis axis{"grid", {entry.key}, {}};
      for (const Node& value : read_values(entry.value, entry.key)) axis.rows.push_back({{entry.key, value}});
      axes.push_back(std::move(axis));
    });
  }
  problems.raise();
}

/// The n-th values of all parameters together.
Axis read_zip(const Node& node) {
  Axis axis{"zip", {}, {}};
  for (const auto& entry : as_map(node, "zip").map) {
    const std::vector<Node> values = read_values(entry.value, entry.key);
    if (axis.parameters.empty()) axis.rows.resize(values.size());
    if (values.size() != axis.rows.size()) {
      throw ConfigurationError(
          entry.place, fmt::format("sweep.zip: '{}' has {} values, '{}' has {}; what is zipped has equally many",
                                   entry.key, values.size(), axis.parameters.front(), axis.rows.size()));
    }
    for (std::size_t i = 0; i < values.size(); ++i) axis.rows[i].push_back({entry.key, values[i]});
    axis.parameters.push_back(entry.key);
  }
  return axis;
}

void read_zips(const Node& node, std::vector<Axis>& axes) {
  if (node.kind != Node::Kind::sequence) return axes.push_back(read_zip(node));
  for (const Node& zip : node.sequence) axes.push_back(read_zip(zip));
}

/// Points one by one; a row need not have every parameter.
Axis read_list(const Node& node) {
  if (node.kind != Node::Kind::sequence) {
    throw ConfigurationError(node.place, fmt::format("sweep.list is {}; a list of points is expected, for example "
                                                     "- {{platform.spu.lanes: 4, run.superposition: fused}}",
                                                     node.kind_name()));
  }
  Axis axis{"list", {}, {}};
  for (const Node& row : node.sequence) {
    std::vector<Assignment> assignments;
    for (const auto& entry : as_map(row, "list").map) {
      assignments.push_back({entry.key, entry.value});
      if (std::find(axis.parameters.begin(), axis.parameters.end(), entry.key) == axis.parameters.end())
        axis.parameters.push_back(entry.key);
    }
    axis.rows.push_back(std::move(assignments));
  }
  return axis;
}

void read_derived(const Node& node, std::vector<Derived>& derived) {
  Problems problems;
  for (const auto& entry : as_map(node, "derived").map) {
    problems.attempt([&] {
      if (entry.value.kind != Node::Kind::scalar) {
        throw ConfigurationError(entry.place, fmt::format("sweep.derived: '{}' is {}; an expression is expected, for "
                                                          "example platform.spu.lanes * 2",
                                                          entry.key, entry.value.kind_name()));
      }
      derived.push_back({entry.key, configuration::Expression(entry.value.scalar, entry.value.place)});
    });
  }
  problems.raise();
}

void read_constraints(const Node& node, std::vector<configuration::Expression>& constraints) {
  if (node.kind != Node::Kind::sequence) {
    throw ConfigurationError(node.place,
                             fmt::format("sweep.constraints is {}; a list of expressions is expected, for example "
                                         "- platform.scratchpad.banks >= platform.spu.lanes",
                                         node.kind_name()));
  }
  Problems problems;
  for (const Node& item : node.sequence) {
    problems.attempt([&] {
      if (item.kind != Node::Kind::scalar) throw ConfigurationError(item.place, "a constraint is one expression");
      constraints.emplace_back(item.scalar, item.place);
    });
  }
  problems.raise();
}

/// One parameter cannot have two values in a point.
void check_once(const Description& description, const Node& node) {
  std::map<std::string, std::string> seen;
  Problems problems;
  for (const auto& [parameter, kind] : description.parameters()) {
    const auto [at, fresh] = seen.emplace(parameter, kind);
    if (!fresh) {
      problems.add(ConfigurationError(node.place, fmt::format("sweep: '{}' is in '{}' and in '{}'; keep one of them",
                                                              parameter, at->second, kind)));
    }
    if (parameter == "sweep" || parameter.starts_with("sweep.") || parameter == "name" || parameter == "include") {
      problems.add(ConfigurationError(node.place, fmt::format("sweep: '{}' cannot be swept", parameter)));
    }
  }
  problems.raise();
}

void check_rows(const Description& description, const Node& node) {
  if (description.axes.empty()) {
    throw ConfigurationError(node.place, "sweep: nothing is swept; give 'grid', 'zip', 'list' or 'random'");
  }
  for (const Axis& axis : description.axes) {
    if (axis.rows.empty())
      throw ConfigurationError(node.place, fmt::format("sweep.{}: there are no values", axis.kind));
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Description::parameters() const {
  std::vector<std::pair<std::string, std::string>> list;
  for (const Axis& axis : axes) {
    for (const auto& parameter : axis.parameters) list.emplace_back(parameter, axis.kind);
  }
  for (const auto& entry : derived) list.emplace_back(entry.parameter, "derived");
  return list;
}

Description read_description(const Node& node) {
  Description description;
  configuration::Section section(node, "sweep");
  Problems problems;
  const auto part = [&](const char* key, auto read) {
    const Node* value = section.node(key);
    if (value != nullptr && value->kind != Node::Kind::null) problems.attempt([&] { read(*value); });
  };
  part("grid", [&](const Node& value) { read_grid(value, description.axes); });
  part("zip", [&](const Node& value) { read_zips(value, description.axes); });
  part("list", [&](const Node& value) { description.axes.push_back(read_list(value)); });
  part("random", [&](const Node& value) { description.axes.push_back(read_random(value)); });
  part("derived", [&](const Node& value) { read_derived(value, description.derived); });
  part("constraints", [&](const Node& value) { read_constraints(value, description.constraints); });
  problems.attempt([&] { section.finish(); });
  problems.raise();
  check_rows(description, node);
  check_once(description, node);
  return description;
}

}  // namespace terse::sweep
