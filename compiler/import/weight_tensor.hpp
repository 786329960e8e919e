#pragma once
// The weights of a layer as the file states them, and how they become ternary and high-precision parts.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compiler/decomposition.hpp"
#include "compiler/graph/model.hpp"

namespace terse::compiler::importer {

/// One summand of a weight: integers with a scale per index of `axis` (or one for all), or real numbers (scale 1).
struct WeightPart {
  graph::ConstantTensor tensor;
  std::vector<double> scale{1.0};
  std::int64_t axis = 0;
  bool is_real = true;

  /// Which of the scales an element has.
  [[nodiscard]] std::size_t scale_index(std::size_t element) const;
  [[nodiscard]] double scale_at(std::size_t element) const { return scale[scale_index(element)]; }
  [[nodiscard]] double real_at(std::size_t element) const { return tensor.values[element] * scale_at(element); }
};

/// The sum of its parts; all have the same shape.
using WeightSum = std::vector<WeightPart>;

/// Where weight (output channel, k) lies in the file's tensor.
struct WeightOrder {
  std::size_t node_input = 1;  ///< Which input of the node it is.
  std::size_t output_channels = 0;
  std::size_t weights_per_channel = 0;
  std::size_t input_channels = 0;        ///< Of one kernel position.
  std::int64_t output_axis = 0;          ///< Axis of the output channel in the file.
  std::vector<double> activation_power;  ///< Mean square of the activation that each k multiplies; empty: not known.
  std::function<std::size_t(std::size_t channel, std::size_t k)> element;
};

/// Takes the weights as they stand: two integer parts of which one is ternary by value; one integer part, ternary or
/// not by value; or real numbers, quantized to 8 bits. `decompose`: splits their sum anew instead. `stated_pattern`: what
/// the file says of high-precision weights, "" for nothing. Scales are rounded to what a file can state.
/// Throws CompileError with the reason (without file and node, which the caller knows).
SplitWeights split_weights(const WeightSum& sum, const WeightOrder& order, const DecompositionOptions* decompose,
                           const std::string& stated_pattern = "");

}  // namespace terse::compiler::importer
