#include "compiler/core_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "compiler/compiler.hpp"

namespace terse::compiler {

namespace {

constexpr int exponential_bits = 30;  // of a whole pixel's sum
constexpr int most_softmax_shift = 31;
constexpr int multiplier_bits = 31;
constexpr int gamma_bits = 30;
constexpr int most_beta_bits = 61;

}  // namespace

image::CoreSoftmax softmax_parameters(const Layer& layer, const Tensor& input, const Tensor& output) {
  image::CoreSoftmax parameters{};
  const int fraction = exponential_bits - static_cast<int>(std::bit_width(input.channels - 1));
  for (int d = 0; d < 256; ++d) {
    parameters.exponentials[d] =
        static_cast<std::uint32_t>(std::floor(std::exp(-input.scale * d) * std::ldexp(1.0, fraction) + 0.5));
  }
  const double factor = 1 / output.scale;
  int exponent = 0;
  std::frexp(factor, &exponent);  // factor in [2^(exponent - 1), 2^exponent)
  const int shift = multiplier_bits - exponent;
  const double multiplier = std::floor(std::ldexp(factor, shift) + 0.5);
  if (shift < 0 || shift > most_softmax_shift || multiplier >= std::ldexp(1.0, multiplier_bits)) {
    throw CompileError(
        fmt::format("layer '{}': softmax with an output scale of {}; it must be greater than 2^-31 and at most 2",
                    layer.name, output.scale));
  }
  parameters.multiplier = static_cast<std::uint32_t>(multiplier);
  parameters.shift = static_cast<std::uint32_t>(shift);
  return parameters;
}

LayerNormParameters layer_norm_parameters(const Layer& layer, const Tensor& input, const Tensor& output) {
  const auto& operation = std::get<LayerNormOperation>(*layer.operation);
  double gamma = 0, beta = 0;
  for (const double value : operation.gamma) gamma = std::max(gamma, std::abs(value) / output.scale);
  for (const double value : operation.beta) beta = std::max(beta, std::abs(value) / output.scale);
  const auto fits = [&](int bits) {
    return std::round(std::ldexp(gamma, bits)) < std::ldexp(1.0, gamma_bits) &&
           std::round(std::ldexp(beta, bits + static_cast<int>(image::layer_norm_fraction))) <
               std::ldexp(1.0, most_beta_bits);
  };
  int bits = gamma_bits;
  while (bits >= 0 && !fits(bits)) --bits;
  const double unit = static_cast<double>(input.channels) / input.scale;
  const double epsilon = std::floor(operation.epsilon * unit * unit + 0.5);
  if (bits < 0 || !(epsilon < std::ldexp(1.0, most_beta_bits)) || epsilon < 0) {
    throw CompileError(
        fmt::format("layer '{}': layer normalization with gamma up to {}, beta up to {} (in steps of the output) and "
                    "epsilon {}; gamma "
                    "must be below 2^30, beta below 2^41, epsilon * (channels / input scale)^2 from 0 to below 2^61",
                    layer.name, gamma, beta, operation.epsilon));
  }
  LayerNormParameters parameters;
  const auto whole_epsilon = static_cast<std::uint64_t>(epsilon);
  const int beta_bits = bits + static_cast<int>(image::layer_norm_fraction);
  parameters.header = {static_cast<std::uint32_t>(whole_epsilon), static_cast<std::uint32_t>(whole_epsilon >> 32),
                       static_cast<std::uint32_t>(beta_bits)};
  for (std::size_t c = 0; c < operation.gamma.size(); ++c) {
    const auto b = static_cast<std::uint64_t>(std::llround(std::ldexp(operation.beta[c] / output.scale, beta_bits)));
    parameters.channels.push_back(
        {static_cast<std::int32_t>(std::lround(std::ldexp(operation.gamma[c] / output.scale, bits))),
         static_cast<std::uint32_t>(b), static_cast<std::int32_t>(b >> 32)});
  }
  return parameters;
}

}  // namespace terse::compiler
