#include "compiler/reference/exact_products.hpp"

#include <cblas.h>

#include <algorithm>
#include <cstdlib>

namespace terse::reference {

bool products_are_exact(std::span<const std::int32_t> weights, std::size_t depth, std::int64_t greatest_x) {
  constexpr std::int64_t greatest_sum = std::int64_t{1} << 53;
  for (std::size_t row = 0; row + depth <= weights.size(); row += depth) {
    std::int64_t magnitude = 0;  // at most 2^32 weights of 2^31: fits
    for (const std::int32_t weight : weights.subspan(row, depth)) magnitude += std::abs(std::int64_t{weight});
    if (magnitude > greatest_sum / greatest_x) return false;
  }
  return true;
}

void multiply(const ProductShape& shape, const double* x, const double* weights, double* sums) {
  const auto size = [](std::size_t value) { return static_cast<blasint>(value); };
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size(shape.rows), size(shape.columns), size(shape.depth), 1.0,
              x, size(shape.depth), weights, size(shape.columns), 0.0, sums, size(shape.columns));
}

}  // namespace terse::reference
