#pragma once
// Evaluates operators as the ONNX specification defines them, in double precision: folds constants, and runs a whole
// graph for calibration and for the error of a quantized network. Slow and plain on purpose.
//
//   evaluate.cpp           the walk, element-wise operators, quantization
//   evaluate_windows.cpp   Conv, pooling
//   evaluate_matrices.cpp  MatMul, Gemm, normalization, Softmax, ReduceMean
//   evaluate_shapes.cpp    operators that move elements
#include <map>
#include <string>
#include <vector>

#include "compiler/graph/model.hpp"
#include "compiler/graph/shape_arguments.hpp"

namespace terse::compiler::graph {

/// Outputs of a node. Throws CompileError with the problem alone for an operator it does not know, inputs that are left
/// out, and shapes that do not fit.
std::vector<ConstantTensor> evaluate_node(const Node& node, const Constants& inputs);

using TensorValues = std::map<std::string, ConstantTensor>;

/// Every value of the graph for one input (of the first port's shape, N = 1). Errors name file and node.
TensorValues evaluate_graph(const Model& model, const ConstantTensor& input);

/// A tensor of zeros. Throws CompileError when it would not fit memory sensibly (2^27 elements).
ConstantTensor zeros(const Shape& shape, ElementType type = ElementType::float32);

// -- one function per kind of operator; empty when `node` is none of them ------------------------------------------
std::vector<ConstantTensor> evaluate_window_operator(const Node& node, const Constants& inputs);
std::vector<ConstantTensor> evaluate_matrix_operator(const Node& node, const Constants& inputs);
std::vector<ConstantTensor> evaluate_shape_operator(const Node& node, const Constants& inputs);

/// Input `index`; throws CompileError when it is left out or not constant.
const ConstantTensor& input_of(const Node& node, const Constants& inputs, std::size_t index);
/// Strides, in elements, of a row-major tensor.
Shape strides_of(const Shape& shape);

}  // namespace terse::compiler::graph
