#pragma once
// A configuration as a tree that remembers where every key and value was written, and which keys were read. YAML files,
// includes and --set end up in one tree; what nobody read is an error, because a setting that does nothing misleads.
#include <cstddef>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace terse::configuration {

/// Where something was written; line and column count from 1. File "--set" stands for the command line.
struct Place {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;

  /// "file:line:column", or the file alone where there is no line.
  [[nodiscard]] std::string text() const;
};

/// Bad input, with its place and the mend; exit code 2.
class ConfigurationError : public std::exception {
 public:
  ConfigurationError(const Place& place, std::string_view message);
  /// Several, in the order found; what() has a line for each.
  explicit ConfigurationError(const std::vector<ConfigurationError>& errors);
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

  /// The same error, known to be about a key that nobody reads.
  [[nodiscard]] ConfigurationError about_unknown_key() const;
  /// Whether it, or one of several, is about a key that nobody reads.
  [[nodiscard]] bool unknown_key() const { return unknown_key_; }

 private:
  std::string text_;
  bool unknown_key_ = false;
};

struct Node {
  enum class Kind { null, scalar, sequence, map };
  struct Entry;

  Kind kind = Kind::null;
  Place place;
  std::string scalar;          ///< Kind scalar.
  std::vector<Node> sequence;  ///< Kind sequence.
  std::vector<Entry> map;      ///< Kind map, in the order written.

  /// Null when there is no such key. Does not count as reading it.
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] Node* find(std::string_view key);
  [[nodiscard]] const char* kind_name() const;
};

struct Node::Entry {
  std::string key;
  Place place;
  Node value;
};

/// Reads a YAML file. Throws ConfigurationError for a missing file, a syntax error, or a key given twice.
Node read_yaml(const std::filesystem::path& file);
/// Reads YAML text; `name` stands for the file in messages.
Node parse_yaml(const std::string& text, const std::string& name);

/// Lays `over` on `base`: maps merge key by key, everything else is replaced.
void overlay(Node& base, const Node& over);

/// The candidate nearest to `word` by edit distance, or "" when none is near enough to be a typing error.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace terse::configuration
