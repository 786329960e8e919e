// Requantization to the bit: the cases of docs/numerics.md.
#include "models/merge/requantization.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <array>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "models/merge/requantize_pixels.hpp"

namespace terse::test {
namespace {

constexpr std::int64_t least_word = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t greatest_word = std::numeric_limits<std::int32_t>::max();

TEST(ShiftTest, HalvesGoAwayFromZero) {
  EXPECT_EQ(shift_round_half_away(1, 1), 1);
  EXPECT_EQ(shift_round_half_away(-1, 1), -1);
  EXPECT_EQ(shift_round_half_away(3, 1), 2);
  EXPECT_EQ(shift_round_half_away(-3, 1), -2);
  EXPECT_EQ(shift_round_half_away(5, 2), 1);  // 1.25
  EXPECT_EQ(shift_round_half_away(6, 2), 2);  // 1.5
  EXPECT_EQ(shift_round_half_away(-5, 2), -1);
  EXPECT_EQ(shift_round_half_away(-6, 2), -2);
  EXPECT_EQ(shift_round_half_away(-7, 2), -2);  // -1.75
  EXPECT_EQ(shift_round_half_away(1, 2), 0);
  EXPECT_EQ(shift_round_half_away(-1, 2), 0);
  EXPECT_EQ(shift_round_half_away(0, 7), 0);
}

TEST(ShiftTest, ShiftZeroIsExact) {
  for (const std::int64_t v : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{12345}, -(std::int64_t{1} << 62)}) {
    EXPECT_EQ(shift_round_half_away(v, 0), v);
  }
}

TEST(ShiftTest, GreatestShift) {
  const std::int64_t half = std::int64_t{1} << 61;
  EXPECT_EQ(shift_round_half_away(half, 62), 1);
  EXPECT_EQ(shift_round_half_away(half - 1, 62), 0);
  EXPECT_EQ(shift_round_half_away(-half, 62), -1);
  EXPECT_EQ(shift_round_half_away(1 - half, 62), 0);
  EXPECT_EQ(shift_round_half_away((std::int64_t{1} << 62) + (std::int64_t{1} << 48), 62), 1);
}

// Against the definition in another arithmetic: floor(|v| / 2^s + 1/2) with the sign of v, in 128-bit integers.
TEST(ShiftTest, RandomValuesEqualDefinition) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100000; ++i) {
    const auto v = static_cast<std::int64_t>(random()) >> (1 + random() % 62);
    const auto shift = static_cast<std::uint32_t>(random() % 63);
    __extension__ using Wide = __int128;
    const Wide magnitude = v < 0 ? -Wide{v} : Wide{v};
    const auto rounded = static_cast<std::int64_t>((2 * magnitude + (Wide{1} << shift)) / (Wide{2} << shift));
    ASSERT_EQ(shift_round_half_away(v, shift), v < 0 ? -rounded : rounded) << v << " >> " << shift;
  }
}

class RequantizeTest : public ::testing::Test {
 protected:
  std::int32_t operator()(SuperpositionOperands operands) { return requantize(record, operands, range, saturations); }
  RequantizationRecord record;
  ClipRange range{static_cast<std::int32_t>(least_word), static_cast<std::int32_t>(greatest_word)};
  std::uint64_t saturations = 0;
};

TEST_F(RequantizeTest, SumsAllOperands) {
  record = {.bias = 1000, .dense_multiplier = 3, .sparse_multiplier = -5, .residual_multiplier = 7, .shift = 0};
  EXPECT_EQ((*this)({.dense = 11, .sparse = 13, .residual = 17}), 33 - 65 + 119 + 1000);
  record.shift = 1;
  EXPECT_EQ((*this)({.dense = 11, .sparse = 13, .residual = 17}), 544);  // 1087 / 2 = 543.5
  EXPECT_EQ(saturations, 0u);
}

// The greatest magnitudes the format allows: |v| = 3 * 2^46 + 2^62, rounded at shift 62 and clipped at shift 0.
TEST_F(RequantizeTest, GreatestOperandsDoNotWrap) {
  record = {.bias = -RequantizationRecord::greatest_bias,
            .dense_multiplier = -32768,
            .sparse_multiplier = -32768,
            .residual_multiplier = -32768,
            .shift = 62};
  const auto least = static_cast<std::int32_t>(least_word), greatest = static_cast<std::int32_t>(greatest_word);
  EXPECT_EQ((*this)({greatest, greatest, greatest}), -1);
  record.shift = 0;
  EXPECT_EQ((*this)({greatest, greatest, greatest}), least);
  record.bias = RequantizationRecord::greatest_bias;
  EXPECT_EQ((*this)({least, least, least}), greatest);
  record.shift = 62;
  EXPECT_EQ((*this)({least, least, least}), 1);
  EXPECT_EQ(saturations, 2u);
}

TEST_F(RequantizeTest, ReluIsNoSaturation) {
  record.dense_multiplier = 1;
  range = {0, 255};
  EXPECT_EQ((*this)({.dense = -1}), 0);
  EXPECT_EQ((*this)({.dense = 255}), 255);
  EXPECT_EQ(saturations, 0u);
  EXPECT_EQ((*this)({.dense = 256}), 255);
  EXPECT_EQ(saturations, 1u);
}

