#include "compiler/shapes/seeded_weights.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace terse::compiler {

namespace {

using Positions = std::vector<char>;  // 1: high precision

std::mt19937_64 seeded_engine(std::uint64_t seed, std::uint32_t index) {
  const std::array<std::uint32_t, 3> words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                                           index};
  std::seed_seq sequence(words.begin(), words.end());
  return std::mt19937_64(sequence);
}

Pattern pattern_of(const LayerStatistics& statistics) {
  using Kind = Pattern::Kind;
  if (statistics.weights == "ternary") return {};
  if (statistics.weights == "dense" || statistics.pattern == "dense") return {Kind::dense, 0, 0};
  if (statistics.pattern == "unstructured") return {Kind::unstructured, 0, 0};
  if (statistics.pattern == "n_of_m") return {Kind::n_of_m, statistics.n, statistics.m};
  return {};
}

/// `n` of the group's positions, each set equally likely (selection sampling, Knuth volume 2, algorithm S).
void choose(std::span<char> group, std::size_t n, SeededStream& random) {
  std::size_t needed = std::min(n, group.size());
  for (std::size_t i = 0; i < group.size() && needed > 0; ++i) {
    if (random.below(static_cast<std::uint32_t>(group.size() - i)) >= needed) continue;
    group[i] = 1;
    --needed;
  }
}

Positions choose_positions(std::size_t channels, std::size_t per_channel, const Pattern& pattern, double density,
                           SeededStream& random) {
  Positions precise(channels * per_channel, pattern.kind == Pattern::Kind::dense ? 1 : 0);
  if (pattern.kind == Pattern::Kind::unstructured) {
    for (char& position : precise) position = random.chance(density) ? 1 : 0;
  }
  if (pattern.kind != Pattern::Kind::n_of_m) return precise;
  for (std::size_t row = 0; row < precise.size(); row += per_channel) {
    for (std::size_t k = 0; k < per_channel; k += pattern.m) {
      const std::size_t size = std::min<std::size_t>(pattern.m, per_channel - k);
      choose(std::span(precise).subspan(row + k, size), pattern.n, random);
    }
  }
  return precise;
}

std::int8_t draw_ternary(double zero_fraction, SeededStream& random) {
  if (random.chance(zero_fraction)) return 0;
  return random.below(2) == 0 ? std::int8_t{1} : std::int8_t{-1};
}

std::int16_t draw_value(std::uint32_t greatest, SeededStream& random) {
  const std::uint32_t drawn = random.below(2 * greatest);
  const int magnitude = static_cast<int>(drawn >> 1) + 1;
  return static_cast<std::int16_t>((drawn & 1u) == 0 ? magnitude : -magnitude);
}

}  // namespace

SeededStream::SeededStream(std::uint64_t seed, std::uint32_t index) : engine_(seeded_engine(seed, index)) {}

void draw_weights(Layer& layer, std::uint32_t output_channels, std::uint64_t weights_per_channel,
                  const LayerStatistics& statistics, SeededStream& random) {
  layer.pattern = pattern_of(statistics);
  layer.value_bits = statistics.value_bits;
  const bool with_values = layer.pattern.kind != Pattern::Kind::none;
  const bool with_ternary =
      statistics.weights == "ternary" || (statistics.weights == "mixed" && layer.pattern.kind != Pattern::Kind::dense);
  const Positions precise =
      choose_positions(output_channels, weights_per_channel, layer.pattern, statistics.density, random);
  if (with_ternary) layer.ternary.resize(precise.size());
  if (with_values) layer.high_precision.resize(precise.size());
  const std::uint32_t greatest = (1u << (statistics.value_bits - 1)) - 1;
  for (std::size_t i = 0; i < precise.size(); ++i) {
    if (precise[i] != 0) {
      layer.high_precision[i] = draw_value(greatest, random);
    } else if (with_ternary) {
      layer.ternary[i] = draw_ternary(statistics.zero_fraction, random);
    }
  }
}

}  // namespace terse::compiler
