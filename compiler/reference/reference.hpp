#pragma once
// The golden reference: an independent, plain evaluation of each *un-split* layer in integers. It shares no code with
// the hardware models and does not know that a layer is split into passes: the weight of position k of channel o is the
// one integer dense * ternary + sparse * high_precision, accumulated in 64 bits.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compiler/quantized_network.hpp"
#include "compiler/reference/weighted_layer.hpp"

namespace terse::reference {

/// All tensors of one inference, by index of QuantizedNetwork::tensors; layout [row][column][channel].
using Activations = std::vector<std::vector<std::int32_t>>;

/// A network made ready for many inferences.
class Evaluator {
 public:
  /// `network` must outlive it.
  explicit Evaluator(const compiler::QuantizedNetwork& network);

  /// `input`: network input, elements() bytes. Returns every tensor's values.
  [[nodiscard]] Activations evaluate(std::span<const std::uint8_t> input) const;

 private:
  const compiler::QuantizedNetwork& network_;
  std::vector<std::optional<WeightedLayer>> weighted_;  ///< By layer, where it has weights.
};

/// One inference.
Activations evaluate(const compiler::QuantizedNetwork& network, std::span<const std::uint8_t> input);

/// The output of one layer; its inputs are in `activations`.
std::vector<std::int32_t> evaluate_layer(const compiler::QuantizedNetwork& network, std::size_t layer,
                                         const Activations& activations);

/// Both passes' accumulators of one output element, evaluated on their own, to name the pass that went wrong.
struct Accumulators {
  std::int64_t dense = 0;
  std::int64_t sparse = 0;
};
Accumulators accumulators_at(const compiler::QuantizedNetwork& network, std::size_t layer,
                             const Activations& activations, std::uint32_t row, std::uint32_t column,
                             std::uint32_t channel);

}  // namespace terse::reference