TEST_F(RequantizeTest, SignedBoundsSaturateOnBothSides) {
  record.dense_multiplier = 1;
  range = {-128, 127};
  EXPECT_EQ((*this)({.dense = -128}), -128);
  EXPECT_EQ((*this)({.dense = 127}), 127);
  EXPECT_EQ(saturations, 0u);
  EXPECT_EQ((*this)({.dense = -129}), -128);
  EXPECT_EQ((*this)({.dense = 128}), 127);
  EXPECT_EQ(saturations, 2u);
}

std::array<std::uint8_t, 16> packed(std::int64_t bias, std::uint8_t shift, std::uint8_t reserved = 0) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &bias, 8);
  bytes[8] = 0x01, bytes[9] = 0x80, bytes[10] = 0xFF, bytes[11] = 0x7F, bytes[12] = 0x02;
  bytes[14] = shift;
  bytes[15] = reserved;
  return bytes;
}

TEST(RequantizationRecordTest, DecodesLittleEndian) {
  const auto record = RequantizationRecord::decode(packed(-7, 62));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->bias, -7);
  EXPECT_EQ(record->dense_multiplier, -32767);
  EXPECT_EQ(record->sparse_multiplier, 32767);
  EXPECT_EQ(record->residual_multiplier, 2);
  EXPECT_EQ(record->shift, 62);
}

TEST(RequantizationRecordTest, RefusesWhatIsNotExact) {
  constexpr std::int64_t limit = RequantizationRecord::greatest_bias;
  EXPECT_TRUE(RequantizationRecord::decode(packed(limit, 0)));
  EXPECT_TRUE(RequantizationRecord::decode(packed(-limit, 0)));
  EXPECT_FALSE(RequantizationRecord::decode(packed(limit + 1, 0)));
  EXPECT_FALSE(RequantizationRecord::decode(packed(-limit - 1, 0)));
  EXPECT_FALSE(RequantizationRecord::decode(packed(0, 63)));
  EXPECT_FALSE(RequantizationRecord::decode(packed(0, 0, 1)));
}

/// Pixels at once against one element after the other: operands over their whole range, any number of channels, with
/// every set of vector instructions that this host can run.
class PixelsTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  std::int32_t word() { return static_cast<std::int32_t>(random_()) >> random_() % 32; }
  RequantizationRecord record(bool beyond_doubles) {
    const std::uint32_t most_shift = beyond_doubles ? 62 : 52;
    return {.bias = static_cast<std::int64_t>(random_()) >> (beyond_doubles ? 2 : 13 + random_() % 50),
            .dense_multiplier = static_cast<std::int16_t>(random_()),
            .sparse_multiplier = static_cast<std::int16_t>(random_()),
            .residual_multiplier = static_cast<std::int16_t>(random_()),
            .shift = static_cast<std::uint8_t>(random_() % (most_shift + 1))};
  }
  void compare(const ClipRange& range, bool beyond_doubles) {
    constexpr std::size_t pixels = 50;
    const std::size_t channels = GetParam();
    std::vector<RequantizationRecord> records(channels);
    for (auto& r : records) r = record(beyond_doubles);
    std::vector<std::int32_t> dense(pixels * channels), sparse(dense.size()), residual(dense.size());
    std::vector<std::int32_t> expected(dense.size()), found(dense.size());
    std::uint64_t saturations = 0;
    for (std::size_t i = 0; i < dense.size(); ++i) {
      dense[i] = word(), sparse[i] = word(), residual[i] = word();
      expected[i] = requantize(records[i % channels], {dense[i], sparse[i], residual[i]}, range, saturations);
    }
    EXPECT_EQ(requantize_pixels(records, {dense.data(), sparse.data(), residual.data()}, range, found), saturations);
    EXPECT_EQ(found, expected);
  }
  std::mt19937_64 random_{GetParam()};
};

TEST_P(PixelsTest, EqualElements) {
  constexpr auto least = static_cast<std::int32_t>(least_word), greatest = static_cast<std::int32_t>(greatest_word);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    for (const ClipRange& range :
         {ClipRange{0, 255}, ClipRange{-128, 127}, ClipRange{5, 90}, ClipRange{least, greatest}}) {
      for (const bool beyond_doubles : {false, true}) compare(range, beyond_doubles);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
}

INSTANTIATE_TEST_SUITE_P(Channels, PixelsTest, ::testing::Values(1, 2, 7, 8, 16, 19));

// Halves, whose rounding a double must not spoil: v = +-(2^51 - 1) and its neighbours, over every shift.
TEST(PixelsAtTheirLimits, RoundingIsExactAtTheGreatestSums) {
  for (std::uint8_t shift = 0; shift <= 52; ++shift) {
    for (const std::int64_t sign : {-1, 1}) {
      for (std::int64_t below = 0; below < 3; ++below) {
        const std::vector<RequantizationRecord> records(
            8, {.bias = sign * ((std::int64_t{1} << 51) - below), .dense_multiplier = 1, .shift = shift});
        const std::vector<std::int32_t> dense(8, static_cast<std::int32_t>(-sign * (std::int64_t{1} << 30)));
        std::vector<std::int32_t> found(8);
        std::uint64_t saturations = 0;
        const ClipRange range{static_cast<std::int32_t>(least_word), static_cast<std::int32_t>(greatest_word)};
        const std::int32_t expected = requantize(records[0], {.dense = dense[0]}, range, saturations);
        EXPECT_EQ(requantize_pixels(records, {.dense = dense.data()}, range, found), 8 * saturations);
        EXPECT_EQ(found, std::vector<std::int32_t>(8, expected))
            << "shift " << int{shift} << ", bias " << records[0].bias;
      }
    }
  }
}

}  // namespace
}  // namespace terse::test
