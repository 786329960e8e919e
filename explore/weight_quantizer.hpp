// One layer's weights on their way from float to ternary and high precision: positions, schedule, scales. Plain C++, no
// libtorch; the split itself is the compiler's.
#pragma once

#include <random>
#include <span>
#include <string>
#include <vector>

#include "compiler/decomposition.hpp"

namespace terse::explore {

class WeightQuantizer {
 public:
  /// Of a layer all of whose weights are in high precision: options.pattern dense.
  WeightQuantizer(const compiler::WeightGrid& grid, const compiler::DecompositionOptions& options, std::uint64_t seed);

  /// Chooses the positions of high precision from the present weights. `fisher`: mean square of the loss's gradient by
  /// weight, or empty.
  void choose(std::span<const float> weights, std::span<const float> fisher = {});

  /// Relaxes a random part of the weights that are to be ternary: they stay as they are.
  void relax(double fraction);
  /// Turns the largest of these weights ternary for good, `fraction` of them in all; the first call fixes the scales.
  void freeze(std::span<const float> weights, double fraction);

  /// The integers and scales of the present weights.
  [[nodiscard]] compiler::SplitWeights quantize(std::span<const float> weights) const;
  /// What the forward pass computes with; relaxed weights as they are. `ternary_scale`: in place of the split's own,
  /// one per output channel, or empty.
  void effective(std::span<const float> weights, std::span<const float> ternary_scale, std::span<float> result) const;
  /// Puts weights that stand still back to their values.
  void hold(std::span<float> weights) const;

  [[nodiscard]] const compiler::WeightGrid& grid() const { return grid_; }
  /// Some weights are not yet ternary: the network is not quantized yet.
  [[nodiscard]] bool relaxed() const { return !relaxed_.empty(); }
  [[nodiscard]] bool all_precise() const { return options_.pattern == compiler::Pattern::Kind::dense; }
  [[nodiscard]] bool has_ternary() const { return !all_precise(); }

  /// Everything but grid and options, for a checkpoint.
  [[nodiscard]] std::string state() const;
  void restore(const std::string& state);

 private:
  [[nodiscard]] bool is_ternary(std::size_t weight) const { return positions_[weight] == 0; }

  compiler::WeightGrid grid_;
  compiler::DecompositionOptions options_;
  std::vector<char> positions_;     ///< 1: high precision.
  std::vector<char> relaxed_;       ///< 1: not ternary yet; empty: none.
  std::vector<char> frozen_;        ///< 1: stands still; empty: none.
  std::vector<double> held_scale_;  ///< Of frozen weights, per output channel.
  std::vector<signed char> held_;   ///< Their ternary values.
  std::mt19937_64 random_;
};

}  // namespace terse::explore
