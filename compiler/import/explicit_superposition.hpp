#pragma once
// The imported network as a graph that any runtime executes: each layer's ternary and high-precision weights as they
// are, and where a layer has both, two operators whose results are added.
#include "compiler/import/import.hpp"

namespace terse::compiler {

/// The weights' scales are those that the accelerator's multipliers stand for. Imported again, it gives the same network. Throws CompileError for what the standard operators cannot state.
graph::Model explicit_superposition(const ImportedNetwork& imported);

}  // namespace terse::compiler
