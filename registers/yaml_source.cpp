#include "registers/yaml_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>

namespace terse::registers::generator {
namespace {

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t substitution = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row.back();
}

std::string unknown_key(const std::string& key, std::string_view what, std::initializer_list<std::string_view> keys) {
  if (key.find(' ') != std::string::npos) {
    return fmt::format("'{}' is no key of {}; text with a comma inside {{}} must stand in quotes", key, what);
  }
  const std::string guess = nearest(key, keys);
  return fmt::format("unknown key '{}' of {}; {}known: {}", key, what,
                     guess.empty() ? std::string() : fmt::format("did you mean '{}'? ", guess), fmt::join(keys, ", "));
}

}  // namespace

std::string nearest(std::string_view word, std::initializer_list<std::string_view> words) {
  std::string_view best;
  std::size_t best_distance = word.size() / 3 + 2;
  for (const std::string_view candidate : words) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return std::string(best);
}

YamlSource::YamlSource(const std::string& file, std::vector<Problem>& problems) : file_(file), problems_(problems) {
  try {
    root_ = YAML::LoadFile(file);
  } catch (const YAML::BadFile&) {
    report(Place{file}, "cannot be read; expected a register description file");
    root_ = YAML::Node(YAML::NodeType::Null);
  } catch (const YAML::Exception& error) {
    report(Place{file, error.mark.line + 1, error.mark.column + 1}, fmt::format("not YAML: {}", error.msg));
    root_ = YAML::Node(YAML::NodeType::Null);
  }
}

Place YamlSource::place(const YAML::Node& node) const {
  const YAML::Mark mark = node.Mark();
  if (mark.is_null()) return {file_, 1, 1};
  return {file_, mark.line + 1, mark.column + 1};
}

void YamlSource::report(const YAML::Node& node, std::string message) {
  problems_.push_back({place(node), std::move(message)});
}

bool YamlSource::check_map(const YAML::Node& node, std::string_view what,
                           std::initializer_list<std::string_view> keys) {
  if (!node.IsMap()) {
    report(node, fmt::format("{} must be a map with the keys {}", what, fmt::join(keys, ", ")));
    return false;
  }
  const std::size_t before = problems_.size();
  std::set<std::string> seen;
  for (const auto& entry : node) {
    const auto key = entry.first.Scalar();
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      report(entry.first, unknown_key(entry.first.Scalar(), what, keys));
    } else if (!seen.insert(key).second) {
      report(entry.first, fmt::format("key '{}' appears twice in {}; keep one", key, what));
    }
  }
  return problems_.size() == before;
}

std::vector<YAML::Node> YamlSource::list(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  if (!node) return {};
  if (!node.IsSequence()) {
    report(node, fmt::format("'{}' must be a list", key));
    return {};
  }
  return {node.begin(), node.end()};
}

std::string YamlSource::text(const YAML::Node& map, const char* key, bool required) {
  const YAML::Node node = map[key];
  if (!node) {
    if (required) report(map, fmt::format("key '{}' is missing here", key));
    return {};
  }
  if (!node.IsScalar() || node.Scalar().empty()) {
    report(node, fmt::format("'{}' must be text", key));
    return {};
  }
  std::string value = node.Scalar();
  while (!value.empty() && value.back() == '\n') value.pop_back();  // of folded text
  return value;
}

std::uint32_t YamlSource::number(const YAML::Node& node, std::string_view what) {
  const std::string& text = node.IsScalar() ? node.Scalar() : std::string();
  const bool hexadecimal = text.starts_with("0x");
  const char* first = text.data() + (hexadecimal ? 2 : 0);
  const char* last = text.data() + text.size();
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(first, last, value, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != last) {
    report(node,
           fmt::format("'{}' must be a number from 0 to 0xFFFFFFFF, decimal or 0x hexadecimal, not '{}'", what, text));
    return 0;
  }
  return value;
}

std::uint32_t YamlSource::number(const YAML::Node& map, const char* key, std::uint32_t otherwise) {
  const YAML::Node node = map[key];
  return node ? number(node, std::string_view(key)) : otherwise;
}

std::uint32_t YamlSource::required_number(const YAML::Node& map, const char* key) {
  if (!map[key]) {
    report(map, fmt::format("key '{}' is missing here", key));
    return 0;
  }
  return number(map[key], std::string_view(key));
}

bool YamlSource::flag(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  if (!node) return false;
  const std::string value = node.IsScalar() ? node.Scalar() : std::string();
  if (value != "true" && value != "false")
    report(node, fmt::format("'{}' must be true or false, not '{}'", key, value));
  return value == "true";
}

}  // namespace terse::registers::generator
