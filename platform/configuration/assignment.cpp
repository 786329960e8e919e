#include "platform/configuration/assignment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace terse::configuration {
namespace {

/// An entry of a list, by number or by the value of its key `name`.
Node& entry_of(Node& list, const std::string& word, const Assignment& assignment) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), index);
  if (error == std::errc{} && end == word.data() + word.size()) {
    if (index < list.sequence.size()) return list.sequence[index];
    throw ConfigurationError(assignment.value.place,
                             fmt::format("'{}' cannot be set: the list at {} has {} entries, numbered from 0",
                                         assignment.path, list.place.text(), list.sequence.size()));
  }
  std::vector<std::string> names;
  for (Node& item : list.sequence) {
    const Node* name = item.find("name");
    if (name == nullptr) continue;
    if (name->scalar == word) return item;
    names.push_back(name->scalar);
  }
  const std::string near = nearest(word, names);
  throw ConfigurationError(
      assignment.value.place,
      fmt::format("'{}' cannot be set: the list at {} has no entry named '{}'{}", assignment.path, list.place.text(),
                  word,
                  near.empty() ? "; entries also have numbers, from 0" : fmt::format("; did you mean '{}'?", near)));
}

}  // namespace

Assignment parse_setting(const std::string& setting) {
  const Place place{"--set " + setting, 0, 0};
  const auto equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw ConfigurationError(place, "a setting is KEY=VALUE, for example platform.tmac.output_channels=64");
  }
  Node value = parse_yaml(setting.substr(equals + 1), place.file);
  value.place = place;
  return {setting.substr(0, equals), value};
}

void assign(Node& root, const Assignment& assignment) {
  const auto& [path, value] = assignment;
  Node* node = &root;
  std::istringstream words(path);
  for (std::string word; std::getline(words, word, '.');) {
    if (word.empty() || path.back() == '.') {
      throw ConfigurationError(value.place, fmt::format("'{}' has an empty part between its dots", path));
    }
    if (node->kind == Node::Kind::sequence) {
      node = &entry_of(*node, word, assignment);
      continue;
    }
    if (node->kind == Node::Kind::null) node->kind = Node::Kind::map;
    if (node->kind != Node::Kind::map) {
      throw ConfigurationError(value.place, fmt::format("'{}' cannot be set: the part before '{}' is {} at {}", path,
                                                        word, node->kind_name(), node->place.text()));
    }
    Node* next = node->find(word);
    if (next == nullptr) {
      Node made;
      made.place = value.place;
      node->map.push_back({word, value.place, made});
      next = &node->map.back().value;
    }
    node = next;
  }
  *node = value;
}

void apply_setting(Node& root, const std::string& setting) {
  assign(root, parse_setting(setting));
}

Node scalar(const std::string& text, const Place& place) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.scalar = text;
  node.place = place;
  return node;
}

std::string to_text(const Node& node) {
  std::string text;
  switch (node.kind) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::scalar:
      return node.scalar;
    case Node::Kind::sequence:
      for (const auto& item : node.sequence) text += (text.empty() ? "" : ", ") + to_text(item);
      return "[" + text + "]";
    case Node::Kind::map:
      for (const auto& entry : node.map)
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", entry.key, to_text(entry.value));
      return "{" + text + "}";
  }
  return text;
}

}  // namespace terse::configuration
