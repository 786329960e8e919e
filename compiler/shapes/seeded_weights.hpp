#pragma once
// Weights of a layer drawn from a seed.
#include <cstdint>
#include <random>

#include "compiler/shapes/network_shape.hpp"

namespace terse::compiler {

/// A stream of random numbers that is the same with every standard library: std's distributions are not.
class SeededStream {
 public:
  /// Streams of different `index` under one seed are independent, so a layer's weights do not depend on the others.
  SeededStream(std::uint64_t seed, std::uint32_t index);

  /// True with this probability.
  bool chance(double probability) { return static_cast<double>(engine_() >> 11) < probability * 0x1p53; }
  /// Uniform in 0 .. bound - 1; the bias is below bound / 2^32.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((engine_() >> 32) * std::uint64_t{bound}) >> 32);
  }

 private:
  std::mt19937_64 engine_;
};

/// Fills ternary, high_precision, value_bits and pattern of `layer`. High-precision values are uniform over all nonzero
/// integers of a symmetric range; the ternary weight in their place is 0.
void draw_weights(Layer& layer, std::uint32_t output_channels, std::uint64_t weights_per_channel,
                  const LayerStatistics& statistics, SeededStream& random);

}  // namespace terse::compiler
