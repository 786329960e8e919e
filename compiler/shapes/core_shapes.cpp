#include "compiler/shapes/core_shapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/compiler.hpp"
#include "compiler/shapes/seeded_weights.hpp"
#include "compiler/shapes/shape_text.hpp"

namespace terse::compiler {

namespace {

constexpr double greatest_of_table = 4, greatest_of_softmax = 8, greatest_of_norm = 4;
constexpr double headroom = 0.9, saturating_share = 0.001;
constexpr double leaky_slope = 0.1;
constexpr std::uint8_t scaling_shift = 24;

double function_of(const std::string& name, double x) {
  if (name == "sigmoid") return 1 / (1 + std::exp(-x));
  if (name == "gelu") return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
  if (name == "hard_swish") return x * std::clamp(x + 3, 0.0, 6.0) / 6;
  return x < 0 ? leaky_slope * x : x;  // leaky_relu
}

class CoreShapeBuilder {
 public:
  CoreShapeBuilder(QuantizedNetwork& network, Layer layer, const LayerShape& shape, std::uint64_t seed,
                   const reference::Activations& activations)
      : network_(network),
        layer_(std::move(layer)),
        shape_(shape),
        seed_(seed),
        activations_(activations),
        output_(network.tensors[layer_.input]) {
    output_.name = shape.name;
    output_.zero_point = 0;
    output_.bits = 8;
    output_.is_signed = true;
  }

  void run() {
    switch (shape_.core) {
      case CoreShape::table:
        make_table();
        break;
      case CoreShape::concat:
        make_concatenation();
        break;
      case CoreShape::multiply:
        make_product();
        break;
      case CoreShape::softmax:
        make_softmax();
        break;
      case CoreShape::layer_norm:
        make_layer_norm();
        break;
      case CoreShape::matrix_product:
        make_matrix_product();
        break;
    }
    layer_.clip_high = greatest_of(output_);
    layer_.clip_low = output_.is_signed ? -layer_.clip_high - (shape_.core == CoreShape::concat ? 1 : 0) : 0;
    layer_.output = network_.tensors.size();
    network_.tensors.push_back(output_);
    network_.layers.push_back(std::move(layer_));
  }

 private:
  [[nodiscard]] const Tensor& input() const { return network_.tensors[layer_.input]; }
  [[nodiscard]] const Tensor& second() const { return network_.tensors[layer_.more_inputs.front()]; }

  void make_table() {
    const double unit = greatest_of_table / greatest_of(input());
    output_.is_signed = shape_.function != "sigmoid";
    output_.scale = output_.is_signed ? greatest_of_table / greatest_of(output_) : 1.0 / greatest_of(output_);
    TableOperation table;
    for (int byte = 0; byte < 256; ++byte) {
      const int q = input().is_signed && byte > 127 ? byte - 256 : byte;
      table.values[static_cast<std::size_t>(byte)] =
          static_cast<std::int16_t>(std::lround(function_of(shape_.function, q * unit) / output_.scale));
    }
    layer_.operation = table;
  }

  void make_concatenation() {
    if (input().height != second().height || input().width != second().width) {
      fail(shape_, "concat of {} and {}; give both the same rows and columns", size_text(input()), size_text(second()));
    }
    if (input().is_signed != second().is_signed) {
      fail(shape_, "concat of outputs with and without sign; give both layers the same relu");
    }
    output_.is_signed = input().is_signed;
    output_.bits = std::max(input().bits, second().bits);
    output_.channels = input().channels + second().channels;
    const auto block = [&](std::uint32_t operand, const Tensor& tensor, std::uint32_t first) {
      const auto from = static_cast<std::int32_t>(tensor.channels), to = static_cast<std::int32_t>(output_.channels);
      return RearrangeOperation::Block{
          operand,         0, first, {1, 1, 1, tensor.height * tensor.width, tensor.channels}, {0, 0, 0, from, 1},
          {0, 0, 0, to, 1}};
    };
    layer_.operation = RearrangeOperation{{block(0, input(), 0), block(1, second(), input().channels)}, 0};
  }

  void make_product() {
    const auto repeats = [](std::uint32_t size, std::uint32_t of) { return size == of || size == 1; };
    if (!repeats(second().height, input().height) || !repeats(second().width, input().width) ||
        !repeats(second().channels, input().channels)) {
      fail(shape_, "{} times {}; in each dimension the second must have as many elements as the first, or one",
           size_text(input()), size_text(second()));
    }
    output_.is_signed = input().is_signed || second().is_signed;
    output_.bits = input().bits;
    ElementWiseOperation operation;
    operation.multiply = true;
    operation.first = {static_cast<std::int32_t>((1 << scaling_shift) / greatest_of(second())), scaling_shift};
    layer_.operation = operation;
  }

