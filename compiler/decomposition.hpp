#pragma once
// A layer's real weights -> ternary part + high-precision part, with one scale of each per output channel.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "compiler/compiler.hpp"
#include "compiler/position_choice.hpp"

namespace terse::compiler {

/// weight[o][k] = ternary[o][k] * ternary_scale[o] + values[o][k] * value_scale[o]; an empty part is absent, and its
/// scales are too.
struct SplitWeights {
  std::size_t output_channels = 0;
  std::size_t weights_per_channel = 0;
  std::vector<std::int8_t> ternary;
  std::vector<double> ternary_scale;
  std::vector<std::int16_t> values;
  std::vector<double> value_scale;
  std::uint32_t value_bits = 8;
  Pattern pattern;
  double error = 0;  ///< |w - split| / |w| in the L2 norm, against the weights it was made from.
};

/// Splits `weights` ([output channel][k]). The ternary part follows Li, Zhang, Liu, "Ternary Weight Networks" (2016):
/// threshold 0.7 * mean |w|, scale = mean of the |w| above it, over the weights of the channel that are not in high
/// precision. High-precision weights replace their ternary ones (which become 0); scale = greatest |w| / (2^(bits-1) -
/// 1). How many: n of m per group for pattern n_of_m, else options.density of the layer's weights. Density 0 or pattern
/// none: all ternary. Density 1 or pattern dense: all high precision. With composition residual the ternary part
/// covers all weights and high precision corrects it. Throws CompileError for options that make no sense.
/// `activation_power`: mean square of the activation that each k multiplies, for criterion activation_weighted.
SplitWeights decompose(std::span<const double> weights, const WeightGrid& grid, const DecompositionOptions& options,
                       std::span<const double> activation_power = {});

/// What each weight gains from high precision, as the criterion of `options` judges.
std::vector<double> precision_scores(std::span<const double> weights, const WeightGrid& grid,
                                     const DecompositionOptions& options,
                                     std::span<const double> activation_power = {});

/// The same split with positions that are given: 1 where a weight is in high precision. The pattern stays none: who
/// chose the positions knows it.
SplitWeights split_at(std::span<const double> weights, std::size_t output_channels, std::span<const char> precise,
                      std::uint32_t value_bits, DecompositionOptions::Composition composition);

/// All weights in high precision (kind dense), symmetric.
SplitWeights quantize_dense(std::span<const double> weights, std::size_t output_channels, std::uint32_t value_bits);

/// Relative L2 error of `split` against `weights`.
double relative_error(std::span<const double> weights, const SplitWeights& split);

}  // namespace terse::compiler
