#pragma once
// A random layer of the core at the end of a network.
#include "compiler/quantized_network.hpp"

namespace terse::testing {

class RandomNetwork;

/// Reads the last tensor of 8 bits or fewer.
void add_random_core_layer(compiler::QuantizedNetwork& network, RandomNetwork& random);

}  // namespace terse::testing
