#pragma once
// Reading of YAML nodes with a place for every mistake.
#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "registers/description.hpp"

namespace terse::registers::generator {

class YamlSource {
 public:
  /// Reads `file`; a syntax error or an unreadable file becomes a problem and `root()` is null.
  YamlSource(const std::string& file, std::vector<Problem>& problems);

  [[nodiscard]] const YAML::Node& root() const { return root_; }
  [[nodiscard]] Place place(const YAML::Node& node) const;
  void report(const YAML::Node& node, std::string message);
  void report(const Place& place, std::string message) { problems_.push_back({place, std::move(message)}); }

  /// True when `node` is a map without unknown or repeated keys; `what` names it in messages.
  bool check_map(const YAML::Node& node, std::string_view what, std::initializer_list<std::string_view> keys);
  /// The list below `key`; empty when absent or, with a problem, when it is no list.
  std::vector<YAML::Node> list(const YAML::Node& map, const char* key);

  std::string text(const YAML::Node& map, const char* key, bool required = true);
  std::uint32_t number(const YAML::Node& map, const char* key, std::uint32_t otherwise);
  std::uint32_t required_number(const YAML::Node& map, const char* key);
  bool flag(const YAML::Node& map, const char* key);
  /// A 32-bit number, decimal or 0x hexadecimal; a problem and 0 when it is none.
  std::uint32_t number(const YAML::Node& node, std::string_view what);

 private:
  std::string file_;
  YAML::Node root_;
  std::vector<Problem>& problems_;
};

/// The word of `words` nearest to `word`, or empty when none is near.
std::string nearest(std::string_view word, std::initializer_list<std::string_view> words);

}  // namespace terse::registers::generator
