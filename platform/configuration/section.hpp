#pragma once
// Typed reading of one map of the configuration. Every read names the key and so declares it; finish() reports the keys
// nobody declared, with the nearest declared name.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "parameters/parameters.hpp"
#include "platform/configuration/node.hpp"

namespace terse::configuration {

class Section {
 public:
  /// `node` must be a map or null; `name` is its path for messages ("platform.tmac", "" for the root).
  Section(const Node& node, std::string name);

  /// Reads every parameter of the list that is present; absent ones keep their defaults. The effective values go to
  /// effective(). Throws for wrong types and values out of range, all of them at once.
  void read(const ParameterList& parameters);
  /// A sub-map, empty when absent.
  Section section(const std::string& key);
  /// Any node, for keys that are no plain parameters. Null when absent.
  const Node* node(const std::string& key);
  /// Declares a key read elsewhere.
  void declare(const std::string& key);

  [[nodiscard]] bool has(const std::string& key) const { return node_->find(key) != nullptr; }
  /// Where to point at for `key`, or for the section when the key is absent.
  [[nodiscard]] Place place(const std::string& key) const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const Node& raw() const { return *node_; }

  /// Throws ConfigurationError at `key` for each module's rule across parameters.
  void require(const ParameterProblems& problems) const;
  /// Throws for the keys that were never declared, all of them at once.
  void finish() const;

 private:
  const Node* node_;
  std::string name_;
  std::vector<std::string> declared_;
};

/// A value as it stands in YAML: a number ("64 KiB" is 65536), a truth value, or text.
nlohmann::ordered_json plain_value(const Node& node);
/// Parameter values as JSON, keyed by name (the effective configuration).
nlohmann::ordered_json values_of(const ParameterList& parameters);
/// "0..255, power of two" or "a | b", for people.
std::string range_text(const BoundParameter& parameter);
/// "unsigned integer", "real", "text", "true | false".
std::string type_text(const BoundParameter& parameter);
/// The parameter's current value as text.
std::string value_text(const BoundParameter& parameter);

}  // namespace terse::configuration
