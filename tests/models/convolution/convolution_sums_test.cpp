// The fast sums against the definition.
#include "models/convolution/sums.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "models/convolution/packed_weights.hpp"
#include "models/convolution/scattered_sums.hpp"
#include "tests/models/convolution/golden.hpp"

namespace terse::test {
namespace {

using namespace convolution;

TernaryMatrix ternary_matrix(const Shape& shape, const std::vector<std::int8_t>& weights) {
  return {shape.weights_per_channel(), weights};
}

SparseMatrix sparse_matrix(const Shape& shape, const std::vector<std::int16_t>& weights) {
  SparseMatrix matrix;
  matrix.columns = shape.weights_per_channel();
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    for (std::uint32_t k = 0; k < matrix.columns; ++k) {
      const std::int16_t value = weights[o * matrix.columns + k];
      if (value != 0) matrix.entries.push_back({k, value});
    }
    matrix.end_row();
  }
  return matrix;
}

class SumsOfRandomShapes : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  SumsOfRandomShapes() : random_(GetParam()), shape_(random_shape(random_, GetParam() % 3 == 0)) {
    image_ = random_image(random_, shape_.input_height, shape_.input_width, shape_.input_channels, GetParam() % 2 == 0);
    sums_.assign(shape_.outputs(), -1);
  }
  [[nodiscard]] std::uint64_t weights() const { return shape_.weights_per_channel() * shape_.output_channels; }

  Random random_;
  Shape shape_;
  Image image_;
  std::vector<std::int64_t> sums_;
};

TEST_P(SumsOfRandomShapes, TernaryEqualsDefinition) {
  const auto weights = random_ternary(random_, this->weights());
  ternary_sums(shape_, image_.view(), ternary_matrix(shape_, weights), sums_);
  EXPECT_EQ(sums_, golden_sums(shape_, image_, weights));
}

TEST_P(SumsOfRandomShapes, DenseEqualsDefinition) {
  const auto weights = random_values(random_, this->weights(), GetParam() % 2 == 0 ? 16 : 8, 1.0);
  dense_sums(shape_, image_.view(), {shape_.weights_per_channel(), weights}, sums_);
  EXPECT_EQ(sums_, golden_sums(shape_, image_, weights));
}

