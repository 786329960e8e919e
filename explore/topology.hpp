// The networks that exploration trains, each described once for training, export and reports.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace terse::explore {

struct ImageShape {
  int rows = 28, columns = 28, channels = 1;
};

/// A layer of the network. Every output but the last one's is quantized; batch normalisation follows a convolution.
struct Node {
  enum class Kind { convolution, max_pool, average_pool, fully_connected };

  std::string name;  ///< Also of its node in the ONNX graph, for example "block1.conv1".
  Kind kind = Kind::convolution;
  std::string input;     ///< The node whose output it reads; "image" is the network's input.
  std::string residual;  ///< The node whose output is added before the ReLU; empty: none.
  int input_channels = 0, output_channels = 0;
  int kernel = 1, stride = 1, padding = 0;
  int groups = 1;
  bool relu = true;
  bool all_precise = false;  ///< Keeps all weights in 8 bits: first, last and depthwise layers.

  [[nodiscard]] bool has_weights() const { return kind == Kind::convolution || kind == Kind::fully_connected; }
  [[nodiscard]] int weights_per_channel() const { return kernel * kernel * input_channels / groups; }
};

struct Topology {
  std::string name;
  int width = 0, depth = 0;
  ImageShape image;
  int classes = 10;
  std::vector<Node> nodes;  ///< In order of execution; the last one's output are the logits.

  /// Multiply-accumulates per image.
  [[nodiscard]] std::int64_t macs() const;
  [[nodiscard]] std::int64_t weights() const;
};

/// `first_and_last`: these layers are split like the others. Width 0 and depth 0 stand for the network's own.
///   fashion   residual, 8 channels, 1 block a stage; 3 stages, of which the second and third halve the image
///   resnet8   the same with 16 channels: MLPerf Tiny's image classification network
///   resnet20  16 channels, 3 blocks a stage (He et al. 2015, with 1 x 1 convolutions as shortcuts)
///   ds_cnn    64 channels, 4 pairs of depthwise 3 x 3 and 1 x 1 convolution
///   vgg       32 channels, 3 stages of 2 convolutions, each stage of twice the channels and half the image
/// Throws std::invalid_argument for a name that is not known.
Topology topology_of(const std::string& name, int width, int depth, const ImageShape& image, int classes,
                     bool first_and_last = false);

const std::vector<std::string>& topology_names();

}  // namespace terse::explore
