#pragma once
// How values of a file's graph lie in the stored tensors of the network.
#include <cstdint>
#include <vector>

#include "compiler/graph/model.hpp"
#include "compiler/quantized_network.hpp"

namespace terse::testing {

/// Index of the stored tensor's element for each element of the file's value.
std::vector<std::size_t> stored_order(const compiler::graph::Shape& shape, bool channels_last, std::size_t elements);
/// The integer that a byte of the tensor stands for.
int stored_value(const compiler::Tensor& tensor, std::uint8_t byte);

}  // namespace terse::testing
