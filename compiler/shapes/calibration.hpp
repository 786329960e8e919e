#pragma once
// Scales of a seeded layer's outputs, from what it computes on seeded inputs: without them random weights saturate every
// output or leave none.
#include "compiler/quantized_network.hpp"
#include "compiler/reference/reference.hpp"
#include "compiler/shapes/network_shape.hpp"

namespace terse::compiler {

/// Fills `network.layers[index].requantization`. Each output channel is normalized to mean 0 and deviation 1 over sampled
/// pixels, as batch normalization does (over the whole layer where there are too few pixels), the residual to deviation
/// 1. Then, for the layer as a whole: with relu the share `zero_outputs` of the samples lies below 0; all but a
/// thousandth stay below nine tenths of the greatest output.
void calibrate(QuantizedNetwork& network, std::size_t index, const LayerStatistics& statistics,
               const reference::Activations& activations);

/// As stated, for a layer without weights: pooling keeps its scale.
void keep_scale(QuantizedNetwork& network, std::size_t index);

}  // namespace terse::compiler
