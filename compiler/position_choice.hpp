#pragma once
// Which weights of a layer are in high precision.
#include <cstdint>
#include <span>
#include <vector>

#include "compiler/compiler.hpp"

namespace terse::compiler {

/// Weights are [output channel][k], k = (kernel position) * input_channels + channel.
struct WeightGrid {
  std::size_t output_channels = 1;
  std::size_t weights_per_channel = 1;
  std::size_t input_channels = 1;  ///< Of one kernel position; of a grouped convolution, of one group.
};

/// 1 where a weight is in high precision. `scores` say what it gains from that, as the criterion of `options` judges;
/// of n_of_m the best n of every m, of the other patterns as many as options.density of the layer (of each channel for
/// row_balanced), rounded to whole blocks, taps, channels or filters. The earlier one wins a tie.
std::vector<char> choose_positions(std::span<const double> scores, const WeightGrid& grid,
                                   const DecompositionOptions& options);

}  // namespace terse::compiler