  void make_softmax() {
    network_.tensors[layer_.input].scale = greatest_of_softmax / greatest_of(input());
    output_.is_signed = false;
    output_.scale = 1.0 / 256;
    layer_.operation = SoftmaxOperation{};
  }

  void make_layer_norm() {
    output_.scale = greatest_of_norm / greatest_of(output_);
    SeededStream random(seed_, static_cast<std::uint32_t>(network_.layers.size()));
    LayerNormOperation operation;
    const auto draw = [&](double middle, double spread) { return middle + spread * (random.below(2001) / 1000.0 - 1); };
    for (std::uint32_t c = 0; c < input().channels; ++c) {
      operation.gamma.push_back(draw(1, 0.5));
      operation.beta.push_back(draw(0, 0.25));
    }
    layer_.operation = operation;
  }

  /// Pixels are rows. With `transpose` the channels of both are cut into heads, which give an output row each: y = a b^T.
  /// Without, each row of a is a head's, and the channels of b are cut: the heads' results lie side by side.
  void make_matrix_product() {
    const std::uint32_t heads = shape_.heads;
    const auto a_channels = static_cast<std::int32_t>(input().channels);
    const auto b_channels = static_cast<std::int32_t>(second().channels);
    const std::uint32_t b_pixels = second().height * second().width;
    MatrixProductOperation p;
    p.batches = heads;
    if (second().channels % heads != 0) {
      fail(shape_, "{} heads of {} channels; the channels must be a multiple of the heads", heads, second().channels);
    }
    const auto head = static_cast<std::int32_t>(second().channels / heads);
    if (shape_.transpose) {
      if (input().channels != second().channels) {
        fail(shape_, "{} channels times {} transposed; give both the same channels", input().channels,
             second().channels);
      }
      p.rows = input().height * input().width;
      p.columns = b_pixels;
      p.depth = static_cast<std::uint32_t>(head);
      const auto columns = static_cast<std::int32_t>(p.columns);
      p.a = {head, a_channels, 1};
      p.b = {head, 1, b_channels};
      p.y = {static_cast<std::int32_t>(p.rows) * columns, columns, 1};
      output_.height = heads;
      output_.width = p.rows;
      output_.channels = p.columns;
    } else {
      if (input().height != heads || input().channels != b_pixels) {
        fail(shape_,
             "{} times {} with {} heads; the first needs {} rows, and as many channels as the second has pixels",
             size_text(input()), size_text(second()), heads, heads);
      }
      p.rows = input().width;
      p.columns = static_cast<std::uint32_t>(head);
      p.depth = input().channels;
      p.a = {static_cast<std::int32_t>(p.rows) * a_channels, a_channels, 1};
      p.b = {head, b_channels, 1};
      p.y = {head, b_channels, 1};
      output_.height = second().height;
      output_.width = second().width;
      output_.channels = second().channels;
    }
    p.scaling = scaling_of(p);
    layer_.operation = p;
  }

  [[nodiscard]] Scaling scaling_of(const MatrixProductOperation& p) const {
    const auto& a = activations_[layer_.input];
    const auto& b = activations_[layer_.more_inputs.front()];
    std::vector<double> magnitudes;
    for (std::int64_t batch = 0; batch < p.batches; ++batch) {
      for (std::int64_t i = 0; i < p.rows; ++i) {
        for (std::int64_t j = 0; j < p.columns; ++j) {
          std::int64_t sum = 0;
          for (std::int64_t k = 0; k < p.depth; ++k) {
            sum += std::int64_t{a[static_cast<std::size_t>(batch * p.a.batch + i * p.a.row + k)]} *
                   b[static_cast<std::size_t>(batch * p.b.batch + k * p.b.row + j * p.b.column)];
          }
          magnitudes.push_back(std::abs(static_cast<double>(sum)));
        }
      }
    }
    const auto at = static_cast<std::ptrdiff_t>((1 - saturating_share) * static_cast<double>(magnitudes.size() - 1));
    std::nth_element(magnitudes.begin(), magnitudes.begin() + at, magnitudes.end());
    const double top = std::max(magnitudes[static_cast<std::size_t>(at)], 1.0);
    return {static_cast<std::int32_t>(std::lround(std::ldexp(headroom * greatest_of(output_) / top, scaling_shift))),
            scaling_shift};
  }

  QuantizedNetwork& network_;
  Layer layer_;
  const LayerShape& shape_;
  std::uint64_t seed_;
  const reference::Activations& activations_;
  Tensor output_;
};

}  // namespace

void add_core_shape(QuantizedNetwork& network, Layer layer, const LayerShape& shape, std::uint64_t seed,
                    const reference::Activations& activations) {
  CoreShapeBuilder(network, std::move(layer), shape, seed, activations).run();
}

}  // namespace terse::compiler
