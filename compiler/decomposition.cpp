#include "compiler/decomposition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "compiler/pattern.hpp"
#include "compiler/position_choice.hpp"

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

/// The ternary part of all weights, and the difference to it in high precision where `precise`.
SplitWeights correct(std::span<const double> weights, std::size_t output_channels, const Positions& precise,
                     std::uint32_t value_bits) {
  SplitWeights result = split(weights, output_channels, Positions(weights.size(), 0), value_bits, true, false);
  std::vector<double> rest(weights.begin(), weights.end());
  for (std::size_t i = 0; i < rest.size(); ++i) {
    rest[i] -= result.ternary[i] * result.ternary_scale[i / result.weights_per_channel];
  }
  const SplitWeights values = split(rest, output_channels, precise, value_bits, false, true);
  result.values = values.values;
  result.value_scale = values.value_scale;
  return result;
}

}  // namespace

std::vector<double> precision_scores(std::span<const double> weights, const WeightGrid& grid,
                                     const DecompositionOptions& options, std::span<const double> activation_power) {
  using Criterion = DecompositionOptions::Criterion;
  std::vector<double> result(weights.begin(), weights.end());
  if (options.criterion == Criterion::random) {
    std::mt19937_64 random(options.seed);
    for (double& score : result) score = static_cast<double>(random() >> 11);
    return result;
  }
  if (options.criterion != Criterion::magnitude) {
    const SplitWeights ternary = split(weights, grid.output_channels, Positions(weights.size(), 0), 8, true, false);
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i] -= ternary.ternary[i] * ternary.ternary_scale[i / ternary.weights_per_channel];
    }
  }
  const bool weighted = options.criterion == Criterion::activation_weighted;
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = std::abs(result[i]) * (weighted ? std::sqrt(activation_power[i % grid.weights_per_channel]) : 1);
  }
  return result;
}

namespace {

void check(const DecompositionOptions& options) {
  if (!(options.density >= 0 && options.density <= 1)) {
    throw CompileError(
        fmt::format("decomposition: density is {}; it is a fraction of the weights, 0 to 1", options.density));
  }
  if (std::find(std::begin(value_widths), std::end(value_widths), options.value_bits) == std::end(value_widths)) {
    throw CompileError(fmt::format("decomposition: value_bits is {}; it must be 4, 8 or 16", options.value_bits));
  }
  if (options.placement == DecompositionOptions::Placement::block &&
      (options.block_rows < 1 || options.block_columns < 1)) {
    throw CompileError(fmt::format("decomposition: blocks of {} x {}; both must be 1 or more", options.block_rows,
                                   options.block_columns));
  }
  if (options.pattern == Pattern::Kind::n_of_m && (options.n < 1 || options.n > options.m || options.m > 255)) {
    throw CompileError(fmt::format("decomposition: pattern {}:{}; N:M needs 1 <= N <= M <= 255", options.n, options.m));
  }
}

}  // namespace

SplitWeights split_at(std::span<const double> weights, std::size_t output_channels, std::span<const char> precise,
                      std::uint32_t value_bits, DecompositionOptions::Composition composition) {
  const Positions positions(precise.begin(), precise.end());
  const bool mixed = std::ranges::find(positions, 1) != positions.end();
  SplitWeights result = mixed && composition == DecompositionOptions::Composition::residual
                            ? correct(weights, output_channels, positions, value_bits)
                            : split(weights, output_channels, positions, value_bits, true, mixed);
  result.error = relative_error(weights, result);
  return result;
}

SplitWeights quantize_dense(std::span<const double> weights, std::size_t output_channels, std::uint32_t value_bits) {
  SplitWeights result = split(weights, output_channels, Positions(weights.size(), 1), value_bits, false, true);
  result.pattern.kind = Pattern::Kind::dense;
  result.error = relative_error(weights, result);
  return result;
}

SplitWeights decompose(std::span<const double> weights, const WeightGrid& grid, const DecompositionOptions& options,
                       std::span<const double> activation_power) {
  using Kind = Pattern::Kind;
  check(options);
  if (options.criterion == DecompositionOptions::Criterion::activation_weighted &&
      activation_power.size() != grid.weights_per_channel) {
    throw CompileError("decomposition: criterion activation_weighted needs calibration inputs");
  }
  if (options.pattern == Kind::dense || options.density == 1) {
    return quantize_dense(weights, grid.output_channels, options.value_bits);
  }
  const bool mixed = options.pattern != Kind::none && options.density > 0;
  Positions precise(weights.size(), 0);
  if (mixed) precise = choose_positions(precision_scores(weights, grid, options, activation_power), grid, options);
  SplitWeights result = split_at(weights, grid.output_channels, precise, options.value_bits, options.composition);
  if (mixed) result.pattern = {options.pattern, options.n, options.m};
  if (options.pattern == Kind::unstructured) {
    result.pattern.n = result.pattern.m = 0;
    // Blocks, taps and channels may fill whole groups, which a regular pattern stores in fewer bits.
    if (options.placement != DecompositionOptions::Placement::free) {
      result.pattern = recognize_pattern(result.values, grid.weights_per_channel, options.value_bits);
    }
  }
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
