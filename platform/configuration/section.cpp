#include "platform/configuration/section.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "platform/configuration/assignment.hpp"
#include "platform/configuration/problems.hpp"

namespace terse::configuration {
namespace {

const Node empty_map = [] {
  Node node;
  node.kind = Node::Kind::map;
  return node;
}();

/// "64 KiB" -> 65536; the suffix is part of the convention of sizes, hexadecimal of addresses.
std::optional<double> parse_number(std::string text) {
  double factor = 1;
  const std::pair<const char*, double> suffixes[] = {
      {"KiB", 1024.0}, {"MiB", 1024.0 * 1024}, {"GiB", 1024.0 * 1024 * 1024}};
  for (const auto& [suffix, value] : suffixes) {
    if (text.size() > 3 && text.ends_with(suffix)) {
      factor = value;
      text.erase(text.size() - 3);
      while (!text.empty() && text.back() == ' ') text.pop_back();
    }
  }
  std::erase(text, '_');
  if (text.starts_with("0x") || text.starts_with("0X")) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return static_cast<double>(value) * factor;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value * factor;
}

[[noreturn]] void refuse(const Node& node, const std::string& path, const BoundParameter& parameter,
                         const std::string& what) {
  const std::string unit = parameter.description.unit.empty() ? "" : " " + parameter.description.unit;
  throw ConfigurationError(node.place, fmt::format("{} {}; expected {} ({}{}): {}", path, what, type_text(parameter),
                                                   range_text(parameter), unit, parameter.description.sentence));
}

double number_in_range(const Node& node, const std::string& path, const BoundParameter& parameter, bool whole) {
  const auto number = parse_number(node.scalar);
  if (!number || (whole && *number != std::floor(*number)))
    refuse(node, path, parameter, fmt::format("is '{}'", node.scalar));
  const auto& description = parameter.description;
  if (*number < description.minimum || *number > description.maximum) {
    refuse(node, path, parameter, fmt::format("= {} is out of range", node.scalar));
  }
  if (description.power_of_two && !std::has_single_bit(static_cast<std::uint64_t>(*number))) {
    refuse(node, path, parameter, fmt::format("= {} is no power of two", node.scalar));
  }
  return *number;
}

struct Assign {
  const Node& node;
  const std::string& path;
  const BoundParameter& parameter;

  void operator()(bool* value) const {
    if (node.scalar == "true" || node.scalar == "false") {
      *value = node.scalar == "true";
    } else {
      refuse(node, path, parameter, fmt::format("is '{}'", node.scalar));
    }
  }
  void operator()(std::uint32_t* value) const {
    *value = static_cast<std::uint32_t>(number_in_range(node, path, parameter, true));
  }
  void operator()(std::uint64_t* value) const {
    *value = static_cast<std::uint64_t>(number_in_range(node, path, parameter, true));
  }
  void operator()(double* value) const { *value = number_in_range(node, path, parameter, false); }
  void operator()(std::string* value) const {
    const auto& choices = parameter.description.choices;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), node.scalar) == choices.end()) {
      const std::string near = nearest(node.scalar, choices);
      refuse(node, path, parameter,
             near.empty() ? fmt::format("is '{}'", node.scalar)
                          : fmt::format("is '{}', did you mean '{}'?", node.scalar, near));
    }
    *value = node.scalar;
  }
};

}  // namespace

Section::Section(const Node& node, std::string name) : node_(&node), name_(std::move(name)) {
  if (node.kind == Node::Kind::null) node_ = &empty_map;
  if (node_->kind != Node::Kind::map) {
    throw ConfigurationError(node.place, fmt::format("'{}' is {}; a map of keys is expected", name_, node.kind_name()));
  }
}

void Section::read(const ParameterList& parameters) {
  Problems problems;
  for (const auto& parameter : parameters) {
    const std::string& key = parameter.description.name;
    declared_.push_back(key);
    const Node* value = node_->find(key);
    if (value == nullptr) continue;
    const std::string path = name_.empty() ? key : name_ + "." + key;
    problems.attempt([&] {
      if (value->kind != Node::Kind::scalar) refuse(*value, path, parameter, fmt::format("is {}", value->kind_name()));
      std::visit(Assign{*value, path, parameter}, parameter.value);
    });
  }
  problems.raise();
}

Section Section::section(const std::string& key) {
  declared_.push_back(key);
  const Node* value = node_->find(key);
  return Section(value == nullptr ? empty_map : *value, name_.empty() ? key : name_ + "." + key);
}

const Node* Section::node(const std::string& key) {
  declared_.push_back(key);
  return node_->find(key);
}

void Section::declare(const std::string& key) {
  declared_.push_back(key);
}

Place Section::place(const std::string& key) const {
  const auto at =
      std::find_if(node_->map.begin(), node_->map.end(), [&](const Node::Entry& entry) { return entry.key == key; });
  return at == node_->map.end() ? node_->place : at->value.place;
}

void Section::require(const ParameterProblems& problems) const {
  if (problems.empty()) return;
  const auto& problem = problems.front();
  const std::string path = name_.empty() ? problem.parameter : name_ + "." + problem.parameter;
  Place where = place(problem.parameter);
  if (where.file.empty()) where.file = "defaults";
  throw ConfigurationError(where, fmt::format("{}: {}", path, problem.message));
}

void Section::finish() const {
  Problems problems;
  for (const auto& entry : node_->map) {
    if (std::find(declared_.begin(), declared_.end(), entry.key) != declared_.end()) continue;
    const std::string near = nearest(entry.key, declared_);
    const std::string where = name_.empty() ? "here" : fmt::format("in '{}'", name_);
    const std::string mend =
        near.empty() ? fmt::format("known: {}", fmt::join(declared_, ", ")) : fmt::format("did you mean '{}'?", near);
    problems.add(ConfigurationError(entry.place, fmt::format("unknown key '{}' {}; {}", entry.key, where, mend))
                     .about_unknown_key());
  }
  problems.raise();
}

nlohmann::ordered_json plain_value(const Node& node) {
  if (node.kind != Node::Kind::scalar) return to_text(node);
  if (node.scalar == "true" || node.scalar == "false") return node.scalar == "true";
  const auto number = parse_number(node.scalar);
  if (!number) return node.scalar;
  const bool whole = *number == std::floor(*number) && std::abs(*number) < 0x1p53;
  return whole ? nlohmann::ordered_json(static_cast<std::int64_t>(*number)) : nlohmann::ordered_json(*number);
}

nlohmann::ordered_json values_of(const ParameterList& parameters) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& parameter : parameters) {
    std::visit([&](const auto* value) { json[parameter.description.name] = *value; }, parameter.value);
  }
  return json;
}

std::string range_text(const BoundParameter& parameter) {
  const auto& description = parameter.description;
  if (std::holds_alternative<bool*>(parameter.value)) return "true | false";
  if (std::holds_alternative<std::string*>(parameter.value)) {
    return description.choices.empty() ? "any text" : fmt::format("{}", fmt::join(description.choices, " | "));
  }
  return fmt::format("{} to {}{}", description.minimum, description.maximum,
                     description.power_of_two ? ", power of two" : "");
}

std::string type_text(const BoundParameter& parameter) {
  switch (parameter.value.index()) {
    case 0:
      return "boolean";
    case 1:
    case 2:
      return "whole number";
    case 3:
      return "number";
    default:
      return "text";
  }
}

std::string value_text(const BoundParameter& parameter) {
  return std::visit([](const auto* value) { return fmt::format("{}", *value); }, parameter.value);
}

}  // namespace terse::configuration
