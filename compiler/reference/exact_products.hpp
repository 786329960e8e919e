#pragma once
// Matrix products of integers, exact, by a BLAS in double precision: a double holds every integer up to 2^53, so as long
// as no partial sum can be greater, whatever order a BLAS adds in, the result is the integer one.
#include <cstddef>
#include <cstdint>
#include <span>

namespace terse::reference {

/// Whether sums of products with a row of `weights` (rows of `depth`) stay exact for |x| <= `greatest_x`.
bool products_are_exact(std::span<const std::int32_t> weights, std::size_t depth, std::int64_t greatest_x);

struct ProductShape {
  std::size_t rows = 0, columns = 0, depth = 0;
};
/// sums[row][column] = sum over k of x[row][k] * weights[k][column]; x has rows x depth elements, weights depth x
/// columns, sums rows x columns.
void multiply(const ProductShape& shape, const double* x, const double* weights, double* sums);

}  // namespace terse::reference
