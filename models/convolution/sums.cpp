#include "models/convolution/sums.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

#include "models/convolution/packed_product.hpp"
#include "models/convolution/patches.hpp"
#include "models/convolution/scattered_sums.hpp"

namespace terse::convolution {
namespace {

/// Below this number of pixels weights are used too seldom to rearrange them first: dot products along k instead.
constexpr std::uint64_t fewest_pixels = product_pixels;

/// Products of an activation (at most 255 in magnitude) and a 16-bit weight of which so many fit 32 bits.
constexpr std::uint64_t chunk = 256;

template <typename Weight>
std::int64_t dot(const Weight* weights, const std::int16_t* patch, std::uint64_t count) {
  std::int64_t total = 0;
  for (std::uint64_t k = 0; k < count; k += chunk) {
    std::int32_t sum = 0;
    for (std::uint64_t i = k; i < std::min(k + chunk, count); ++i) {
      sum += std::int32_t{weights[i]} * std::int32_t{patch[i]};
    }
    total += sum;
  }
  return total;
}

std::int64_t dot(std::span<const SparseEntry> entries, const std::int16_t* patch) {
  std::int64_t sum = 0;
  for (const SparseEntry& entry : entries) sum += std::int64_t{entry.value} * patch[entry.position];
  return sum;
}

/// sums[pixel][o] = dot_product(o, patch of pixel).
template <typename DotProduct>
void pixel_sums(const Shape& shape, const ActivationView& activations, std::span<std::int64_t> sums,
                const DotProduct& dot_product) {
  const Patches patches(shape, activations);
  std::vector<std::int16_t> patch(shape.weights_per_channel());
  std::int64_t* sum = sums.data();
  for (std::uint64_t pixel = 0; pixel < shape.pixels(); ++pixel) {
    patches.gather(pixel, patch.data());
    for (std::uint64_t o = 0; o < shape.output_channels; ++o) *sum++ = dot_product(o, patch.data());
  }
}

template <typename Matrix>
void pixel_sums_of_rows(const Shape& shape, const ActivationView& activations, const Matrix& matrix,
                        std::span<std::int64_t> sums) {
  pixel_sums(shape, activations, sums, [&](std::uint64_t o, const std::int16_t* patch) {
    return dot(matrix.weights.data() + o * matrix.columns, patch, matrix.columns);
  });
}

void packed_sums(const Shape& shape, const ActivationView& activations, const PackedWeights& weights,
                 std::span<std::int64_t> sums) {
  const Patches patches(shape, activations);
  const std::uint64_t stride = 2 * weights.pairs;  // for an odd K, a zero follows each patch
  std::vector<std::int16_t> block(product_pixels * stride);
  for (std::uint64_t first = 0; first < shape.pixels(); first += product_pixels) {
    const std::uint64_t pixels = std::min<std::uint64_t>(product_pixels, shape.pixels() - first);
    for (std::uint64_t p = 0; p < pixels; ++p) patches.gather(first + p, block.data() + p * stride);
    packed_product(weights, block.data(), pixels, sums.data() + first * shape.output_channels);
  }
}

template <typename Matrix>
void all_sums(const Shape& shape, const ActivationView& activations, const Matrix& matrix,
              std::span<std::int64_t> sums) {
  assert(sums.size() == shape.outputs());
  if (shape.pixels() < fewest_pixels) return pixel_sums_of_rows(shape, activations, matrix, sums);
  packed_sums(shape, activations, PackedWeights(shape.output_channels, matrix), sums);
}

}  // namespace

void ternary_sums(const Shape& shape, const ActivationView& activations, const TernaryMatrix& weights,
                  std::span<std::int64_t> sums) {
  all_sums(shape, activations, weights, sums);
}

void dense_sums(const Shape& shape, const ActivationView& activations, const DenseMatrix& weights,
                std::span<std::int64_t> sums) {
  all_sums(shape, activations, weights, sums);
}

void sparse_sums(const Shape& shape, const ActivationView& activations, const SparseMatrix& weights,
                 std::span<std::int64_t> sums) {
  const std::uint64_t entries = weights.entries.size(), columns = shape.weights_per_channel();
  if (shape.pixels() < fewest_pixels) {
    // Gathering a patch takes time for every k, used or not.
    if (columns > 4096 + 64 * entries) return scattered_sums(shape, activations, weights, sums);
    return pixel_sums(shape, activations, sums, [&](std::uint64_t o, const std::int16_t* patch) {
      const auto row = std::span(weights.entries).subspan(weights.row_starts[o]);
      return dot(row.first(weights.row_starts[o + 1] - weights.row_starts[o]), patch);
    });
  }
  constexpr std::uint64_t products_at_once = 40;  // a vector product takes zeros too, but so many in a scalar's time
  if (entries * products_at_once >= columns * shape.output_channels) {
    const PackedWeights packed(shape.output_channels, weights);
    if (packed.fits) return packed_sums(shape, activations, packed, sums);
  }
  scattered_sums(shape, activations, weights, sums);
}

}  // namespace terse::convolution
