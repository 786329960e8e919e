#pragma once
#include "explore/trained_network.hpp"

namespace terse::explore {

/// Weights and scales of a topology from a fixed seed, decomposed; `options.decompose` false: a float network.
TrainedNetwork random_network(const Topology& topology, const compiler::DecompositionOptions& options,
                              int activation_bits = 8);

}  // namespace terse::explore
