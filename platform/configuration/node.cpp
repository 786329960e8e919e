#include "platform/configuration/node.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>

namespace terse::configuration {
namespace {

Place place_of(const YAML::Mark& mark, const std::string& file) {
  if (mark.is_null()) return {file, 0, 0};
  return {file, static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

/// Far above any real file; only an alias (`a: &x [*x]`) that holds itself gets there.
constexpr unsigned deepest_nesting = 64;

Node convert(const YAML::Node& yaml, const std::string& file, unsigned depth = 0) {
  Node node;
  node.place = place_of(yaml.Mark(), file);
  if (depth > deepest_nesting) {
    throw ConfigurationError(
        node.place, fmt::format("nested deeper than {} levels; does an alias (*) hold itself?", deepest_nesting));
  }
  switch (yaml.Type()) {
    case YAML::NodeType::Scalar:
      node.kind = Node::Kind::scalar;
      node.scalar = yaml.Scalar();
      break;
    case YAML::NodeType::Sequence:
      node.kind = Node::Kind::sequence;
      for (const auto& item : yaml) node.sequence.push_back(convert(item, file, depth + 1));
      break;
    case YAML::NodeType::Map:
      node.kind = Node::Kind::map;
      for (const auto& entry : yaml) {
        const Place place = place_of(entry.first.Mark(), file);
        if (!entry.first.IsScalar()) throw ConfigurationError(place, "a key must be a plain word");
        const std::string key = entry.first.Scalar();
        if (const Node* first = node.find(key)) {
          throw ConfigurationError(
              place, fmt::format("key '{}' is given twice; the first is at {}", key, first->place.text()));
        }
        node.map.push_back({key, place, convert(entry.second, file, depth + 1)});
      }
      break;
    default:
      break;
  }
  return node;
}

}  // namespace

std::string Place::text() const {
  return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column);
}

ConfigurationError::ConfigurationError(const Place& place, std::string_view message)
    : text_(fmt::format("{}: {}", place.text(), message)) {}

ConfigurationError::ConfigurationError(const std::vector<ConfigurationError>& errors) {
  for (const auto& error : errors) {
    text_ += (text_.empty() ? "" : "\nerror: ") + error.text_;
    unknown_key_ = unknown_key_ || error.unknown_key_;
  }
}

ConfigurationError ConfigurationError::about_unknown_key() const {
  ConfigurationError error = *this;
  error.unknown_key_ = true;
  return error;
}

const Node* Node::find(std::string_view key) const {
  const auto at = std::find_if(map.begin(), map.end(), [&](const Entry& entry) { return entry.key == key; });
  return at == map.end() ? nullptr : &at->value;
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(std::as_const(*this).find(key));
}

const char* Node::kind_name() const {
  switch (kind) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return "a single value";
    case Kind::sequence:
      return "a list";
    case Kind::map:
      return "a map of keys";
  }
  return "";
}

Node parse_yaml(const std::string& text, const std::string& name) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      throw ConfigurationError(place_of(documents[1].Mark(), name),
                               "a second document starts here ('---'); only one is read, join them");
    }
    if (!documents.empty()) return convert(documents.front(), name);
    Node nothing;
    nothing.place = {name, 1, 1};
    return nothing;
  } catch (const YAML::Exception& error) {
    throw ConfigurationError(place_of(error.mark, name), fmt::format("not valid YAML: {}", error.msg));
  }
}

Node read_yaml(const std::filesystem::path& file) {
  std::error_code status;
  if (!std::filesystem::exists(file, status)) {
    std::vector<std::string> siblings;
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    for (const auto& entry : std::filesystem::directory_iterator(folder, status)) {
      siblings.push_back(entry.path().filename().string());
    }
    const std::string near = nearest(file.filename().string(), siblings);
    throw ConfigurationError({file.string(), 0, 0}, near.empty()
                                                        ? std::string("there is no such file")
                                                        : fmt::format("there is no such file; did you mean '{}'?",
                                                                      (folder / near).lexically_normal().string()));
  }
  if (std::filesystem::is_directory(file, status)) {
    throw ConfigurationError({file.string(), 0, 0}, "this is a folder; a YAML file is needed");
  }
  std::ifstream stream(file);
  if (!stream) throw ConfigurationError({file.string(), 0, 0}, "the file cannot be read; check its permissions");
  std::ostringstream text;
  text << stream.rdbuf();
  return parse_yaml(text.str(), file.string());
}

void overlay(Node& base, const Node& over) {
  if (base.kind != Node::Kind::map || over.kind != Node::Kind::map) {
    base = over;
    return;
  }
  for (const auto& entry : over.map) {
    const auto at =
        std::find_if(base.map.begin(), base.map.end(), [&](const Node::Entry& e) { return e.key == entry.key; });
    if (at == base.map.end()) {
      base.map.push_back(entry);
    } else {
      at->place = entry.place;
      overlay(at->value, entry.value);
    }
  }
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    std::vector<std::size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t replaced = diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace terse::configuration
