#include "compiler/requantization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/compiler.hpp"

namespace terse::compiler {

namespace {

constexpr double greatest_multiplier = 32767;
// The three products stay below 2^48 (16-bit multiplier, 31-bit accumulator), so this leaves the 64-bit sum no way to
// overflow.
const double greatest_bias = std::ldexp(1.0, 62);

bool fits(const RealFactors& factors, double unit) {
  const double multiplier =
      std::max({std::abs(factors.dense), std::abs(factors.sparse), std::abs(factors.residual)}) * unit;
  return std::round(multiplier) <= greatest_multiplier && std::abs(factors.bias) * unit <= greatest_bias;
}

}  // namespace

Requantization requantize(const RealFactors& factors, const std::string& layer) {
  if (!std::isfinite(factors.dense) || !std::isfinite(factors.sparse) || !std::isfinite(factors.residual) ||
      !std::isfinite(factors.bias)) {
    throw CompileError(fmt::format("layer '{}': a scale or bias is not a finite number", layer));
  }
  int shift = greatest_shift;
  while (shift > 0 && !fits(factors, std::ldexp(1.0, shift))) --shift;
  const double unit = std::ldexp(1.0, shift);
  if (!fits(factors, unit)) {
    throw CompileError(
        fmt::format("layer '{}': one step of its input is {:.4g} steps of its output, more than the {} a 16-bit "
                    "multiplier can state; give the output a coarser scale",
                    layer, std::max({std::abs(factors.dense), std::abs(factors.sparse), std::abs(factors.residual)}),
                    greatest_multiplier));
  }
  const auto multiplier = [&](double factor) { return static_cast<std::int16_t>(std::lround(factor * unit)); };
  Requantization result;
  result.dense = multiplier(factors.dense);
  result.sparse = multiplier(factors.sparse);
  result.residual = multiplier(factors.residual);
  result.shift = static_cast<std::uint8_t>(shift);
  result.bias = std::llround(factors.bias * unit);
  return result;
}

}  // namespace terse::compiler
