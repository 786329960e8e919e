#pragma once
// Layers that the accelerator cannot do: they run on the core, in the driver, tensor to tensor in memory. Integers
// only, each defined to the bit in docs/numerics.md. q is a stored integer, z its tensor's zero point; tensors have the
// layout [row][column][channel]. Every result is clipped to [Layer::clip_low, Layer::clip_high].
#include <array>
#include <cstdint>
#include <variant>
#include <vector>

namespace terse::compiler {

/// round_half_away(value * multiplier / 2^shift); 0 <= shift <= 62, the product fits 63 bits.
struct Scaling {
  std::int32_t multiplier = 0;
  std::uint8_t shift = 0;
};

/// Any function of one element: y = values[the low 8 bits of q]. Of an input of fewer than 8 bits only some are used.
struct TableOperation {
  std::array<std::int16_t, 256> values{};
};

/// y = round((first.multiplier * (qa - za) + second.multiplier * (qb - zb)) / 2^shift) + zy, or with `multiply`
/// y = round((qa - za) * (qb - zb) * first.multiplier / 2^shift) + zy; shift is first's.
/// The second operand has the shape of the first, or one row, column or channel where the first has more.
struct ElementWiseOperation {
  bool multiply = false;
  Scaling first, second;
};

/// Copies of blocks of elements, which must not overlap in the output: concatenation, slicing, padding, transposition,
/// nearest-neighbour resizing. Operand 0 is Layer::input, operand i is Layer::more_inputs[i - 1]; all have the output's
/// scale and zero point (rescale with a table before).
struct RearrangeOperation {
  struct Block {
    std::uint32_t operand = 0;
    std::uint32_t source = 0, destination = 0;            ///< Element offsets of the block's first element.
    std::array<std::uint32_t, 5> extents{1, 1, 1, 1, 1};  ///< Outermost first.
    std::array<std::int32_t, 5> source_strides{}, destination_strides{};  ///< In elements; a source stride may be 0.
  };
  std::vector<Block> blocks;
  std::int16_t fill = 0;  ///< What elements have that no block writes.
};

/// Over the channels of each pixel: y = round(exp(sx * (q - greatest q)) / sum of these / sy) + zy.
struct SoftmaxOperation {};

/// Over the channels of each pixel: y = round((gamma * (x - mean) / sqrt(variance + epsilon) + beta) / sy) + zy.
struct LayerNormOperation {
  std::vector<double> gamma, beta;  ///< One per channel, real.
  double epsilon = 1e-5;
};

/// `batches` products y[i][j] = round(sum over k of (qa[i][k] - za) * (qb[k][j] - zb) * scaling) + zy; a is
/// Layer::input, b is more_inputs[0], each element addressed by strides, so that transposed operands and heads that lie
/// side by side in the channels need no copy.
struct MatrixProductOperation {
  std::uint32_t batches = 1, rows = 1, columns = 1, depth = 1;
  struct Strides {
    std::int32_t batch = 0, row = 0, column = 0;  ///< In elements; for a (i, k), for b (k, j), for y (i, j).
  };
  Strides a, b, y;
  Scaling scaling;
};

using CoreOperation = std::variant<TableOperation, ElementWiseOperation, RearrangeOperation, SoftmaxOperation,
                                   LayerNormOperation, MatrixProductOperation>;

}  // namespace terse::compiler
