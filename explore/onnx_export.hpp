// Writes a trained network as ONNX in the QDQ form that the compiler and any ONNX runtime read.
#pragma once

#include <filesystem>
#include <stdexcept>

#include "explore/trained_network.hpp"

namespace terse::explore {

/// Parameters that do not fit the topology, or a file that cannot be written.
class OnnxExportError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Input `image` float [N, C, H, W] in 0..1, output `logits` float [N, classes]; opset 13.
///
/// Activations pass QuantizeLinear and DequantizeLinear (uint8, or int8 before a residual sum; zero point 0), with a
/// Clip of the integers between them where they have fewer than 8 bits. Weights are DequantizeLinear of integers (int8,
/// or int32 where 16 bits are needed) with a scale per output channel (axis 0); the weight of a split layer is the Add
/// of two such, "NAME.ternary" and "NAME.values". Batch normalisation stays a node of its own.
void write_onnx(const TrainedNetwork& network, const std::filesystem::path& path);

}  // namespace terse::explore
