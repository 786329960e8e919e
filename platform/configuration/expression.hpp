#pragma once
// Expressions over parameters: "platform.scratchpad.banks >= platform.spu.lanes", "min(lanes, 8) * 2".
//
// Arithmetic, comparison, && || and ? : are muParserX's, with floor, ceil, round and mod beside its own functions
// (min, max, abs, log2, sqrt ...). A name is the path of a parameter; text is compared as in run.timing == "cycle".
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/configuration/node.hpp"

namespace terse::configuration {

class Expression {
 public:
  /// The value of a name: a number, a text or a bool; throws ConfigurationError when there is no such parameter.
  using Lookup = std::function<nlohmann::ordered_json(const std::string& name, const Place& place)>;

  /// Throws ConfigurationError at `place`.
  Expression(const std::string& text, const Place& place);
  ~Expression();
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const Place& place() const { return place_; }

  /// A number (integer when it is one), a text or a bool. Throws ConfigurationError, also for what is not finite.
  [[nodiscard]] nlohmann::ordered_json value(const Lookup& lookup);
  /// The value, which must be a bool.
  [[nodiscard]] bool holds(const Lookup& lookup);

 private:
  class Parser;
  std::string text_;
  Place place_;
  std::vector<std::string> names_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace terse::configuration
