#pragma once
// Weights in the order in which the vector product reads them.
#include <cstdint>
#include <vector>

#include "models/convolution/weights.hpp"

namespace terse::convolution {

/// Blocks of `block_channels` output channels; within a block, for each pair of neighbouring k, the channels' two
/// weights: weights[((block * pairs + k / 2) * block_channels + o % block_channels) * 2 + k % 2]. What is missing at the
/// end of K and of the channels is zero.
struct PackedWeights {
  static constexpr std::uint64_t block_channels = 16;

  std::uint64_t rows = 0;   ///< Output channels.
  std::uint64_t pairs = 0;  ///< ceil(K / 2).
  /// Pairs whose products sum up in 32 bits, whatever the activations.
  std::uint64_t exact_pairs = 0;
  std::vector<std::int16_t> weights;

  PackedWeights(std::uint64_t output_channels, const TernaryMatrix& matrix);
  PackedWeights(std::uint64_t output_channels, const DenseMatrix& matrix);
  /// Values of a position that occurs more than once are added. `fits` is false if such a sum leaves 16 bits: then the
  /// weights are of no use.
  PackedWeights(std::uint64_t output_channels, const SparseMatrix& matrix);
  bool fits = true;

  [[nodiscard]] std::uint64_t blocks() const { return (rows + block_channels - 1) / block_channels; }

 private:
  PackedWeights(std::uint64_t output_channels, std::uint64_t columns);
  template <typename Weight>
  void pack(const std::vector<Weight>& from, std::uint64_t columns);
  void find_exact_pairs();
};

}  // namespace terse::convolution
