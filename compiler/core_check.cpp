#include "compiler/core_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/compiler.hpp"
#include "compiler/core_parameters.hpp"

namespace terse::compiler {

namespace {

constexpr std::uint32_t greatest_shift = 62;

template <typename... Arguments>
[[noreturn]] void fail(const Layer& layer, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  throw CompileError(
      fmt::format("layer '{}': {}", layer.name, fmt::format(text, std::forward<Arguments>(arguments)...)));
}

std::string size_text(const Tensor& tensor) {
  return fmt::format("{} x {} x {}", tensor.height, tensor.width, tensor.channels);
}

bool same_shape(const Tensor& a, const Tensor& b) {
  return a.height == b.height && a.width == b.width && a.channels == b.channels;
}

void check_scaling(const Layer& layer, const Scaling& scaling) {
  if (scaling.shift > greatest_shift) fail(layer, "a shift of {}; at most {}", scaling.shift, greatest_shift);
}

/// Whether steps along `strides` from `start` on stay within `elements`.
template <std::size_t dimensions>
bool strides_fit(std::uint32_t start, const std::array<std::uint32_t, dimensions>& counts,
                 const std::array<std::int32_t, dimensions>& strides, std::uint64_t elements) {
  std::int64_t low = start, high = start;
  for (std::size_t d = 0; d < dimensions; ++d) {
    if (counts[d] == 0) return false;
    const std::int64_t reach = std::int64_t{strides[d]} * (std::int64_t{counts[d]} - 1);
    (reach < 0 ? low : high) += reach;
  }
  return low >= 0 && high < static_cast<std::int64_t>(elements);
}

class OperationCheck {
 public:
  OperationCheck(const QuantizedNetwork& network, const Layer& layer)
      : network_(network),
        layer_(layer),
        input_(network.tensors[layer.input]),
        output_(network.tensors[layer.output]) {}

  void operator()(const TableOperation&) const {
    need_inputs(1);
    if (input_.elements() != output_.elements()) {
      fail(layer_, "a table of {} elements to {}", input_.elements(), output_.elements());
    }
  }

  void operator()(const ElementWiseOperation& operation) const {
    need_inputs(2);
    check_scaling(layer_, operation.first);
    const Tensor& second = network_.tensors[layer_.more_inputs[0]];
    const auto repeats = [](std::uint32_t size, std::uint32_t of) { return size == of || size == 1; };
    if (same_shape(input_, output_) && repeats(second.height, input_.height) && repeats(second.width, input_.width) &&
        repeats(second.channels, input_.channels)) {
      return;
    }
    fail(
        layer_,
        "operands of {} and {} to {}; the first must have the shape of the output, the second in each dimension too or "
        "one element",
        size_text(input_), size_text(second), size_text(output_));
  }

  void operator()(const RearrangeOperation& operation) const {
    if (output_.bits > 8) fail(layer_, "elements are rearranged as bytes; its output has {} bits", output_.bits);
    for (std::size_t i = 0; i <= layer_.more_inputs.size(); ++i) {
      const Tensor& operand = network_.tensors[i == 0 ? layer_.input : layer_.more_inputs[i - 1]];
      if (operand.is_signed == output_.is_signed && operand.zero_point == output_.zero_point) continue;
      fail(layer_, "operand '{}' differs from its output in sign or zero point; rescale it with a table before",
           operand.name);
    }
    const std::int32_t low = output_.is_signed ? -128 : 0;
    const std::int32_t least = output_.is_signed ? -(1 << (output_.bits - 1)) : 0;
    if (layer_.clip_low > std::max(low, least) || layer_.clip_high < least + (1 << output_.bits) - 1) {
      fail(layer_, "it clips to {} to {}; elements that are moved are not clipped", layer_.clip_low, layer_.clip_high);
    }
    std::vector<bool> written(output_.elements(), false);
    for (const auto& block : operation.blocks) check_block(block, written);
  }

  void operator()(const SoftmaxOperation&) const {
    need_inputs(1);
    need_same_shape();
    softmax_parameters(layer_, input_, output_);
  }

