#include "tests/compiler/random_core_layer.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "tests/compiler/random_network.hpp"

namespace terse::testing {

namespace {

using compiler::ElementWiseOperation;
using compiler::Layer;
using compiler::LayerNormOperation;
using compiler::MatrixProductOperation;
using compiler::QuantizedNetwork;
using compiler::RearrangeOperation;
using compiler::Scaling;
using compiler::TableOperation;
using compiler::Tensor;

/// Of a matrix product: its output has the square of them, per head.
constexpr std::uint32_t most_rows = 30;

class CoreLayerMaker {
 public:
  CoreLayerMaker(QuantizedNetwork& network, RandomNetwork& random) : network_(network), random_(random) {}

  void run() {
    layer_.kind = compiler::LayerKind::core;
    layer_.name = "layer" + std::to_string(network_.layers.size());
    layer_.input = network_.tensors.size() - 1;
    output_ = input();
    output_.name = layer_.name;
    output_.bits = 8;
    output_.is_signed = random_.chance(0.5);
    output_.zero_point = static_cast<std::int32_t>(output_.is_signed ? number(-128, 127) : number(0, 255));
    output_.scale = 0.001 * static_cast<double>(number(1, 100));
    network_.tensors[layer_.input].scale = 0.001 * static_cast<double>(number(1, 300));
    const std::uint32_t pixels = input().height * input().width;
    switch (number(0, pixels <= most_rows ? 5 : 4)) {
      case 0:
        make_table();
        break;
      case 1:
        make_element_wise();
        break;
      case 2:
        make_rearrangement();
        break;
      case 3:
        layer_.operation = compiler::SoftmaxOperation{};
        break;
      case 4:
        make_layer_norm();
        break;
      default:
        make_matrix_product();
        break;
    }
    layer_.clip_low = output_.is_signed ? -128 : 0;
    layer_.clip_high = layer_.clip_low + 255;
    const bool moves = std::holds_alternative<RearrangeOperation>(*layer_.operation);
    if (!moves && random_.chance(0.3)) {
      layer_.clip_low += static_cast<std::int32_t>(number(0, 100));
      layer_.clip_high -= static_cast<std::int32_t>(number(0, 100));
    }
    layer_.output = network_.tensors.size();
    network_.tensors.push_back(output_);
    network_.layers.push_back(layer_);
  }

 private:
  std::int64_t number(std::int64_t low, std::int64_t high) { return random_.number(low, high); }
  [[nodiscard]] const Tensor& input() const { return network_.tensors[layer_.input]; }

  Scaling scaling(std::int64_t greatest_multiplier, std::int64_t greatest_shift) {
    return {static_cast<std::int32_t>(number(-greatest_multiplier, greatest_multiplier)),
            static_cast<std::uint8_t>(number(0, greatest_shift))};
  }

  void make_table() {
    TableOperation table;
    for (std::int16_t& value : table.values) value = static_cast<std::int16_t>(number(-300, 300));
    layer_.operation = table;
  }

  /// The second operand is the input or any earlier tensor that can repeat over it.
  void make_element_wise() {
    std::size_t second = layer_.input;
    const auto repeats = [](std::uint32_t size, std::uint32_t of) { return size == of || size == 1; };
    for (std::size_t i = 0; i < network_.tensors.size(); ++i) {
      const Tensor& t = network_.tensors[i];
      const bool fits =
          repeats(t.height, input().height) && repeats(t.width, input().width) && repeats(t.channels, input().channels);
      if (t.bits <= 8 && fits && random_.chance(0.5)) second = i;
    }
    layer_.more_inputs = {second};
    ElementWiseOperation operation;
    operation.multiply = random_.chance(0.5);
    const bool narrow = random_.chance(0.5);  // both arithmetics of the driver
    operation.first = narrow ? scaling(1 << 14, 16) : scaling(2147483647, 40);
    operation.second = narrow ? scaling(1 << 14, 16) : scaling(2147483647, 40);
    layer_.operation = operation;
  }

