#pragma once
// From a lowered graph to operators as one operator set of ONNX defines them, so that any runtime can execute it.
//
//   standard_form.cpp       integers in use become Clip, images channels first, names of nodes unique
//   newest_operators.cpp    arguments where the newest operator set has them
#include "compiler/graph/model.hpp"

namespace terse::compiler::graph {

inline constexpr std::int64_t standard_opset = 20;

/// Throws CompileError that names the node which the standard cannot state (rounding of QONNX that is not to the
/// nearest, BipolarQuant of activations).
void to_standard_form(Model& model);

/// The node with attributes and inputs as `standard_opset` has them; `from`: the operator set that it is of.
/// `model` gets initializers for arguments that were attributes.
void to_newest_operator(Model& model, Node& node, std::int64_t from);

}  // namespace terse::compiler::graph
