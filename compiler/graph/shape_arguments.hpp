#pragma once
// Arguments of operators that move elements, which operator sets have stated as attributes and as inputs in turn.
// All throw CompileError with the problem alone; the caller knows file and node.
#include <vector>

#include "compiler/graph/model.hpp"

namespace terse::compiler::graph {

/// Inputs of a node that are constants; nullptr for one that is left out or computed.
using Constants = std::vector<const ConstantTensor*>;

Shape to_integers(const ConstantTensor& tensor);
/// Attribute `name`, else the constant input `index`, else `otherwise`.
Shape integers_argument(const Node& node, const char* name, const Constants& inputs, std::size_t index,
                        const Shape& otherwise);
/// An axis counted from the end when negative; throws when there is none such.
std::size_t axis_of(std::int64_t axis, std::size_t rank);
/// The target of Reshape, Flatten, Squeeze or Unsqueeze of a value of shape `from`.
Shape reshape_target(const Node& node, const Constants& inputs, const Shape& from);
/// Order of the input's axes in the output of Transpose.
std::vector<std::size_t> permutation(const Node& node, std::size_t rank);

/// The part of one axis that Slice, Split or Gather of one index takes.
struct AxisRange {
  std::size_t axis = 0;
  std::int64_t start = 0, count = 0, step = 1;
};
std::vector<AxisRange> slice_ranges(const Node& node, const Constants& inputs, const Shape& shape);
/// One range per output.
std::vector<AxisRange> split_ranges(const Node& node, const Constants& inputs, const Shape& shape);

/// Elements before and after each axis that Pad adds.
struct Padding {
  Shape before, after;
};
Padding padding_of(const Node& node, const Constants& inputs, std::size_t rank);
/// Output shape of Resize or Upsample, nearest neighbour; factors are whole numbers.
Shape resize_factors(const Node& node, const Constants& inputs, const Shape& shape);
/// Axes that ReduceMean reduces; all when it names none.
std::vector<std::size_t> reduced_axes(const Node& node, const Constants& inputs, std::size_t rank);

}  // namespace terse::compiler::graph
