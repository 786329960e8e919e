#include "compiler/requantization.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "compiler/compiler.hpp"

namespace terse::compiler {
namespace {

TEST(Requantization, LargestMultiplierUsesFifteenBits) {
  const Requantization q = requantize({0.01, 0.0004, -0.5, 3.25}, "layer");
  EXPECT_EQ(q.shift, 15);  // 0.5 * 2^15 = 16384; * 2^16 would be 32768
  EXPECT_EQ(q.residual, -16384);
  EXPECT_EQ(q.dense, std::lround(0.01 * 32768));
  EXPECT_EQ(q.sparse, std::lround(0.0004 * 32768));
  EXPECT_EQ(q.bias, std::llround(3.25 * 32768));
}

TEST(Requantization, TheLimitItselfFits) {
  EXPECT_EQ(requantize({32767.0, 0, 0, 0}, "layer").dense, 32767);
  EXPECT_EQ(requantize({-32767.4, 0, 0, 0}, "layer").dense, -32767);
  EXPECT_THROW(requantize({32767.6, 0, 0, 0}, "layer"), CompileError);
}

TEST(Requantization, BiasKeepsRoomForTheSum) {
  const Requantization q = requantize({1e-12, 0, 0, 1e6}, "layer");
  EXPECT_LT(std::abs(static_cast<double>(q.bias)), std::ldexp(1.0, 62) + 1);
  EXPECT_NEAR(std::ldexp(static_cast<double>(q.bias), -q.shift), 1e6, 1e-6);
  EXPECT_EQ(requantize({1e-30, 0, 0, 0}, "layer").shift, greatest_shift);
}

TEST(Requantization, RefusesWhatIsNotANumber) {
  EXPECT_THROW(requantize({std::nan(""), 0, 0, 0}, "layer"), CompileError);
  EXPECT_THROW(requantize({0, 0, 0, INFINITY}, "layer"), CompileError);
}

/// The error stated in the header holds.
TEST(Requantization, ErrorStaysWithinTheStatedBound) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> exponent(-12, 2), sign(-1, 1);
  for (int i = 0; i < 2000; ++i) {
    const auto factor = [&] { return std::copysign(std::exp2(exponent(random)), sign(random)); };
    const RealFactors f{factor(), factor(), factor(), 100 * factor()};
    const Requantization q = requantize(f, "layer");
    const double at = 5000 * sign(random), as = 90000 * sign(random), r = 255 * sign(random);
    const double real = f.dense * at + f.sparse * as + f.residual * r + f.bias;
    const double integer =
        std::ldexp(q.dense * at + q.sparse * as + q.residual * r + static_cast<double>(q.bias), -q.shift);
    EXPECT_LE(std::abs(real - integer),
              (std::abs(at) + std::abs(as) + std::abs(r) + 1) * std::ldexp(1.0, -q.shift - 1) + 1e-9);
  }
}

}  // namespace
}  // namespace terse::compiler
