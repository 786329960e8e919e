// Writes a trained network as ONNX in the QDQ form that the compiler and any ONNX runtime read.
#pragma once

#include <filesystem>
#include <stdexcept>

#include "explore/network_parameters.hpp"

namespace terse::explore {

/// Parameters that do not fit the topology, or a file that cannot be written.
class OnnxExportError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Input `image` float [N, 1, 28, 28] in 0..1, output `logits` float [N, 10]; opset 13.
///
/// Activations pass QuantizeLinear and DequantizeLinear (uint8, or int8 after a shortcut convolution; zero point 0).
/// Weights are DequantizeLinear of int8 with a scale per output channel (axis 0); a mixed layer's weight is the Add of
/// two such, "NAME.ternary" and "NAME.values". Batch normalisation stays a node of its own.
void write_onnx(const NetworkParameters& parameters, const std::filesystem::path& path);

}  // namespace terse::explore
