#include "models/convolution/packed_weights.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace terse::convolution {

PackedWeights::PackedWeights(std::uint64_t output_channels, std::uint64_t columns)
    : rows(output_channels), pairs((columns + 1) / 2), weights(blocks() * pairs * block_channels * 2) {}

PackedWeights::PackedWeights(std::uint64_t output_channels, const TernaryMatrix& matrix)
    : PackedWeights(output_channels, matrix.columns) {
  pack(matrix.weights, matrix.columns);
  find_exact_pairs();
}

PackedWeights::PackedWeights(std::uint64_t output_channels, const DenseMatrix& matrix)
    : PackedWeights(output_channels, matrix.columns) {
  pack(matrix.weights, matrix.columns);
  find_exact_pairs();
}

PackedWeights::PackedWeights(std::uint64_t output_channels, const SparseMatrix& matrix)
    : PackedWeights(output_channels, matrix.columns) {
  for (std::uint64_t o = 0; o < rows; ++o) {
    std::int16_t* row = weights.data() + (o / block_channels * pairs * block_channels + o % block_channels) * 2;
    for (std::uint64_t i = matrix.row_starts[o]; i < matrix.row_starts[o + 1]; ++i) {
      const SparseEntry& entry = matrix.entries[i];
      std::int16_t& weight = row[entry.position / 2 * block_channels * 2 + entry.position % 2];
      const std::int32_t sum = weight + entry.value;
      weight = static_cast<std::int16_t>(sum);
      fits &= weight == sum;
    }
  }
  find_exact_pairs();
}

template <typename Weight>
void PackedWeights::pack(const std::vector<Weight>& from, std::uint64_t columns) {
  for (std::uint64_t o = 0; o < rows; ++o) {
    const Weight* row = from.data() + o * columns;
    std::int16_t* to = weights.data() + (o / block_channels * pairs * block_channels + o % block_channels) * 2;
    for (std::uint64_t k = 0; k + 1 < columns; k += 2, to += block_channels * 2) {
      to[0] = row[k];
      to[1] = row[k + 1];
    }
    if (columns % 2 != 0) to[0] = row[columns - 1];
  }
}

void PackedWeights::find_exact_pairs() {
  constexpr std::int64_t greatest_activation = 255;
  std::int16_t low = 0, high = 0;
  for (const std::int16_t weight : weights) {
    low = std::min(low, weight);
    high = std::max(high, weight);
  }
  const std::int64_t greatest = std::max<std::int64_t>({1, -std::int64_t{low}, high});
  exact_pairs =
      static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max() / (2 * greatest_activation * greatest));
}

}  // namespace terse::convolution
