#pragma once
// What the accumulators of a layer can hold at most, proven from its weights and the range of its input.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "compiler/quantized_network.hpp"

namespace terse::compiler {

struct Bound {
  std::int64_t least = 0;
  std::int64_t greatest = 0;

  [[nodiscard]] double magnitude() const { return static_cast<double>(std::max(-least, greatest)); }
};

struct AccumulatorBounds {
  Bound dense, sparse;
};

/// Greatest magnitude of an activation of the tensor.
double greatest_magnitude(const Tensor& tensor);

/// Bounds of one output channel. Partial sums stay within them too, because a bound adds each product's extreme, which
/// zero never exceeds. Pooling and addition count as dense.
AccumulatorBounds accumulator_bounds(const Layer& layer, const std::vector<Tensor>& tensors, std::uint32_t channel);

/// Throws CompileError naming layer and channel when an accumulator could leave 32 bits.
void check_accumulators(const QuantizedNetwork& network, const Layer& layer);

}  // namespace terse::compiler