TEST_P(SumsOfRandomShapes, SparseEqualsDefinitionAtAnyDensity) {
  for (const double density : {0.0, 0.03, 0.3, 1.0}) {
    const auto weights = random_values(random_, this->weights(), 16, density);
    const auto matrix = sparse_matrix(shape_, weights);
    sparse_sums(shape_, image_.view(), matrix, sums_);
    const auto expected = golden_sums(shape_, image_, weights);
    EXPECT_EQ(sums_, expected) << density;
    scattered_sums(shape_, image_.view(), matrix, sums_);
    EXPECT_EQ(sums_, expected) << density << ", one weight after the other";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SumsOfRandomShapes, ::testing::Range(0u, 60u));

/// The product has a version for each set of vector instructions; all of them that this host can run give the same sums.
TEST(SumsWithAnyVectors, EqualDefinition) {
  Random random(7);
  const Shape shape{.input_height = 9,
                    .input_width = 7,
                    .input_channels = 5,
                    .output_height = 9,
                    .output_width = 7,
                    .output_channels = 37,
                    .kernel_height = 3,
                    .kernel_width = 3,
                    .pad_top = 1,
                    .pad_left = 1};
  const Image image = random_image(random, 9, 7, 5, false);
  const auto weights = random_values(random, shape.weights_per_channel() * shape.output_channels, 16, 1.0);
  const auto expected = golden_sums(shape, image, weights);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    std::vector<std::int64_t> sums(shape.outputs(), -1);
    dense_sums(shape, image.view(), {shape.weights_per_channel(), weights}, sums);
    EXPECT_EQ(sums, expected) << hwy::TargetName(target);
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
}

TEST(SumsAtTheirLimits, RepeatedPositionsThatLeave16BitsAreNotPacked) {
  SparseMatrix matrix;
  matrix.columns = 2;
  matrix.entries = {{1, 20000}, {1, 12767}};
  matrix.end_row();
  EXPECT_TRUE(PackedWeights(1, matrix).fits);
  matrix.entries.push_back({0, -20000});
  matrix.entries.push_back({0, -12769});
  matrix.end_row();
  EXPECT_FALSE(PackedWeights(2, matrix).fits);
}

/// A convolution without padding over an image whose activations are all `activation`.
struct Uniform {
  Shape shape;
  std::vector<std::uint8_t> bytes;
  std::vector<std::int64_t> sums;

  Uniform(std::uint32_t channels, std::uint32_t pixels, std::uint8_t activation)
      : shape{.input_width = pixels, .input_channels = channels, .output_width = pixels, .output_channels = 2},
        bytes(std::size_t{channels} * pixels, activation),
        sums(shape.outputs()) {}
  [[nodiscard]] ActivationView view(bool is_signed) const { return {bytes.data(), 0, shape.input_channels, is_signed}; }
};

// The largest magnitudes: 1000 weights of one sign must not wrap in the narrow partial sums, and 65,535 products of
// 16-bit values leave 32 bits (65535 * 255 * 32768 > 2^31).
TEST(SumsAtTheirLimits, NarrowPartialSumsAreExact) {
  for (const std::uint32_t pixels : {1u, 16u, 70u}) {
    Uniform unsigned_tile(1000, pixels, 255);
    ternary_sums(unsigned_tile.shape, unsigned_tile.view(false), {1000, std::vector<std::int8_t>(2000, -1)},
                 unsigned_tile.sums);
    EXPECT_EQ(unsigned_tile.sums, std::vector<std::int64_t>(2 * pixels, -255000));
    Uniform signed_tile(1000, pixels, 0x80);
    ternary_sums(signed_tile.shape, signed_tile.view(true), {1000, std::vector<std::int8_t>(2000, 1)},
                 signed_tile.sums);
    EXPECT_EQ(signed_tile.sums, std::vector<std::int64_t>(2 * pixels, -128000));
    dense_sums(signed_tile.shape, signed_tile.view(true), {1000, std::vector<std::int16_t>(2000, -32768)},
               signed_tile.sums);
    EXPECT_EQ(signed_tile.sums, std::vector<std::int64_t>(2 * pixels, 128000LL * 32768));
  }
}

TEST(SumsAtTheirLimits, SumsLeave32Bits) {
  for (const std::uint32_t pixels : {1u, 8u}) {
    Uniform tile(65535, pixels, 255);
    dense_sums(tile.shape, tile.view(false), {65535, std::vector<std::int16_t>(2 * 65535, -32768)}, tile.sums);
    EXPECT_EQ(tile.sums, std::vector<std::int64_t>(2 * pixels, -65535LL * 255 * 32768));
  }
}

// A position may be stored more than once, and more often than a block has positions: the values add up.
TEST(SumsAtTheirLimits, RepeatedPositionsAddUp) {
  for (const std::uint32_t pixels : {1u, 16u}) {
    Uniform tile(3, pixels, 255);
    SparseMatrix matrix;
    matrix.columns = 3;
    for (int o = 0; o < 2; ++o) {
      for (int i = 0; i < 1000; ++i) matrix.entries.push_back({2, -32768});
      matrix.end_row();
    }
    sparse_sums(tile.shape, tile.view(false), matrix, tile.sums);
    EXPECT_EQ(tile.sums, std::vector<std::int64_t>(2 * pixels, -1000LL * 255 * 32768));
  }
}

TEST(ShapeTest, CountsPositionsInside) {
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    const Shape shape = random_shape(random);
    std::uint64_t inside = 0;
    for (std::uint32_t y = 0; y < shape.output_height; ++y) {
      for (std::uint32_t x = 0; x < shape.output_width; ++x) {
        for (std::uint32_t r = 0; r < shape.kernel_height; ++r) {
          for (std::uint32_t c = 0; c < shape.kernel_width; ++c) {
            const std::int64_t row = std::int64_t{y} * shape.stride_y + r * shape.dilation_y - shape.pad_top;
            const std::int64_t column = std::int64_t{x} * shape.stride_x + c * shape.dilation_x - shape.pad_left;
            inside += row >= 0 && column >= 0 && row < shape.input_height && column < shape.input_width;
          }
        }
      }
    }
    EXPECT_EQ(shape.positions_inside(), inside) << i;
  }
}

}  // namespace
}  // namespace terse::test
