#pragma once
// Layers that the core computes: jobs of the network image (network_image.hpp). Each is defined to the bit in
// docs/numerics.md. Freestanding, little-endian, every structure a multiple of 4 bytes.
#include <cstdint>

namespace terse::image {

enum class Region : std::uint32_t;

enum class CoreOperation : std::uint32_t {
  table = 0,           ///< Data: CoreTable. One input.
  element_wise = 1,    ///< Data: CoreElementWise. Two inputs.
  rearrange = 2,       ///< Data: CoreRearrange, then its CoreBlocks. Any number of inputs.
  softmax = 3,         ///< Data: CoreSoftmax. One input.
  layer_norm = 4,      ///< Data: CoreLayerNorm, then a CoreChannel per channel. One input.
  matrix_product = 5,  ///< Data: CoreMatrixProduct. Two inputs.
};

/// A tensor of a job, tight [row][column][channel] from byte `offset` of the region on.
struct CoreOperand {
  Region region;
  std::uint32_t offset;
  std::uint32_t height, width, channels;
  std::uint32_t element_bytes;  ///< 1; outputs may have 4, then they are signed.
  std::uint32_t is_signed;
  std::int32_t zero_point;
};

inline constexpr std::uint32_t most_core_operands = 32;

struct CoreJob {
  CoreOperation operation;
  std::uint32_t first_operand;  ///< Index of the first input; the output is the last operand.
  std::uint32_t operand_count;
  std::int32_t clip_low, clip_high;
  std::uint32_t data;  ///< Byte offset within the image, a multiple of 4.
  std::uint32_t data_size;
};

/// y = clip(values[low 8 bits of q]).
struct CoreTable {
  std::int16_t values[256];
};

/// y = clip(round((m1 * (a - za) + m2 * (b - zb)) / 2^shift) + zy), or of the product (a - za) * (b - zb) * m1. A dimension
/// in which b has one element and a more repeats b.
struct CoreElementWise {
  std::uint32_t multiply;  ///< 0 or 1.
  std::int32_t first_multiplier, second_multiplier;
  std::uint32_t shift;
};

struct CoreBlock {
  std::uint32_t operand;              ///< Among the job's inputs.
  std::uint32_t source, destination;  ///< Elements.
  std::uint32_t extents[5];           ///< Outermost first.
  std::int32_t source_strides[5], destination_strides[5];
};

struct CoreRearrange {
  std::uint32_t block_count;
  std::uint32_t writes_fill;  ///< 1: elements that no block writes become `fill`, 0: there are none.
  std::int32_t fill;
};

/// Greatest first: exponentials[d] is what an element d below its pixel's greatest weighs.
struct CoreSoftmax {
  std::uint32_t exponentials[256];
  std::uint32_t multiplier, shift;  ///< 1 / output scale = multiplier / 2^shift.
};

struct CoreLayerNorm {
  std::uint32_t epsilon_low, epsilon_high;  ///< In units of the variance of sums, see docs/numerics.md.
  std::uint32_t shift;
};

/// gamma and beta of a channel.
struct CoreChannel {
  std::int32_t gamma;
  std::uint32_t beta_low;
  std::int32_t beta_high;
};

struct CoreStrides {
  std::int32_t batch, row, column;  ///< In elements.
};

struct CoreMatrixProduct {
  std::uint32_t batches, rows, columns, depth;
  CoreStrides a, b, y;  ///< a: row i, column k; b: row k, column j; y: row i, column j.
  std::int32_t multiplier;
  std::uint32_t shift;
};

/// Sums of products of two centred bytes fit 32 bits.
inline constexpr std::uint32_t most_core_depth = 33025;

/// Fraction bits of a normalized element of layer_norm.
inline constexpr std::uint32_t layer_norm_fraction = 20;

}  // namespace terse::image
