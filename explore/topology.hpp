// The network `fashion`: a narrow ResNet-8 for 28 x 28 grey images, described once for training and export.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace terse::explore {

constexpr int image_side = 28;
constexpr int class_count = 10;

/// A convolution followed by batch normalisation. Square kernel, symmetric padding.
struct ConvolutionShape {
  std::string name;  ///< also the name of its node in the ONNX graph, e.g. "block1.conv1"
  int input_channels = 0;
  int output_channels = 0;
  int kernel = 0;
  int stride = 1;
  int padding = 0;
  bool always_int8 = false;  ///< the first layer keeps int8 weights in every quantized variant

  int weights_per_channel() const { return kernel * kernel * input_channels; }
};

/// y = relu(conv2(relu(conv1(x))) + shortcut(x)); without a shortcut convolution the shortcut is the identity.
struct ResidualBlock {
  std::string name;
  ConvolutionShape conv1;
  ConvolutionShape conv2;
  std::optional<ConvolutionShape> shortcut;
};

struct Topology {
  int width = 0;  ///< channels after the stem
  ConvolutionShape stem;
  std::vector<ResidualBlock> blocks;
  int features = 0;  ///< inputs of the fully connected layer "fc", which has class_count outputs

  /// All convolutions in the order of execution (a block's shortcut before its conv2 needs it, so it comes second).
  std::vector<ConvolutionShape> convolutions() const;
  /// Multiply-accumulates per image, fully connected layer included.
  std::int64_t macs() const;
};

/// Stem 1->C, block1 C->C, block2 C->2C with stride 2, block3 2C->4C with stride 2, global average pool, fc 4C->10.
Topology fashion_topology(int width);

}  // namespace terse::explore
