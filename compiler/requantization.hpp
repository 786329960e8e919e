#pragma once
// Real factors of a layer's output -> the integers of the merge unit's requantization.
#include <cstdint>
#include <string>

#include "compiler/quantized_network.hpp"

namespace terse::compiler {

/// y = dense * at + sparse * as + residual * r + bias, in units of the output's scale.
struct RealFactors {
  double dense = 0;
  double sparse = 0;
  double residual = 0;
  double bias = 0;
};

/// Largest shift the compiler uses: with 16-bit multipliers it resolves factors down to 2^-47, and the bias of an
/// output up to 2^15 still fits 63 bits.
inline constexpr unsigned greatest_shift = 47;

/// Chooses the largest shift, at most greatest_shift, for which every multiplier fits 16 bits, so that the largest of
/// the three uses all 15 bits of magnitude. Each multiplier is off by at most half a unit, so the error of y before
/// rounding is at most (|at| + |as| + |r| + 1) * 2^-(shift + 1).
/// Throws CompileError, naming `layer`, when a factor exceeds 32767: the output scale is far too fine.
Requantization requantize(const RealFactors& factors, const std::string& layer);

}  // namespace terse::compiler