  void operator()(const LayerNormOperation& operation) const {
    need_inputs(1);
    need_same_shape();
    if (operation.gamma.size() != input_.channels || operation.beta.size() != input_.channels) {
      fail(layer_, "{} gammas and {} betas for {} channels", operation.gamma.size(), operation.beta.size(),
           input_.channels);
    }
    layer_norm_parameters(layer_, input_, output_);
  }

  void operator()(const MatrixProductOperation& p) const {
    need_inputs(2);
    check_scaling(layer_, p.scaling);
    if (p.depth > image::most_core_depth) {
      fail(layer_, "a matrix product over {} elements; at most {} fit 32 bits", p.depth, image::most_core_depth);
    }
    const Tensor& b = network_.tensors[layer_.more_inputs[0]];
    const auto fits = [&](const MatrixProductOperation::Strides& s, std::uint32_t rows, std::uint32_t columns,
                          const Tensor& tensor) {
      if (strides_fit<3>(0, {p.batches, rows, columns}, {s.batch, s.row, s.column}, tensor.elements())) return;
      fail(layer_, "{} matrices of {} x {} with strides {}, {}, {} leave '{}' of {} elements", p.batches, rows, columns,
           s.batch, s.row, s.column, tensor.name, tensor.elements());
    };
    fits(p.a, p.rows, p.depth, input_);
    fits(p.b, p.depth, p.columns, b);
    fits(p.y, p.rows, p.columns, output_);
    if (std::uint64_t{p.batches} * p.rows * p.columns != output_.elements()) {
      fail(layer_, "{} matrices of {} x {} do not make {} elements", p.batches, p.rows, p.columns, output_.elements());
    }
  }

 private:
  void need_inputs(std::size_t count) const {
    if (layer_.more_inputs.size() + 1 == count) return;
    fail(layer_, "{} operands; this operation of the core takes {}", layer_.more_inputs.size() + 1, count);
  }

  void need_same_shape() const {
    if (same_shape(input_, output_)) return;
    fail(layer_, "its input is {}, its output {}; they must be the same", size_text(input_), size_text(output_));
  }

  void check_block(const RearrangeOperation::Block& block, std::vector<bool>& written) const {
    if (block.operand > layer_.more_inputs.size())
      fail(layer_, "a block of operand {}, which it does not have", block.operand);
    const Tensor& operand = network_.tensors[block.operand == 0 ? layer_.input : layer_.more_inputs[block.operand - 1]];
    if (!strides_fit<5>(block.source, block.extents, block.source_strides, operand.elements()) ||
        !strides_fit<5>(block.destination, block.extents, block.destination_strides, output_.elements())) {
      fail(layer_, "a block leaves '{}' of {} or its output of {} elements", operand.name, operand.elements(),
           output_.elements());
    }
    std::array<std::uint32_t, 5> index{};
    for (;;) {
      std::int64_t at = block.destination;
      for (std::size_t d = 0; d < 5; ++d) at += std::int64_t{index[d]} * block.destination_strides[d];
      if (written[static_cast<std::size_t>(at)]) fail(layer_, "two blocks write output element {}", at);
      written[static_cast<std::size_t>(at)] = true;
      std::size_t d = 5;
      while (d > 0 && ++index[d - 1] == block.extents[d - 1]) index[--d] = 0;
      if (d == 0) return;
    }
  }

  const QuantizedNetwork& network_;
  const Layer& layer_;
  const Tensor& input_;
  const Tensor& output_;
};

}  // namespace

void check_core_layer(const QuantizedNetwork& network, const Layer& layer) {
  if (!layer.operation) fail(layer, "it runs on the core, but has no operation");
  if (layer.residual != Layer::no_tensor)
    fail(layer, "operations of the core have no residual; give it as a further input");
  if (layer.more_inputs.size() + 1 > image::most_core_operands) {
    fail(layer, "{} operands; an operation of the core takes at most {}", layer.more_inputs.size() + 1,
         image::most_core_operands);
  }
  std::visit(OperationCheck(network, layer), *layer.operation);
}

}  // namespace terse::compiler
