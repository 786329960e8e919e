#pragma once
// The little of a VCD reader that tests need: every variable with its changes. Throws std::runtime_error at what IEEE 1364
// does not allow, or at times that go back.
#include <fmt/format.h>
#include <cstdint>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace terse::testing {

struct VcdVariable {
  std::string type;
  unsigned width = 0;
  std::vector<std::pair<std::uint64_t, std::string>> changes;  ///< Time and value, the initial one first.
};

/// Variables by "scope.scope.name".
class Vcd {
 public:
  explicit Vcd(const std::string& text) : words_(text) {
    while (words_ >> word_) {
      if (word_ == "$enddefinitions") break;
      define();
    }
    skip_to_end();
    while (words_ >> word_) change();
  }

  [[nodiscard]] const VcdVariable& at(const std::string& name) const { return variables_.at(names_.at(name)); }
  [[nodiscard]] const std::map<std::string, std::string>& names() const { return names_; }
  [[nodiscard]] std::uint64_t end() const { return time_; }
  [[nodiscard]] const std::string& timescale() const { return timescale_; }

 private:
  void skip_to_end() {
    while (word_ != "$end" && words_ >> word_) {
    }
    if (word_ != "$end") throw std::runtime_error("a section has no $end");
  }

  void define() {
    if (word_ == "$scope") {
      std::string kind, name;
      words_ >> kind >> name;
      scopes_.push_back(name);
    } else if (word_ == "$upscope") {
      if (scopes_.empty()) throw std::runtime_error("$upscope without a scope");
      scopes_.pop_back();
    } else if (word_ == "$var") {
      VcdVariable variable;
      std::string code, name, path;
      words_ >> variable.type >> variable.width >> code >> name;
      for (const std::string& scope : scopes_) path += scope + ".";
      if (!names_.emplace(path + name, code).second) throw std::runtime_error("two variables " + path + name);
      if (!variables_.emplace(code, variable).second) throw std::runtime_error("two variables of code " + code);
    } else if (word_ == "$timescale") {
      words_ >> timescale_ >> word_;
      timescale_ += word_;
    }
    skip_to_end();
  }

  void change() {
    std::string code;
    if (word_[0] == '#') {
      const std::uint64_t time = std::stoull(word_.substr(1));
      if (time < time_) throw std::runtime_error(fmt::format("time goes back from {} to {}", time_, time));
      time_ = time;
      return;
    }
    if (word_ == "$dumpvars" || word_ == "$end") return;
    std::string value = word_;
    if (value[0] == 'b' || value[0] == 's') {
      words_ >> code;
    } else {
      code = value.substr(1);
      value.resize(1);
      if (value.find_first_of("01xz") == std::string::npos) throw std::runtime_error("no value: " + word_);
    }
    variables_.at(code).changes.emplace_back(time_, value);
  }

  std::istringstream words_;
  std::string word_, timescale_;
  std::vector<std::string> scopes_;
  std::map<std::string, std::string> names_;
  std::map<std::string, VcdVariable> variables_;
  std::uint64_t time_ = 0;
};

}  // namespace terse::testing
