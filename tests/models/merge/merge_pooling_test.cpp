// Pooling windows against their definition.
#include "models/merge/pooling.hpp"

#include <gtest/gtest.h>

#include "tests/models/convolution/golden.hpp"

namespace terse::test {
namespace {

using registers::merge::Pool;

std::vector<std::int32_t> pooled(const Shape& shape, const Image& image, Pool pool) {
  std::vector<std::int32_t> results(shape.outputs(), -7);
  pool_windows(shape, image.view(), pool, results);
  return results;
}

TEST(PoolingTest, RandomWindowsEqualDefinition) {
  Random random(11);
  for (int i = 0; i < 300; ++i) {
    Shape shape = random_shape(random);
    shape.dilation_y = shape.dilation_x = 1;
    shape.input_channels = shape.output_channels;
    const Image image = random_image(random, shape.input_height, shape.input_width, shape.input_channels, i % 2 == 0);
    std::vector<std::int32_t> sums, greatest;
    for (std::uint32_t y = 0; y < shape.output_height; ++y) {
      for (std::uint32_t x = 0; x < shape.output_width; ++x) {
        for (std::uint32_t c = 0; c < shape.output_channels; ++c) {
          std::vector<std::int64_t> inside;
          for (std::uint32_t r = 0; r < shape.kernel_height; ++r) {
            for (std::uint32_t k = 0; k < shape.kernel_width; ++k) {
              const std::int64_t row = std::int64_t{y} * shape.stride_y + r - shape.pad_top;
              const std::int64_t column = std::int64_t{x} * shape.stride_x + k - shape.pad_left;
              if (row < 0 || column < 0 || row >= image.height || column >= image.width) continue;
              inside.push_back(image.value(row, column, c));
            }
          }
          std::int64_t sum = 0;
          for (const auto value : inside) sum += value;
          sums.push_back(static_cast<std::int32_t>(sum));
          greatest.push_back(
              inside.empty() ? 0 : static_cast<std::int32_t>(*std::max_element(inside.begin(), inside.end())));
        }
      }
    }
    EXPECT_EQ(pooled(shape, image, Pool::sum), sums) << i;
    EXPECT_EQ(pooled(shape, image, Pool::maximum), greatest) << i;
  }
}

// Padding takes no part: the greatest of negative activations at the border stays negative.
TEST(PoolingTest, PaddingDoesNotWinTheMaximum) {
  const Shape shape{.input_height = 1,
                    .input_width = 2,
                    .output_height = 1,
                    .output_width = 1,
                    .kernel_height = 3,
                    .kernel_width = 3,
                    .pad_top = 1,
                    .pad_left = 1};
  const Image image{
      .height = 1, .width = 2, .is_signed = true, .row_stride = 2, .pixel_stride = 1, .bytes = {0x80, 0xFD}};
  EXPECT_EQ(pooled(shape, image, Pool::maximum), std::vector<std::int32_t>{-3});
  EXPECT_EQ(pooled(shape, image, Pool::sum), std::vector<std::int32_t>{-131});
}

}  // namespace
}  // namespace terse::test
