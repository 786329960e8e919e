#pragma once
// Collects errors, so that a user sees all that is wrong with a file in one go.
#include <utility>
#include <vector>

#include "platform/configuration/node.hpp"

namespace terse::configuration {

class Problems {
 public:
  /// Does it; a ConfigurationError is kept. False when there was one.
  template <class Action>
  bool attempt(Action&& action) {
    try {
      std::forward<Action>(action)();
      return true;
    } catch (const ConfigurationError& error) {
      errors_.push_back(error);
      return false;
    }
  }
  void add(const ConfigurationError& error) { errors_.push_back(error); }

  [[nodiscard]] bool empty() const { return errors_.empty(); }
  /// Throws what was kept, if anything.
  void raise() const {
    if (!errors_.empty()) throw ConfigurationError(errors_);
  }

 private:
  std::vector<ConfigurationError> errors_;
};

}  // namespace terse::configuration
