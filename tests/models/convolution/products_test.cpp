// Products inside the tile, counted by hand.
#include "models/convolution/products.hpp"

#include <gtest/gtest.h>

namespace terse::convolution {
namespace {

/// 3 x 3 pixels of one channel, kernel 3 x 3, padded to the same size: the kernel's corner meets the tile for 4 output
/// pixels, the middle of an edge for 6, the centre for 9.
Shape padded() {
  Shape shape;
  shape.input_height = shape.input_width = shape.output_height = shape.output_width = 3;
  shape.kernel_height = shape.kernel_width = 3;
  shape.pad_top = shape.pad_left = 1;
  return shape;
}

TEST(ProductsInside, PaddingAndZerosDoNotCount) {
  const std::vector<std::uint64_t> inside = {4, 6, 4, 6, 9, 6, 4, 6, 4};
  for (std::uint32_t k = 0; k < 9; ++k) {
    TernaryMatrix ternary;
    ternary.resize(1, 9);
    ternary.weights[k] = -1;
    EXPECT_EQ(products_inside(padded(), ternary), inside[k]) << k;
    DenseMatrix dense{.columns = 9, .weights = std::vector<std::int16_t>(9)};
    dense.weights[k] = 300;
    EXPECT_EQ(products_inside(padded(), dense), inside[k]) << k;
    SparseMatrix sparse{.columns = 9, .row_starts = {0, 1}, .entries = {{k, 300}}};
    EXPECT_EQ(products_inside(padded(), sparse), inside[k]) << k;
  }
}

// Two channels in and out: every place of a kernel position counts for itself.
TEST(ProductsInside, ChannelsCountApart) {
  Shape shape = padded();
  shape.input_channels = shape.output_channels = 2;
  TernaryMatrix ternary;
  ternary.resize(2, 18);
  ternary.weights[0] = 1;                                 // row 0: corner, channel 0
  ternary.weights[18 + 8] = ternary.weights[18 + 9] = 1;  // row 1: centre, both channels
  EXPECT_EQ(products_inside(shape, ternary), 4u + 2 * 9);
  const SparseMatrix sparse{.columns = 18, .row_starts = {0, 1, 3}, .entries = {{0, 1}, {8, 1}, {9, 1}}};
  EXPECT_EQ(products_inside(shape, sparse), 4u + 2 * 9);
}

}  // namespace
}  // namespace terse::convolution
