#pragma once
// A layer's input as its windows see it.
#include <cstdint>
#include <vector>

#include "compiler/quantized_network.hpp"

namespace terse::reference {

/// The shape that a layer's windows move over. A fully connected layer is a 1 x 1 convolution over one pixel that has all
/// elements of the input as its channels.
inline compiler::Tensor input_shape(const compiler::QuantizedNetwork& network, const compiler::Layer& layer) {
  compiler::Tensor input = network.tensors[layer.input];
  if (layer.kind == compiler::LayerKind::fully_connected) {
    input.channels = static_cast<std::uint32_t>(input.elements());
    input.height = input.width = 1;
  }
  return input;
}

/// A layer's input, and the pixel that its windows read outside.
class PaddedInput {
 public:
  PaddedInput(const compiler::QuantizedNetwork& network, const compiler::Layer& layer,
              const std::vector<std::int32_t>& values)
      : shape_(input_shape(network, layer)), values_(values) {
    // Zeros add nothing, and padding takes no part in a maximum: then positions outside are left out.
    if (shape_.zero_point != 0 && layer.kind != compiler::LayerKind::max_pool)
      outside_.assign(shape_.channels, shape_.zero_point);
  }

  [[nodiscard]] const compiler::Tensor& shape() const { return shape_; }
  /// First element of input pixel (row, column), or nullptr in padding that is left out.
  [[nodiscard]] const std::int32_t* pixel(std::int64_t row, std::int64_t column) const {
    if (row < 0 || column < 0 || row >= shape_.height || column >= shape_.width) {
      return outside_.empty() ? nullptr : outside_.data();
    }
    return values_.data() + (row * shape_.width + column) * shape_.channels;
  }

 private:
  compiler::Tensor shape_;
  const std::vector<std::int32_t>& values_;
  std::vector<std::int32_t> outside_;
};

/// Calls `visit(tap, pixel)` for each position of the window of output (row, column) that is not left out.
template <typename Visit>
void for_each_tap(const PaddedInput& input, const compiler::Window& window, std::uint32_t row, std::uint32_t column,
                  Visit visit) {
  for (std::uint32_t i = 0; i < window.kernel_height; ++i) {
    for (std::uint32_t j = 0; j < window.kernel_width; ++j) {
      const std::int64_t y = std::int64_t{row} * window.stride_y + std::int64_t{i} * window.dilation_y - window.pad_top;
      const std::int64_t x =
          std::int64_t{column} * window.stride_x + std::int64_t{j} * window.dilation_x - window.pad_left;
      if (const std::int32_t* p = input.pixel(y, x)) visit(i * window.kernel_width + j, p);
    }
  }
}

}  // namespace terse::reference