  /// Any order of the dimensions, each cut, reversed or padded, twice side by side.
  void make_rearrangement() {
    output_.is_signed = input().is_signed;
    output_.zero_point = input().zero_point;
    std::array<std::uint32_t, 3> sizes{input().height, input().width, input().channels};
    const std::array<std::int32_t, 3> strides{static_cast<std::int32_t>(sizes[1] * sizes[2]),
                                              static_cast<std::int32_t>(sizes[2]), 1};
    std::array<std::size_t, 3> order{0, 1, 2};
    for (std::size_t i = 2; i > 0; --i)
      std::swap(order[i], order[static_cast<std::size_t>(number(0, static_cast<std::int64_t>(i)))]);
    std::array<std::uint32_t, 3> begin{}, count{}, before{}, whole{};
    for (std::size_t d = 0; d < 3; ++d) {
      begin[d] = static_cast<std::uint32_t>(random_.chance(0.5) ? 0 : number(0, sizes[d] - 1));
      count[d] = static_cast<std::uint32_t>(random_.chance(0.5) ? sizes[d] - begin[d] : number(1, sizes[d] - begin[d]));
    }
    for (std::size_t d = 0; d < 3; ++d) {
      before[d] = static_cast<std::uint32_t>(random_.chance(0.7) ? 0 : number(0, 2));
      whole[d] = before[d] + count[order[d]] + static_cast<std::uint32_t>(random_.chance(0.7) ? 0 : number(0, 2));
    }
    const std::uint32_t copies = random_.chance(0.5) ? 1 : 2;
    const auto channels = static_cast<std::int32_t>(whole[2] * copies), width = static_cast<std::int32_t>(whole[1]);
    RearrangeOperation operation;
    for (std::uint32_t copy = 0; copy < copies; ++copy) {
      RearrangeOperation::Block block;
      block.operand = copy;
      block.destination =
          (before[0] * whole[1] + before[1]) * static_cast<std::uint32_t>(channels) + before[2] + copy * whole[2];
      block.destination_strides = {0, 0, width * channels, channels, 1};
      for (std::size_t d = 0; d < 3; ++d) {
        const std::size_t from = order[d];
        const bool reversed = random_.chance(0.2), repeated = random_.chance(0.1);
        block.extents[d + 2] = count[from];
        block.source_strides[d + 2] = repeated ? 0 : reversed ? -strides[from] : strides[from];
        const std::uint32_t first = begin[from] + (reversed && !repeated ? count[from] - 1 : 0);
        block.source += first * static_cast<std::uint32_t>(strides[from]);
      }
      operation.blocks.push_back(block);
    }
    if (copies == 2) layer_.more_inputs = {layer_.input};
    operation.fill = static_cast<std::int16_t>(output_.is_signed ? number(-128, 127) : number(0, 255));
    layer_.operation = operation;
    output_.height = whole[0];
    output_.width = whole[1];
    output_.channels = static_cast<std::uint32_t>(channels);
  }

  void make_layer_norm() {
    LayerNormOperation operation;
    for (std::uint32_t c = 0; c < input().channels; ++c) {
      operation.gamma.push_back(0.001 * static_cast<double>(number(-2000, 2000)));
      operation.beta.push_back(0.001 * static_cast<double>(number(-1000, 1000)));
    }
    operation.epsilon = random_.chance(0.3) ? 0 : 1e-5;
    layer_.operation = operation;
  }

  /// x x^T over the pixels, in heads, or pixels by an earlier tensor that has as many pixels as there are channels.
  void make_matrix_product() {
    const auto channels = static_cast<std::int32_t>(input().channels);
    std::uint32_t heads = 1;
    do {
      heads = static_cast<std::uint32_t>(number(1, std::min(input().channels, 4u)));
    } while (input().channels % heads != 0);
    const std::uint32_t pixels = input().height * input().width;
    const auto depth = channels / static_cast<std::int32_t>(heads);
    MatrixProductOperation p;
    p.batches = heads;
    p.rows = p.columns = pixels;
    p.depth = static_cast<std::uint32_t>(depth);
    p.a = {depth, channels, 1};
    p.b = {depth, 1, channels};
    const auto columns = static_cast<std::int32_t>(pixels);
    p.y = {columns * columns, columns, 1};
    p.scaling =
        random_.chance(0.5) ? Scaling{static_cast<std::int32_t>(number(-1000, 1000)), 16} : scaling(2147483647, 50);
    layer_.more_inputs = {layer_.input};
    layer_.operation = p;
    output_.height = heads;
    output_.width = pixels;
    output_.channels = pixels;
  }

  QuantizedNetwork& network_;
  RandomNetwork& random_;
  Layer layer_;
  Tensor output_;
};

}  // namespace

void add_random_core_layer(QuantizedNetwork& network, RandomNetwork& random) {
  CoreLayerMaker(network, random).run();
}

}  // namespace terse::testing
