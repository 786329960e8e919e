#pragma once
// A layer whose output the file has not quantized yet: operators are folded into it until QuantizeLinear gives the
// output its scale. Every front end ends here, so that folding of bias, bounds, residual and zero points exists once.
#include <limits>
#include <string>
#include <vector>

#include "compiler/graph/element_functions.hpp"
#include "compiler/import/view.hpp"
#include "compiler/quantized_network.hpp"

namespace terse::compiler::importer {

/// How the file quantizes an activation.
struct ActivationFormat {
  bool is_signed = false;
  std::uint32_t bits = 8;
  double scale = 1;
  std::int32_t zero_point = 0;
  std::int32_t least = 0, greatest = 255;  ///< The integers in use, possibly fewer than the bits allow.
  double rounding_offset = 0;              ///< Added before rounding to the nearest.

  static ActivationFormat of(const Tensor& tensor);
};

struct PendingLayer {
  Layer layer;                 ///< Weights, window, operands; requantization and clip bounds are still open.
  Tensor shape;                ///< Name and size of the output.
  View view;                   ///< How the file sees the output.
  std::vector<double> dense;   ///< Real value of one unit of the dense accumulator, per output channel.
  std::vector<double> sparse;  ///< The same of the sparse accumulator.
  std::vector<double> bias;    ///< Real, per output channel.
  double residual = 0;         ///< Real value of one unit of the residual.
  /// Of kind core: real value of one unit of each operand (element-wise addition), or of a product.
  std::vector<double> gains;
  graph::ElementFunction function;                        ///< Applied to the real output; a table's own function.
  double low = -std::numeric_limits<double>::infinity();  ///< Bounds by Relu and Clip.
  double high = std::numeric_limits<double>::infinity();
  bool bounded = false;     ///< A Relu or Clip was folded: nothing can be added any more.
  bool keeps_grid = false;  ///< Every output is an input (max pooling, copies): usable without QuantizeLinear.

  static constexpr std::size_t no_weights = static_cast<std::size_t>(-1);
  /// Which of the imported weights each part has.
  std::size_t dense_weights = no_weights, sparse_weights = no_weights;
  bool is_copy = false;         ///< Copies an activation, all channels alike so far.
  std::string root;             ///< Values with the same root are functions of the same elements.
  double gain = 1, offset = 0;  ///< The output is clip(gain * layer + offset), until fold_gain().

  /// Makes gain and offset part of the layer's factors.
  void fold_gain();
  /// The output times `factor` plus `term`, bounds included.
  void scale_output(double factor, double term);
  /// A copy with a function is a table.
  void make_table();
  /// The function from the root's elements to this value's.
  [[nodiscard]] graph::ElementFunction whole_function() const;
  void clip(double least, double greatest);
  [[nodiscard]] bool has_weights() const {
    return layer.kind == LayerKind::convolution || layer.kind == LayerKind::fully_connected;
  }
  /// Convolution, fully connected, pooling, addition: an affine function of its operands.
  [[nodiscard]] bool is_linear() const { return layer.kind != LayerKind::core; }
  [[nodiscard]] bool is_table() const {
    return layer.operation && std::holds_alternative<TableOperation>(*layer.operation);
  }
  /// Nothing was folded behind which a factor or a sum would come too late.
  [[nodiscard]] bool is_open() const { return !bounded && !function; }
};

/// The layer with requantization, table or scaling, and clip bounds for an output in `format`. A function after
/// anything but a table must have been taken off before (function_input_format).
/// Throws CompileError when the scales cannot be stated in the multipliers.
Layer finish(const PendingLayer& pending, const ActivationFormat& format, const std::vector<Tensor>& tensors);

/// A 32-bit output for a result that the file leaves real: the finest power of two for which no possible output leaves
/// 31 bits and every multiplier fits.
ActivationFormat real_output_format(const PendingLayer& pending, const std::vector<Tensor>& tensors);

/// The grid on which the input of `function` is stored when its output has `format`: 8 bits over the range in which
/// the quantized output changes.
ActivationFormat function_input_format(const graph::ElementFunction& function, const ActivationFormat& format);

}  // namespace terse::compiler::importer
