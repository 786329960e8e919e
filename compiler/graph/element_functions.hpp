#pragma once
// Operators that are a function of one element.
#include <functional>
#include <optional>

#include "compiler/graph/model.hpp"

namespace terse::compiler::graph {

using ElementFunction = std::function<double(double)>;

/// Relu, LeakyRelu, Elu, Sigmoid, HardSigmoid, HardSwish, Tanh, Erf, Gelu, ... with the node's attributes; nothing for
/// any other operator (Clip, whose bounds may be inputs, too).
std::optional<ElementFunction> element_function(const Node& node);

/// Add, Sub, Mul, Div, Pow, Min, Max of two elements; nothing for any other operator.
std::optional<std::function<double(double, double)>> element_function_of_two(const Node& node);

/// Halves to even, as QuantizeLinear does.
double round_half_even(double value);

}  // namespace terse::compiler::graph
