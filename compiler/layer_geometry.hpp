#pragma once
// Shapes of a layer as the units see them: a fully connected layer is a 1 x 1 convolution over a single pixel.
#include <cstdint>
#include <vector>

#include "compiler/quantized_network.hpp"

namespace terse::compiler {

struct LayerGeometry {
  std::uint32_t input_height = 1, input_width = 1, input_channels = 1;
  std::uint32_t output_height = 1, output_width = 1, output_channels = 1;
  Window window;
  std::uint32_t output_element_bytes = 1;
  bool has_weights = false;  ///< Convolution or fully connected: runs on tmac and spu.
  bool has_residual = false;
  std::uint64_t weights_per_channel = 0;

  [[nodiscard]] std::uint64_t output_pixels() const { return std::uint64_t{output_height} * output_width; }
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
};

/// `count` outputs from `first` on, of an input of `size` rows. Needs padding smaller than the window, so that every
/// window touches the input.
InputSpan input_span(std::uint32_t first, std::uint32_t count, std::uint32_t size, std::uint32_t pad_before,
                     std::uint32_t kernel, std::uint32_t dilation, std::uint32_t stride);

}  // namespace terse::compiler
