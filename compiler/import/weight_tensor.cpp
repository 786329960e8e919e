#include "compiler/import/weight_tensor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "compiler/pattern.hpp"

namespace terse::compiler::importer {

namespace {

constexpr std::uint32_t plain_value_bits = 8;  // of real weights that no option decomposes

/// A part in the order of the accelerator, with one scale per output channel.
struct Matrix {
  std::vector<double> values;
  std::vector<double> scale;
};

Matrix reorder(const WeightPart& part, const WeightOrder& order) {
  if (part.scale.size() > 1 && part.axis != order.output_axis) {
    throw CompileError("its weight has a scale per input; accepted: one scale, or one per output channel");
  }
  Matrix matrix;
  matrix.values.reserve(order.output_channels * order.weights_per_channel);
  for (std::size_t o = 0; o < order.output_channels; ++o) {
    matrix.scale.push_back(part.scale.size() == 1 ? part.scale[0] : part.scale[o]);
    for (std::size_t k = 0; k < order.weights_per_channel; ++k) {
      matrix.values.push_back(part.tensor.values[order.element(o, k)]);
    }
  }
  return matrix;
}

std::vector<double> real_weights(const std::vector<Matrix>& parts, std::size_t weights_per_channel) {
  std::vector<double> sum(parts[0].values.size(), 0.0);
  for (const Matrix& part : parts) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += part.values[i] * part.scale[i / weights_per_channel];
  }
  return sum;
}

bool is_ternary(const Matrix& matrix) {
  return std::all_of(matrix.values.begin(), matrix.values.end(), [](double v) { return v >= -1 && v <= 1; });
}

bool is_zero(const Matrix& matrix) {
  return std::all_of(matrix.values.begin(), matrix.values.end(), [](double v) { return v == 0; });
}

void set_ternary(SplitWeights& split, const Matrix& matrix) {
  for (const double value : matrix.values) split.ternary.push_back(static_cast<std::int8_t>(value));
  split.ternary_scale = matrix.scale;
}

void set_values(SplitWeights& split, const Matrix& matrix) {
  for (const double value : matrix.values) {
    // Not-a-number is in no range.
    if (!(value >= std::numeric_limits<std::int16_t>::min() && value <= std::numeric_limits<std::int16_t>::max())) {
      throw CompileError("a high-precision weight needs more than 16 bits; accepted: up to 16");
    }
    split.values.push_back(static_cast<std::int16_t>(value));
  }
  split.value_scale = matrix.scale;
  split.value_bits = narrowest_value_bits(split.values);
  split.pattern = recognize_pattern(split.values, split.weights_per_channel, split.value_bits);
}

SplitWeights as_it_stands(const std::vector<Matrix>& parts, const WeightOrder& order) {
  SplitWeights split;
  split.output_channels = order.output_channels;
  split.weights_per_channel = order.weights_per_channel;
  if (parts.size() > 2) {
    throw CompileError("its weight is the sum of more than two tensors; accepted: ternary + high precision");
  }
  const auto ternary = std::find_if(parts.begin(), parts.end(), is_ternary);
  if (parts.size() == 2 && ternary == parts.end()) {
    throw CompileError(
        "its weight is the sum of two tensors, and neither has only the values -1, 0 and 1; accepted: ternary + high "
        "precision");
  }
  // A pass over zeros only costs cycles, unless it is the only one.
  const bool has_values =
      std::any_of(parts.begin(), parts.end(), [&](const Matrix& part) { return &part != &*ternary && !is_zero(part); });
  for (const Matrix& part : parts) {
    if (ternary != parts.end() && &part == &*ternary) {
      if (!has_values || !is_zero(part)) set_ternary(split, part);
    } else if (!is_zero(part)) {
      set_values(split, part);
    }
  }
  return split;
}

/// One part, which is high precision whatever its values are, as the file says.
SplitWeights as_stated(const std::vector<Matrix>& parts, const WeightOrder& order, const std::string& stated_pattern) {
  const auto stated = read_stated_pattern(stated_pattern);
  if (!stated || parts.size() != 1) {
    throw CompileError(
        fmt::format("the file says '{}' of its high-precision weights; accepted: one integer tensor with "
                    "'N:M of BITS bits', 'unstructured of BITS bits' or 'dense of BITS bits', BITS 4, 8 or 16",
                    stated_pattern));
  }
  SplitWeights split;
  split.output_channels = order.output_channels;
  split.weights_per_channel = order.weights_per_channel;
  set_values(split, parts[0]);
  if (split.value_bits > stated->value_bits ||
      !fits_pattern(split.values, split.weights_per_channel, stated->pattern)) {
    throw CompileError(
        fmt::format("the file says '{}' of its high-precision weights, and they do not keep to it", stated_pattern));
  }
  split.value_bits = stated->value_bits;
  split.pattern = stated->pattern;
  return split;
}

SplitWeights split(const WeightSum& sum, const WeightOrder& order, const DecompositionOptions* decompose_as,
                   const std::string& stated_pattern) {
  std::vector<Matrix> parts;
  for (const WeightPart& part : sum) parts.push_back(reorder(part, order));
  const bool any_real = std::any_of(sum.begin(), sum.end(), [](const WeightPart& part) { return part.is_real; });
  if (decompose_as == nullptr && !any_real) {
    return stated_pattern.empty() ? as_it_stands(parts, order) : as_stated(parts, order, stated_pattern);
  }
  const std::vector<double> weights = real_weights(parts, order.weights_per_channel);
  if (decompose_as != nullptr)
    return decompose(weights, {order.output_channels, order.weights_per_channel, order.input_channels}, *decompose_as,
                     order.activation_power);
  SplitWeights result = quantize_dense(weights, order.output_channels, plain_value_bits);
  result.pattern = recognize_pattern(result.values, result.weights_per_channel, result.value_bits);
  return result;
}

}  // namespace

std::size_t WeightPart::scale_index(std::size_t element) const {
  if (scale.size() == 1) return 0;
  std::size_t inner = 1;
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < tensor.dimensions.size(); ++i) {
    inner *= static_cast<std::size_t>(tensor.dimensions[i]);
  }
  return element / inner % scale.size();
}

SplitWeights split_weights(const WeightSum& sum, const WeightOrder& order, const DecompositionOptions* decompose_as,
                           const std::string& stated_pattern) {
  SplitWeights result = split(sum, order, decompose_as, stated_pattern);
  for (auto* scales : {&result.ternary_scale, &result.value_scale}) {
    for (double& scale : *scales) scale = static_cast<double>(static_cast<float>(scale));
  }
  return result;
}

}  // namespace terse::compiler::importer
