#pragma once
// The network in integers: what the importer and the quantizer make, what the golden reference evaluates un-split, and
// what the tiler and packer turn into an image. Knows nothing of hardware.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/core_operation.hpp"

namespace terse::compiler {

/// An activation tensor, layout [row][column][channel], one image.
struct Tensor {
  std::string name;
  std::uint32_t height = 1;
  std::uint32_t width = 1;
  std::uint32_t channels = 1;
  std::uint32_t bits = 8;  ///< 2, 4 or 8, each in a byte of its own, or 32 for network outputs that are not quantized.
  bool is_signed = false;
  double scale = 1.0;
  std::int32_t zero_point = 0;  ///< real = scale * (integer - zero_point); padding of a window reads zero_point.

  [[nodiscard]] std::uint64_t elements() const { return std::uint64_t{height} * width * channels; }
  [[nodiscard]] std::uint32_t element_bytes() const { return bits <= 8 ? 1 : bits / 8; }
  [[nodiscard]] std::uint64_t bytes() const { return elements() * element_bytes(); }
};

/// core: see Layer::operation.
enum class LayerKind { convolution, fully_connected, max_pool, average_pool, add, core };

/// y = clip(round_half_away((dense * at + sparse * as + residual * r + bias) >> shift)), 64-bit; one per output
/// channel. The sums are over stored integers: the zero points of input, residual and output are part of the bias.
struct Requantization {
  std::int16_t dense = 0;
  std::int16_t sparse = 0;
  std::int16_t residual = 0;
  std::uint8_t shift = 0;
  std::int64_t bias = 0;
};

/// How the positions of the high-precision weights are laid out, hence stored.
struct Pattern {
  enum class Kind { none, unstructured, n_of_m, dense } kind = Kind::none;
  std::uint32_t n = 0;
  std::uint32_t m = 0;
};

struct Window {
  std::uint32_t kernel_height = 1, kernel_width = 1;
  std::uint32_t stride_y = 1, stride_x = 1;
  std::uint32_t dilation_y = 1, dilation_x = 1;
  std::uint32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
};

/// One layer. Weights are indexed [output_channel * weights_per_channel + k] with
/// k = (kernel_row * kernel_width + kernel_column) * (input_channels / groups) + channel within the group.
struct Layer {
  std::string name;
  LayerKind kind = LayerKind::convolution;
  std::size_t input = 0;  ///< Index into QuantizedNetwork::tensors.
  std::size_t output = 0;
  std::size_t residual = no_tensor;      ///< Second operand of add, or the fused residual.
  std::vector<std::size_t> more_inputs;  ///< Operands of kind core after `input`.
  Window window;
  std::uint32_t groups = 1;  ///< Of a convolution: output channel o reads the inputs of group o / (outputs / groups).
  std::vector<std::int8_t> ternary;          ///< -1, 0, +1; empty: no dense pass.
  std::vector<std::int16_t> high_precision;  ///< 0 where none; empty: no sparse pass.
  std::uint32_t value_bits = 8;              ///< Width of high-precision values: 4, 8, 16.
  Pattern pattern;
  std::vector<Requantization> requantization;
  std::int32_t clip_low = 0;
  std::int32_t clip_high = 255;
  std::optional<CoreOperation> operation;  ///< Of kind core.
  double weight_error = 0;                 ///< Relative L2 error of the weights against the file's.

  static constexpr std::size_t no_tensor = static_cast<std::size_t>(-1);
};

struct QuantizedNetwork {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Layer> layers;  ///< In execution order.
  std::size_t input = 0;
  std::size_t output = 0;
};

}  // namespace terse::compiler
