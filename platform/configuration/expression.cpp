#include "platform/configuration/expression.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <muparserx/mpParser.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

namespace terse::configuration {
namespace {

using Json = nlohmann::ordered_json;

bool starts_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

/// A function of numbers; muParserX has none of these.
class Function final : public mup::ICallback {
 public:
  using Of = double (*)(double, double);
  Function(const char* name, int arguments, Of of) : ICallback(mup::cmFUNC, name, arguments), of_(of) {}

  void Eval(mup::ptr_val_type& result, const mup::ptr_val_type* arguments, int count) override {
    const double second = count > 1 ? arguments[1]->GetFloat() : 0;
    *result = mup::float_type(of_(arguments[0]->GetFloat(), second));
  }
  const mup::char_type* GetDesc() const override { return "a function of numbers"; }
  IToken* Clone() const override { return new Function(*this); }  // NOLINT: muParserX owns its tokens by raw pointer

 private:
  Of of_;
};

/// Functions of muParserX, and those above.
const std::vector<std::string>& functions() {
  static const std::vector<std::string> names = {"abs",   "sqrt",  "cbrt", "exp", "ln",    "log",  "log2",
                                                 "log10", "sin",   "cos",  "tan", "min",   "max",  "sum",
                                                 "pow",   "hypot", "fmod", "mod", "floor", "ceil", "round"};
  return names;
}

/// Words of the parser itself.
bool is_word(const std::string& name) {
  static const std::vector<std::string> words = {"true", "false", "pi", "e"};
  return std::find(words.begin(), words.end(), name) != words.end();
}

/// Names that stand for parameters. Refuses '=', which muParserX would take for an assignment.
std::vector<std::string> names_in(const std::string& text, const Place& place) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at = std::min(text.find('"', at + 1), text.size() - 1) + 1;
    } else if (starts_name(text[at])) {
      std::size_t end = at;
      while (end < text.size() && in_name(text[end])) ++end;
      const std::string name = text.substr(at, end - at);
      const std::size_t next = text.find_first_not_of(' ', end);
      const bool function = next != std::string::npos && text[next] == '(';
      if (function && std::find(functions().begin(), functions().end(), name) == functions().end()) {
        const std::string near = nearest(name, functions());
        throw ConfigurationError(place,
                                 fmt::format("'{}': there is no function '{}'; {}", text, name,
                                             near.empty() ? fmt::format("known: {}", fmt::join(functions(), ", "))
                                                          : fmt::format("did you mean '{}'?", near)));
      }
      if (!function && !is_word(name) && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
      at = end;
    } else if (std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
      while (at < text.size() && in_name(text[at])) ++at;  // 2.5e3
    } else {
      const bool compares = text[at] == '=' && at + 1 < text.size() && text[at + 1] == '=';
      const bool after =
          text[at] == '=' && at > 0 && (text[at - 1] == '<' || text[at - 1] == '>' || text[at - 1] == '!');
      if (text[at] == '=' && !compares && !after) {
        throw ConfigurationError(place, fmt::format("'{}': a single '=' compares nothing; write '=='", text));
      }
      at += compares ? 2 : 1;
    }
  }
  return names;
}

}  // namespace

class Expression::Parser {
 public:
  Parser(const std::string& text, const std::vector<std::string>& names) {
    parser_.DefineNameChars("0123456789_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    const auto one = [&](const char* name, Function::Of of) { parser_.DefineFun(new Function(name, 1, of)); };
    one("floor", [](double x, double) { return std::floor(x); });
    one("ceil", [](double x, double) { return std::ceil(x); });
    one("round", [](double x, double) { return std::round(x); });
    parser_.DefineFun(new Function("mod", 2, [](double x, double y) { return x - y * std::floor(x / y); }));
    for (const auto& name : names) parser_.DefineVar(name, mup::Variable(&values_[name]));
    parser_.SetExpr(text);
    parser_.GetExprVar();  // parses now, so that mistakes are found before there are values
  }

  void set(const std::string& name, const Json& value) {
    mup::Value& here = values_.at(name);
    if (value.is_boolean()) {
      here = mup::Value(value.get<bool>());
    } else if (value.is_number()) {
      here = mup::Value(mup::float_type(value.get<double>()));
    } else {
      here = mup::Value(mup::string_type(value.get<std::string>()));
    }
  }

  Json value() {
    const mup::IValue& result = parser_.Eval();
    switch (result.GetType()) {
      case 'b':
        return result.GetBool();
      case 's':
        return result.GetString();
      case 'i':
      case 'f':
        break;
      default:
        throw mup::ParserError("the result is no number, text or truth value");
    }
    const double number = result.GetFloat();
    if (!std::isfinite(number)) throw mup::ParserError("the result is not finite (a division by zero?)");
    const bool whole = number == std::floor(number) && std::abs(number) < 0x1p53;
    return whole ? Json(static_cast<std::int64_t>(number)) : Json(number);
  }

 private:
  std::map<std::string, mup::Value> values_;  // addresses are bound: must outlive and not move
  mup::ParserX parser_{mup::pckCOMMON | mup::pckNON_COMPLEX | mup::pckSTRING};
};

Expression::Expression(const std::string& text, const Place& place)
    : text_(text), place_(place), names_(names_in(text, place)) {
  try {
    parser_ = std::make_unique<Parser>(text, names_);
  } catch (const mup::ParserError& error) {
    throw ConfigurationError(place, fmt::format("'{}': {}", text, error.GetMsg()));
  }
}

Expression::~Expression() = default;
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;

Json Expression::value(const Lookup& lookup) {
  for (const auto& name : names_) parser_->set(name, lookup(name, place_));
  try {
    return parser_->value();
  } catch (const mup::ParserError& error) {
    throw ConfigurationError(place_, fmt::format("'{}': {}", text_, error.GetMsg()));
  }
}

bool Expression::holds(const Lookup& lookup) {
  const Json result = value(lookup);
  if (result.is_boolean()) return result.get<bool>();
  throw ConfigurationError(
      place_, fmt::format("'{}' is {}; a constraint must be true or false, as in platform.scratchpad.banks >= 4", text_,
                          result.dump()));
}

}  // namespace terse::configuration
