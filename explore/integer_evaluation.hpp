// Predictions of a quantized network in integers: convolutions by libtorch, on floats that hold every sum exactly, and
// requantization in 64 bits. Shares no code with the golden reference, nor with the hardware models.
#pragma once

#include <vector>

#include "compiler/quantized_network.hpp"
#include "explore/dataset.hpp"

namespace terse::explore {

/// A network with a layer that this evaluation does not know.
class EvaluationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The class with the greatest output of every image (the first of equals).
std::vector<int> integer_predictions(const compiler::QuantizedNetwork& network, const LabelledImages& images);

}  // namespace terse::explore
