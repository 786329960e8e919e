// Decoding of packed weights.
#include "models/convolution/weights.hpp"

#include <gtest/gtest.h>

namespace terse::test {
namespace {

using namespace convolution;
using Bytes = std::vector<std::uint8_t>;

TEST(TernaryMatrixTest, CodesFollowEachOtherFromTheLowestBits) {
  TernaryMatrix matrix;
  matrix.resize(2, 6);
  // 0x07 = 00 00 01 11: minus, plus, zero, zero; 0x0D = ... 11 01: plus, minus.
  EXPECT_EQ(matrix.unpack_row(1, Bytes{0x07, 0x0D}), std::nullopt);
  EXPECT_EQ(matrix.weights, (std::vector<std::int8_t>{0, 0, 0, 0, 0, 0, -1, 1, 0, 0, 1, -1}));
}

TEST(TernaryMatrixTest, IllegalCodeIsFoundWhereverItStands) {
  for (std::uint64_t position = 0; position < 11; ++position) {
    TernaryMatrix matrix;
    matrix.resize(1, 11);
    Bytes packed{0xFF, 0x55, 0x00};
    auto& byte = packed[position / 4];
    const auto place = static_cast<unsigned>(2 * (position % 4));
    byte = static_cast<std::uint8_t>((byte & ~(3u << place)) | 2u << place);
    EXPECT_EQ(matrix.unpack_row(0, packed), position / 4) << position;
  }
}

TEST(TernaryMatrixTest, BitsPastTheRowMeanNothing) {
  TernaryMatrix matrix;
  matrix.resize(1, 3);
  EXPECT_EQ(matrix.unpack_row(0, Bytes{0x80 | 0x01}), std::nullopt);
  EXPECT_EQ(matrix.weights, (std::vector<std::int8_t>{1, 0, 0}));
}

// (t0 + 1) + 3 (t1 + 1) + 9 (t2 + 1) + 27 (t3 + 1) + 81 (t4 + 1): minus, plus, zero, minus, plus is 0 + 6 + 9 + 0 + 162.
TEST(TernaryMatrixTest, FiveWeightsInAByte) {
  TernaryMatrix matrix;
  matrix.resize(2, 7);
  EXPECT_EQ(matrix.unpack_base3_row(1, Bytes{177, 2 + 3 * 0 + 9 * 2}), std::nullopt);
  EXPECT_EQ(matrix.weights, (std::vector<std::int8_t>{0, 0, 0, 0, 0, 0, 0, -1, 1, 0, -1, 1, 1, -1}));
  for (std::uint32_t code = 0; code < 256; ++code) {
    TernaryMatrix row;
    row.resize(1, 6);
    const auto illegal = row.unpack_base3_row(0, Bytes{0, static_cast<std::uint8_t>(code)});
    if (code < 243) {
      EXPECT_EQ(illegal, std::nullopt) << code;
      EXPECT_EQ(row.weights[5], static_cast<int>(code % 3) - 1);
    } else {
      EXPECT_EQ(illegal, 1u) << code;
    }
  }
}

TEST(UnpackValuesTest, TwoBitsLowestFirstFromAnyPlace) {
  std::vector<std::int16_t> values(5);
  unpack_values(Bytes{0xE4, 0x09}, 1, 5, 2, values.data());  // 11 10 01 00, 00 00 10 01
  EXPECT_EQ(values, (std::vector<std::int16_t>{1, -2, -1, 1, -2}));
}

TEST(UnpackValuesTest, FourBitsLowNibbleFirstFromAnyPlace) {
  std::vector<std::int16_t> values(4);
  unpack_values(Bytes{0x8F, 0x71, 0x0A}, 1, 4, 4, values.data());
  EXPECT_EQ(values, (std::vector<std::int16_t>{-8, 1, 7, -6}));
}

TEST(UnpackValuesTest, EightAndSixteenBitsAreSigned) {
  std::vector<std::int16_t> values(2);
  unpack_values(Bytes{0x00, 0x80, 0x7F}, 1, 2, 8, values.data());
  EXPECT_EQ(values, (std::vector<std::int16_t>{-128, 127}));
  unpack_values(Bytes{0xAA, 0xAA, 0x00, 0x80, 0xFE, 0x7F}, 1, 2, 16, values.data());
  EXPECT_EQ(values, (std::vector<std::int16_t>{-32768, 32766}));
}

TEST(ReadBitsTest, FieldsCrossBytes) {
  const Bytes packed{0xB4, 0x9F, 0x03};
  EXPECT_EQ(read_bits(packed, 0, 3), 4u);
  EXPECT_EQ(read_bits(packed, 6, 5), 0x1Eu);   // ...11111 10......: 0b11110
  EXPECT_EQ(read_bits(packed, 12, 8), 0x39u);  // low nibble of 0x03, high nibble of 0x9F
  EXPECT_EQ(read_bits(packed, 20, 8), 0u) << "bits past the end read zero";
  EXPECT_EQ(read_bits(packed, 3, 0), 0u);
}

TEST(IndexWidthTest, IsTheLogarithmRoundedUp) {
  EXPECT_EQ(index_width(1), 0u);
  EXPECT_EQ(index_width(2), 1u);
  EXPECT_EQ(index_width(3), 2u);
  EXPECT_EQ(index_width(4), 2u);
  EXPECT_EQ(index_width(32), 5u);
  EXPECT_EQ(index_width(33), 6u);
  EXPECT_EQ(index_width(255), 8u);
}

TEST(SparseMatrixTest, RowsAreSorted) {
  SparseMatrix matrix;
  matrix.entries = {{5, 1}, {2, 2}};
  matrix.end_row();
  matrix.end_row();
  matrix.entries.push_back({1, 3});
  matrix.end_row();
  EXPECT_EQ(matrix.row_starts, (std::vector<std::uint64_t>{0, 2, 2, 3}));
  EXPECT_EQ(matrix.entries[0].position, 2u);
  EXPECT_EQ(matrix.entries[1].position, 5u);
}

}  // namespace
}  // namespace terse::test
