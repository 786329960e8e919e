#include "models/convolution/products.hpp"

#include <algorithm>

namespace terse::convolution {
namespace {

/// By kernel position: output pixels for which it lies inside the tile.
std::vector<std::uint64_t> pixels_inside(const Shape& shape) {
  std::vector<std::uint64_t> pixels;
  pixels.reserve(std::size_t{shape.kernel_height} * shape.kernel_width);
  for (std::uint32_t row = 0; row < shape.kernel_height; ++row) {
    for (std::uint32_t column = 0; column < shape.kernel_width; ++column) {
      pixels.push_back(shape.rows_inside(row).size() * shape.columns_inside(column).size());
    }
  }
  return pixels;
}

template <typename Weight>
std::uint64_t products_of_rows(const Shape& shape, const std::vector<Weight>& weights) {
  const std::vector<std::uint64_t> pixels = pixels_inside(shape);
  std::uint64_t products = 0;
  auto at = weights.begin();
  for (std::uint32_t o = 0; o < shape.output_channels; ++o) {
    for (const std::uint64_t inside : pixels) {
      const auto end = at + shape.input_channels;
      products += static_cast<std::uint64_t>(shape.input_channels - std::count(at, end, Weight{0})) * inside;
      at = end;
    }
  }
  return products;
}

}  // namespace

std::uint64_t products_inside(const Shape& shape, const TernaryMatrix& weights) {
  return products_of_rows(shape, weights.weights);
}

std::uint64_t products_inside(const Shape& shape, const DenseMatrix& weights) {
  return products_of_rows(shape, weights.weights);
}

std::uint64_t products_inside(const Shape& shape, const SparseMatrix& weights) {
  const std::vector<std::uint64_t> pixels = pixels_inside(shape);
  std::uint64_t products = 0;
  for (const SparseEntry& entry : weights.entries) products += pixels[entry.position / shape.input_channels];
  return products;
}

}  // namespace terse::convolution
