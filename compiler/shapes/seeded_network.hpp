#pragma once
// Shapes -> a network in integers, with weights drawn from the seed and scales calibrated layer by layer on one seeded
// input. The same shape gives the same network on every machine.
#include "compiler/shapes/network_shape.hpp"

namespace terse::compiler {

/// Throws CompileError "layer 'NAME': ..." for a shape that is none: a window that does not fit, layers that cannot be
/// added, a name that no layer before has, an output that nobody reads.
QuantizedNetwork seeded_network(const NetworkShape& shape);

/// `count` inputs of the tensor, one after the other: nonzero with probability `density`, then uniform over the tensor's
/// nonzero values (symmetric where signed).
std::vector<std::uint8_t> seeded_inputs(const Tensor& tensor, std::uint32_t count, std::uint64_t seed, double density);

}  // namespace terse::compiler
