#pragma once
// The window of Conv and pooling as the file states it.
#include "compiler/graph/model.hpp"

namespace terse::compiler::graph {

/// Rows, then columns. One-dimensional windows have one row.
struct WindowArguments {
  Shape kernel, strides, dilations;
  Shape pads;     ///< top, left, bottom, right; with what auto_pad and ceil_mode add.
  Shape outputs;  ///< Rows and columns of the output.
};

/// `kernel` has the weight's or kernel_shape's dimensions, `input` rows and columns. Fields are 1 to 255, padding 0 to
/// 255. Throws CompileError with the problem alone.
WindowArguments window_arguments(const Node& node, const Shape& kernel, const Shape& input);

}  // namespace terse::compiler::graph
