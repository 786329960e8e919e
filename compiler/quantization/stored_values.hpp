#pragma once
// Which values of a float graph the accelerator stores, and must therefore quantize.
#include <string>
#include <vector>

#include "compiler/graph/model.hpp"

namespace terse::compiler {

/// Names, in order of execution: the input, and every result that no operator after it takes in passing. Results that
/// only move elements share the range of what they move; the graph's output stays real where a linear layer makes it.
std::vector<std::string> stored_values(const graph::Model& model);

}  // namespace terse::compiler
