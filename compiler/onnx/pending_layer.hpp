#pragma once
// A layer whose output the file has not quantized yet: operators are folded into it until QuantizeLinear gives the
// output its scale.
#include <limits>
#include <vector>

#include "compiler/quantized_network.hpp"

namespace terse::compiler::onnx_import {

struct PendingLayer {
  Layer layer;                 ///< Weights, window, operands; requantization and clip bounds are still open.
  Tensor shape;                ///< Name and size of the output.
  bool flattened = false;      ///< The file sees the output as [N, C * H * W].
  std::vector<double> dense;   ///< Real value of one unit of the dense accumulator, per output channel.
  std::vector<double> sparse;  ///< The same of the sparse accumulator.
  std::vector<double> bias;    ///< Real, per output channel.
  double residual = 0;         ///< Real value of one unit of the residual.
  double low = -std::numeric_limits<double>::infinity();  ///< Bounds by Relu and Clip.
  double high = std::numeric_limits<double>::infinity();
  bool bounded = false;     ///< A Relu or Clip was folded: nothing can be added any more.
  bool keeps_grid = false;  ///< Every output is an input (max pooling): usable without QuantizeLinear.

  void clip(double least, double greatest);
  [[nodiscard]] bool has_weights() const {
    return layer.kind == LayerKind::convolution || layer.kind == LayerKind::fully_connected;
  }
};

/// The layer with the requantization and the clip bounds of an output in `format` (bits, is_signed, scale).
/// Throws CompileError when the scales cannot be stated in 16-bit multipliers.
Layer finish(const PendingLayer& pending, const Tensor& format);

/// A 32-bit output for a result that the file leaves real: the finest power of two for which no possible output leaves
/// 31 bits and every multiplier fits.
Tensor real_output_format(const PendingLayer& pending, const std::vector<Tensor>& tensors);

}  // namespace terse::compiler::onnx_import
