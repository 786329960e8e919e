#include "compiler/graph/element_functions.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

namespace terse::compiler::graph {

namespace {

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

double gelu(double x) {
  return x * 0.5 * (1 + std::erf(x / std::numbers::sqrt2));
}

double gelu_by_tanh(double x) {
  return x * 0.5 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}

double hard_sigmoid(double x, double alpha, double beta) {
  return std::clamp(alpha * x + beta, 0.0, 1.0);
}

const std::map<std::string, double (*)(double)>& plain_functions() {
  static const std::map<std::string, double (*)(double)> functions{
      {"Relu", [](double x) { return std::max(x, 0.0); }},
      {"Sigmoid", &sigmoid},
      {"HardSwish", [](double x) { return x * hard_sigmoid(x, 1.0 / 6, 0.5); }},
      {"Mish", [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
      {"Softplus", [](double x) { return std::log1p(std::exp(x)); }},
      {"Softsign", [](double x) { return x / (1 + std::abs(x)); }},
      {"Tanh", [](double x) { return std::tanh(x); }},
      {"Erf", [](double x) { return std::erf(x); }},
      {"Exp", [](double x) { return std::exp(x); }},
      {"Log", [](double x) { return std::log(x); }},
      {"Sqrt", [](double x) { return std::sqrt(x); }},
      {"Reciprocal", [](double x) { return 1 / x; }},
      {"Abs", [](double x) { return std::abs(x); }},
      {"Neg", [](double x) { return -x; }},
      {"Floor", [](double x) { return std::floor(x); }},
      {"Ceil", [](double x) { return std::ceil(x); }},
      {"Round", &round_half_even},
      {"terse.BipolarSign", [](double x) { return x >= 0 ? 1.0 : -1.0; }},  // of BipolarQuant
      {"Sign", [](double x) { return x > 0   ? 1.0
                                     : x < 0 ? -1.0
                                             : 0.0; }}};
  return functions;
}

}  // namespace

double round_half_even(double value) {
  const double rounded = std::round(value);
  return std::abs(value - std::trunc(value)) == 0.5 ? 2 * std::round(value / 2) : rounded;
}

std::optional<ElementFunction> element_function(const Node& node) {
  const std::string& op = node.operation;
  if (const auto plain = plain_functions().find(op); plain != plain_functions().end()) return plain->second;
  if (op == "Gelu") return node.text("approximate", "none") == "tanh" ? &gelu_by_tanh : &gelu;
  if (op == "LeakyRelu") {
    return [slope = node.real("alpha", 0.01)](double x) { return x < 0 ? slope * x : x; };
  }
  if (op == "Elu") {
    return [alpha = node.real("alpha", 1)](double x) { return x < 0 ? alpha * std::expm1(x) : x; };
  }
  if (op == "HardSigmoid") {
    return [alpha = node.real("alpha", 0.2), beta = node.real("beta", 0.5)](double x) {
      return hard_sigmoid(x, alpha, beta);
    };
  }
  return std::nullopt;
}

std::optional<std::function<double(double, double)>> element_function_of_two(const Node& node) {
  static const std::map<std::string, double (*)(double, double)> functions{{"Add", [](double a, double b) { return a + b; }},
                                                                           {"Sub", [](double a, double b) { return a - b; }},
                                                                           {"Mul", [](double a, double b) { return a * b; }},
                                                                           {"Div", [](double a, double b) { return a / b; }},
                                                                           {"Pow", [](double a, double b) { return std::pow(a, b); }},
                                                                           {"Min", [](double a, double b) { return std::min(a, b); }},
                                                                           {"Max", [](double a, double b) { return std::max(a, b); }}};
  const auto found = functions.find(node.operation);
  if (found == functions.end()) return std::nullopt;
  return found->second;
}

}  // namespace terse::compiler::graph
