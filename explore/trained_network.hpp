// What training hands over: the parameters of a network without any framework's types.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/decomposition.hpp"
#include "explore/topology.hpp"

namespace terse::explore {

struct BatchNormalization {
  std::vector<float> gamma, beta, mean, variance;
};

constexpr float batch_norm_epsilon = 1e-5F;

/// A convolution or the fully connected layer. Weights are [output channel][k], k = (kernel row * kernel + kernel
/// column) * input channels of the group + channel.
struct TrainedLayer {
  std::vector<float> weights;        ///< Of a float network only.
  compiler::SplitWeights split;      ///< Of a quantized network only.
  BatchNormalization normalization;  ///< Of a convolution only.
  std::vector<float> bias;           ///< Of the fully connected layer only.
};

struct ActivationScale {
  float scale = 1;
  int bits = 8;
  bool is_signed = false;
};

struct TrainedNetwork {
  Topology topology;
  bool quantized = false;
  std::map<std::string, TrainedLayer> layers;          ///< By node.
  std::map<std::string, ActivationScale> activations;  ///< By node, and "image"; of a quantized network only.
  std::map<std::string, std::string> metadata;         ///< How it was made; goes into the ONNX file.
};

}  // namespace terse::explore
