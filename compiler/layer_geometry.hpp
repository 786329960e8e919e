#pragma once
// Shapes of a layer as the units see them: a fully connected layer is a 1 x 1 convolution over a single pixel.
#include <cstdint>
#include <vector>

#include "compiler/quantized_network.hpp"

namespace terse::compiler {

/// A run of input channels.
struct ChannelSlice {
  std::uint32_t first = 0, count = 0;
};

struct LayerGeometry {
  std::uint32_t input_height = 1, input_width = 1, input_channels = 1;
  std::uint32_t output_height = 1, output_width = 1, output_channels = 1;
  Window window;
  std::uint32_t output_element_bytes = 1;
  bool has_weights = false;  ///< Convolution or fully connected: runs on tmac and spu.
  bool has_residual = false;
  /// Padding that is no zero: the DMA writes it into the tile, and jobs see a larger input without padding.
  bool stores_padding = false;
  std::uint32_t groups = 1;
  std::uint64_t weights_per_channel = 0;  ///< Real ones: those of the channel's own group.

  [[nodiscard]] std::uint64_t output_pixels() const { return std::uint64_t{output_height} * output_width; }
  [[nodiscard]] std::uint64_t kernel_positions() const {
    return std::uint64_t{window.kernel_height} * window.kernel_width;
  }
  /// The input channels that a block of output channels reads: all, those of the groups it touches, or without weights
  /// its own.
  [[nodiscard]] ChannelSlice input_slice(std::uint32_t first_channel, std::uint32_t channels) const;
  /// Most input channels that a block reads when the output channels are cut into blocks of `channels`.
  [[nodiscard]] std::uint32_t widest_slice(std::uint32_t channels) const;
};

LayerGeometry geometry_of(const Layer& layer, const std::vector<Tensor>& tensors);

/// Output rows (or columns) of a window over `size` rows with padding; 0 when the window does not fit.
std::uint32_t window_outputs(std::uint32_t size, std::uint32_t pad_before, std::uint32_t pad_after,
                             std::uint32_t kernel, std::uint32_t dilation, std::uint32_t stride);

/// The input rows (or columns) that a run of output rows needs.
struct InputSpan {
  std::uint32_t first = 0;  ///< Within the whole input.
  std::uint32_t count = 0;
  std::uint32_t pad_before = 0;  ///< Padding before `first` that the first window sees.
  std::uint32_t pad_after = 0;   ///< Padding behind the span that the last window sees.
};

/// `count` outputs from `first` on, of an input of `size` rows. Needs padding smaller than the window, so that every
/// window touches the input.
InputSpan input_span(std::uint32_t first, std::uint32_t count, std::uint32_t size, std::uint32_t pad_before,
                     std::uint32_t kernel, std::uint32_t dilation, std::uint32_t stride);

}  // namespace terse::compiler
