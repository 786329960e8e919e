#include "platform/run/scenario_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace terse::run {
namespace {

using configuration::Assignment;
using configuration::ConfigurationError;
using configuration::Node;
using configuration::Place;

constexpr unsigned deepest_include = 8;

void check_depth(const Place& place, unsigned depth) {
  if (depth > deepest_include) {
    throw ConfigurationError(
        place, fmt::format("more than {} includes within each other; is a file including itself?", deepest_include));
  }
}

Node without(const Node& map, std::initializer_list<std::string_view> keys) {
  Node rest = map;
  std::erase_if(rest.map,
                [&](const Node::Entry& entry) { return std::find(keys.begin(), keys.end(), entry.key) != keys.end(); });
  return rest;
}

/// `platform:` is a file name, or a map which may `include:` one and overlay it.
Node expand_platform(const Node& platform, unsigned depth = 0) {
  check_depth(platform.place, depth);
  if (platform.kind == Node::Kind::scalar) {
    return expand_platform(configuration::read_yaml(resolve(platform.scalar, platform.place)), depth + 1);
  }
  const Node* include = platform.find("include");
  if (include == nullptr) return platform;
  if (include->kind != Node::Kind::scalar) throw ConfigurationError(include->place, "'include' must name one file");
  Node base = expand_platform(configuration::read_yaml(resolve(include->scalar, include->place)), depth + 1);
  configuration::overlay(base, without(platform, {"include"}));
  return base;
}

/// Whether files of platforms are read, or left out because a setting names another platform.
enum class Platforms : bool { left_out, read };

Node read_tree(const std::filesystem::path& file, Platforms platforms, unsigned depth);

/// What `include:` names, laid over each other in the order given.
Node included(const Node& include, Platforms platforms, unsigned depth) {
  check_depth(include.place, depth);
  const std::vector<Node> files = include.kind == Node::Kind::sequence ? include.sequence : std::vector<Node>{include};
  Node base;
  base.kind = Node::Kind::map;
  base.place = include.place;
  for (const Node& file : files) {
    if (file.kind != Node::Kind::scalar) {
      throw ConfigurationError(file.place, "'include' must name a scenario file, or be a list of them");
    }
    const Node tree = read_tree(resolve(file.scalar, file.place), platforms, depth);
    configuration::overlay(base, without(tree, {"name", "description"}));
  }
  return base;
}

Node read_tree(const std::filesystem::path& file, Platforms platforms, unsigned depth) {
  Node root = configuration::read_yaml(file);
  if (root.kind != Node::Kind::map) {  // a single word would be taken for the name of a platform file
    throw ConfigurationError({file.string(), 1, 1}, "a platform or scenario is a map of keys");
  }
  if (platforms == Platforms::left_out) root = without(root, {"platform"});
  const Node* platform = root.find("platform");
  const Node* include = root.find("include");
  const bool whole = platform != nullptr && (platform->kind != Node::Kind::map || platform->find("include") != nullptr);
  if (platform != nullptr) *root.find("platform") = expand_platform(*platform);
  if (include == nullptr) return root;
  Node base = included(*include, platforms, depth + 1);
  if (whole) base = without(base, {"platform"});
  configuration::overlay(base, without(root, {"include"}));
  base.place = root.place;
  return base;
}

}  // namespace

std::filesystem::path resolve(const std::string& text, const Place& place) {
  const std::filesystem::path path(text);
  if (path.is_absolute() || place.file.starts_with("--set")) return path;
  return (std::filesystem::path(place.file).parent_path() / path).lexically_normal();
}

Node read_scenario_tree(const std::filesystem::path& file, const std::vector<std::string>& settings) {
  const std::vector<Assignment> assignments = parse_settings(settings);
  const bool replaced = std::any_of(assignments.begin(), assignments.end(),
                                    [](const Assignment& assignment) { return assignment.path == "platform"; });
  Node tree = read_tree(file, replaced ? Platforms::left_out : Platforms::read, 0);
  assign_all(tree, assignments);
  return tree;
}

void assign_all(Node& tree, const std::vector<Assignment>& assignments) {
  for (const auto& assignment : assignments) {
    if (assignment.path == "platform") configuration::assign(tree, {"platform", expand_platform(assignment.value)});
  }
  for (const auto& assignment : assignments) {
    if (assignment.path != "platform") configuration::assign(tree, assignment);
  }
}

std::vector<Assignment> parse_settings(const std::vector<std::string>& settings) {
  std::vector<Assignment> assignments;
  for (const auto& setting : settings) assignments.push_back(configuration::parse_setting(setting));
  return assignments;
}

}  // namespace terse::run
