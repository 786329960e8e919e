#pragma once
// Random quantized networks: any kernel, stride, padding and dilation, residuals, pools, signed and unsigned
// activations, all patterns and value widths. Outputs spread over their range, so that a wrong sum shows.
#include <cstdint>
#include <random>
#include <vector>

#include "compiler/quantized_network.hpp"

namespace terse::testing {

class RandomNetwork {
 public:
  /// `with_core`: networks have layers of the core too.
  explicit RandomNetwork(std::uint32_t seed, bool with_core = false) : random_(seed), with_core_(with_core) {}

  compiler::QuantizedNetwork network();
  /// Bytes for the network's input.
  std::vector<std::uint8_t> input(const compiler::QuantizedNetwork& network);
  /// Uniform in [low, high].
  std::int64_t number(std::int64_t low, std::int64_t high);
  bool chance(double probability) { return std::bernoulli_distribution(probability)(random_); }

  /// High-precision weights that keep `pattern`, with values of `bits`.
  std::vector<std::int16_t> values(std::size_t channels, std::size_t per_channel, const compiler::Pattern& pattern,
                                   std::uint32_t bits, double density);
  compiler::Pattern pattern();

 private:
  void add_convolution(compiler::QuantizedNetwork& network);
  void add_pool(compiler::QuantizedNetwork& network);
  void add_addition(compiler::QuantizedNetwork& network);
  void add_fully_connected(compiler::QuantizedNetwork& network);
  void choose_window(compiler::QuantizedNetwork& network, compiler::Layer& layer, compiler::Tensor& output,
                     std::uint32_t greatest_kernel, bool dilated);
  void add_core(compiler::QuantizedNetwork& network);
  void choose_zero_point(compiler::Tensor& tensor);
  void set_weights(compiler::Layer& layer, std::size_t channels, std::size_t per_channel);
  void finish(compiler::QuantizedNetwork& network, compiler::Layer layer, compiler::Tensor output, double terms,
              bool words);

  std::mt19937 random_;
  bool with_core_;
};

}  // namespace terse::testing
