#pragma once
// The golden reference: an independent, plain evaluation of each *un-split* layer in integers. It shares no code with
// the hardware models and does not know that a layer is split into passes: the weight of position k of channel o is the
// one integer dense * ternary + sparse * high_precision, accumulated in 64 bits.
#include <cstdint>
#include <span>
#include <vector>

#include "compiler/quantized_network.hpp"

namespace terse::reference {

/// All tensors of one inference, by index of QuantizedNetwork::tensors; layout [row][column][channel].
using Activations = std::vector<std::vector<std::int32_t>>;

/// `input`: network input, elements() bytes. Returns every tensor's values.
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
