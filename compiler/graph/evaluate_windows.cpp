// Conv and pooling, of one or two spatial dimensions.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "compiler/compiler.hpp"
#include "compiler/graph/evaluate.hpp"
#include "compiler/graph/window_arguments.hpp"

namespace terse::compiler::graph {

namespace {

/// [N, C, L] as [N, C, 1, L].
ConstantTensor as_image(ConstantTensor tensor) {
  if (tensor.dimensions.size() == 3) tensor.dimensions.insert(tensor.dimensions.begin() + 2, 1);
  if (tensor.dimensions.size() != 4) throw CompileError("its input is no image; accepted: [N, C, H, W] or [N, C, L]");
  return tensor;
}

/// Calls visit(kernel row, kernel column, input row, input column) for each position inside the input.
template <typename Visit>
void for_each_tap(const WindowArguments& w, const Shape& in, std::int64_t row, std::int64_t column, Visit visit) {
  for (std::int64_t i = 0; i < w.kernel[0]; ++i) {
    for (std::int64_t j = 0; j < w.kernel[1]; ++j) {
      const std::int64_t y = row * w.strides[0] + i * w.dilations[0] - w.pads[0];
      const std::int64_t x = column * w.strides[1] + j * w.dilations[1] - w.pads[1];
      if (y >= 0 && x >= 0 && y < in[2] && x < in[3]) visit(i, j, y, x);
    }
  }
}

std::size_t index(const Shape& s, std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
  return static_cast<std::size_t>(((n * s[1] + c) * s[2] + y) * s[3] + x);
}

/// fill(n, c, y, x) for every element of the output, whose shape loses the row of one-dimensional images again.
template <typename Fill>
ConstantTensor filled(const Shape& shape, bool one_dimensional, Fill fill) {
  ConstantTensor out = zeros(shape);
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    for (std::int64_t c = 0; c < shape[1]; ++c) {
      for (std::int64_t y = 0; y < shape[2]; ++y) {
        for (std::int64_t x = 0; x < shape[3]; ++x) out.values[index(shape, n, c, y, x)] = fill(n, c, y, x);
      }
    }
  }
  if (one_dimensional) out.dimensions.erase(out.dimensions.begin() + 2);
  return out;
}

ConstantTensor convolution(const Node& node, const Constants& inputs) {
  const bool flat = input_of(node, inputs, 0).dimensions.size() == 3;
  const ConstantTensor in = as_image(input_of(node, inputs, 0)), weight = as_image(input_of(node, inputs, 1));
  const ConstantTensor* bias = inputs.size() > 2 ? inputs[2] : nullptr;
  const Shape &is = in.dimensions, &ws = weight.dimensions;
  const WindowArguments w = window_arguments(node, {ws[2], ws[3]}, {is[2], is[3]});
  const std::int64_t groups = node.integer("group", 1);
  if (groups < 1 || ws[1] * groups != is[1] || ws[0] % groups != 0) {
    throw CompileError(fmt::format("its weight has {} input channels, its input {}", ws[1] * groups, is[1]));
  }
  const std::int64_t outputs_per_group = ws[0] / groups;
  const Shape shape{is[0], ws[0], w.outputs[0], w.outputs[1]};
  return filled(shape, flat, [&](std::int64_t n, std::int64_t o, std::int64_t y, std::int64_t x) {
    double sum = bias == nullptr ? 0 : bias->values.at(static_cast<std::size_t>(o));
    const std::int64_t first = o / outputs_per_group * ws[1];
    for_each_tap(w, is, y, x, [&](std::int64_t i, std::int64_t j, std::int64_t row, std::int64_t column) {
      for (std::int64_t c = 0; c < ws[1]; ++c) {
        sum += in.values[index(is, n, first + c, row, column)] * weight.values[index(ws, o, c, i, j)];
      }
    });
    return sum;
  });
}

ConstantTensor pooling(const Node& node, const Constants& inputs) {
  const bool flat = input_of(node, inputs, 0).dimensions.size() == 3;
  const ConstantTensor in = as_image(input_of(node, inputs, 0));
  const Shape& is = in.dimensions;
  const bool global = node.operation.starts_with("Global"), maximum = node.operation.ends_with("MaxPool");
  const WindowArguments w =
      window_arguments(node, global ? Shape{is[2], is[3]} : node.integers("kernel_shape", {}), {is[2], is[3]});
  const bool counts_padding = node.integer("count_include_pad", 0) != 0;
  const Shape shape{is[0], is[1], w.outputs[0], w.outputs[1]};
  return filled(shape, flat, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
    double sum = 0, greatest = -std::numeric_limits<double>::infinity(), taps = 0;
    for_each_tap(w, is, y, x, [&](std::int64_t, std::int64_t, std::int64_t row, std::int64_t column) {
      const double value = in.values[index(is, n, c, row, column)];
      sum += value;
      greatest = std::max(greatest, value);
      ++taps;
    });
    return maximum ? greatest : sum / (counts_padding ? static_cast<double>(w.kernel[0] * w.kernel[1]) : taps);
  });
}

}  // namespace

std::vector<ConstantTensor> evaluate_window_operator(const Node& node, const Constants& inputs) {
  const std::string& op = node.operation;
  if (op == "Conv") return {convolution(node, inputs)};
  if (op == "MaxPool" || op == "AveragePool" || op == "GlobalAveragePool" || op == "GlobalMaxPool") {
    return {pooling(node, inputs)};
  }
  return {};
}

}  // namespace terse::compiler::graph
