#include "compiler/decomposition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compiler/pattern.hpp"

namespace terse::compiler {

namespace {

constexpr double ternary_threshold = 0.7;  // of mean |w|; Ternary Weight Networks, equation 6

using Positions = std::vector<char>;  // 1: high precision

/// A channel whose weights are all zero still needs a scale that divides.
double usable(double scale) {
  return scale > 0 ? scale : 1.0;
}

/// Ternarizes the weights of one channel that are not in high precision; returns the scale.
double ternarize(std::span<const double> weights, std::span<const char> precise, std::span<std::int8_t> ternary) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (precise[k] != 0) continue;
    sum += std::abs(weights[k]);
    ++count;
  }
  const double threshold = count == 0 ? 0 : ternary_threshold * sum / static_cast<double>(count);
  double kept_sum = 0;
  std::size_t kept = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    ternary[k] = 0;
    if (precise[k] != 0 || std::abs(weights[k]) <= threshold) continue;
    ternary[k] = weights[k] > 0 ? std::int8_t{1} : std::int8_t{-1};
    kept_sum += std::abs(weights[k]);
    ++kept;
  }
  return usable(kept == 0 ? 0 : kept_sum / static_cast<double>(kept));
}

/// Quantizes the high-precision weights of one channel; returns the scale.
double quantize_values(std::span<const double> weights, std::span<const char> precise, std::uint32_t bits,
                       std::span<std::int16_t> values) {
  const double limit = std::ldexp(1.0, static_cast<int>(bits) - 1) - 1;
  double greatest = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (precise[k] != 0) greatest = std::max(greatest, std::abs(weights[k]));
  }
  const double scale = usable(greatest / limit);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    values[k] = precise[k] == 0 ? std::int16_t{0}
                                : static_cast<std::int16_t>(std::clamp(std::round(weights[k] / scale), -limit, limit));
  }
  return scale;
}

/// Splits by given positions; parts that `with_ternary` or `with_values` exclude stay empty.
SplitWeights split(std::span<const double> weights, std::size_t output_channels, const Positions& precise,
                   std::uint32_t value_bits, bool with_ternary, bool with_values) {
  SplitWeights result;
  result.output_channels = output_channels;
  result.weights_per_channel = weights.size() / output_channels;
  result.value_bits = value_bits;
  if (with_ternary) result.ternary.resize(weights.size());
  if (with_values) result.values.resize(weights.size());
  const std::size_t row = result.weights_per_channel;
  for (std::size_t first = 0; first < weights.size(); first += row) {
    const auto channel = weights.subspan(first, row);
    const auto chosen = std::span(precise).subspan(first, row);
    if (with_ternary) {
      result.ternary_scale.push_back(ternarize(channel, chosen, std::span(result.ternary).subspan(first, row)));
    }
    if (with_values) {
      result.value_scale.push_back(
          quantize_values(channel, chosen, value_bits, std::span(result.values).subspan(first, row)));
    }
  }
  return result;
}

/// How much a weight gains from high precision.
std::vector<double> scores(std::span<const double> weights, std::size_t output_channels,
                           DecompositionOptions::Criterion criterion) {
  std::vector<double> result(weights.begin(), weights.end());
  if (criterion == DecompositionOptions::Criterion::residual_error) {
    const SplitWeights ternary = split(weights, output_channels, Positions(weights.size(), 0), 8, true, false);
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i] -= ternary.ternary[i] * ternary.ternary_scale[i / ternary.weights_per_channel];
    }
  }
  for (double& score : result) score = std::abs(score);
  return result;
}

/// Marks the `count` best of scores[first, first + size), the earlier one on a tie.
void mark_best(std::span<const double> score, std::size_t first, std::size_t size, std::size_t count,
               Positions& precise) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), first);
  const auto better = [&](std::size_t a, std::size_t b) { return score[a] != score[b] ? score[a] > score[b] : a < b; };
  const auto last = order.begin() + static_cast<std::ptrdiff_t>(std::min(count, size));
  std::partial_sort(order.begin(), last, order.end(), better);
  std::for_each(order.begin(), last, [&](std::size_t i) { precise[i] = 1; });
}

Positions choose_positions(std::span<const double> weights, std::size_t output_channels,
                           const DecompositionOptions& options) {
  Positions precise(weights.size(), 0);
  const std::vector<double> score = scores(weights, output_channels, options.criterion);
  if (options.pattern == Pattern::Kind::unstructured) {
    const auto count = std::lround(options.density * static_cast<double>(weights.size()));
    mark_best(score, 0, weights.size(), static_cast<std::size_t>(count), precise);
    return precise;
  }
  const std::size_t row = weights.size() / output_channels;
  for (std::size_t channel = 0; channel < weights.size(); channel += row) {
    for (std::size_t k = 0; k < row; k += options.m) {
      mark_best(score, channel + k, std::min<std::size_t>(options.m, row - k), options.n, precise);
    }
  }
  return precise;
}

void check(const DecompositionOptions& options) {
  if (!(options.density >= 0 && options.density <= 1)) {
    throw CompileError(
        fmt::format("decomposition: density is {}; it is a fraction of the weights, 0 to 1", options.density));
  }
  if (std::find(std::begin(value_widths), std::end(value_widths), options.value_bits) == std::end(value_widths)) {
    throw CompileError(fmt::format("decomposition: value_bits is {}; it must be 4, 8 or 16", options.value_bits));
  }
  if (options.pattern == Pattern::Kind::n_of_m && (options.n < 1 || options.n > options.m || options.m > 255)) {
    throw CompileError(fmt::format("decomposition: pattern {}:{}; N:M needs 1 <= N <= M <= 255", options.n, options.m));
  }
}

}  // namespace

SplitWeights quantize_dense(std::span<const double> weights, std::size_t output_channels, std::uint32_t value_bits) {
  SplitWeights result = split(weights, output_channels, Positions(weights.size(), 1), value_bits, false, true);
  result.pattern.kind = Pattern::Kind::dense;
  result.error = relative_error(weights, result);
  return result;
}

SplitWeights decompose(std::span<const double> weights, std::size_t output_channels,
                       const DecompositionOptions& options) {
  using Kind = Pattern::Kind;
  check(options);
  if (options.pattern == Kind::dense || options.density == 1) {
    return quantize_dense(weights, output_channels, options.value_bits);
  }
  const bool mixed = options.pattern != Kind::none && options.density > 0;
  const Positions precise = mixed ? choose_positions(weights, output_channels, options) : Positions(weights.size(), 0);
  SplitWeights result = split(weights, output_channels, precise, options.value_bits, true, mixed);
  if (mixed) result.pattern = {options.pattern, options.n, options.m};
  if (options.pattern == Kind::unstructured) result.pattern.n = result.pattern.m = 0;
  result.error = relative_error(weights, result);
  return result;
}

double relative_error(std::span<const double> weights, const SplitWeights& split) {
  double error = 0;
  double energy = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t channel = i / split.weights_per_channel;
    double approximation = 0;
    if (!split.ternary.empty()) approximation += split.ternary[i] * split.ternary_scale[channel];
    if (!split.values.empty()) approximation += split.values[i] * split.value_scale[channel];
    error += (weights[i] - approximation) * (weights[i] - approximation);
    energy += weights[i] * weights[i];
  }
  return energy > 0 ? std::sqrt(error / energy) : 0;
}

}  // namespace terse::compiler
