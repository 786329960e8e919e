#include "explore/topology.hpp"

namespace terse::explore {

namespace {

ResidualBlock residual_block(const std::string& name, int input_channels, int output_channels, int stride) {
  ResidualBlock block;
  block.name = name;
  block.conv1 = {name + ".conv1", input_channels, output_channels, 3, stride, 1, false};
  block.conv2 = {name + ".conv2", output_channels, output_channels, 3, 1, 1, false};
  if (stride != 1 || input_channels != output_channels) {
    block.shortcut = ConvolutionShape{name + ".shortcut", input_channels, output_channels, 1, stride, 0, false};
  }
  return block;
}

}  // namespace

std::vector<ConvolutionShape> Topology::convolutions() const {
  std::vector<ConvolutionShape> all{stem};
  for (const ResidualBlock& block : blocks) {
    all.push_back(block.conv1);
    if (block.shortcut) all.push_back(*block.shortcut);
    all.push_back(block.conv2);
  }
  return all;
}

std::int64_t Topology::macs() const {
  const auto cost = [](const ConvolutionShape& shape, int output_side) {
    return std::int64_t{output_side} * output_side * shape.output_channels * shape.weights_per_channel();
  };
  int side = image_side;
  std::int64_t total = cost(stem, side);
  for (const ResidualBlock& block : blocks) {
    side = (side + block.conv1.stride - 1) / block.conv1.stride;
    total += cost(block.conv1, side) + cost(block.conv2, side);
    if (block.shortcut) total += cost(*block.shortcut, side);
  }
  return total + std::int64_t{features} * class_count;
}

Topology fashion_topology(int width) {
  Topology topology;
  topology.width = width;
  topology.stem = {"stem", 1, width, 3, 1, 1, true};
  topology.blocks = {residual_block("block1", width, width, 1), residual_block("block2", width, 2 * width, 2),
                     residual_block("block3", 2 * width, 4 * width, 2)};
  topology.features = 4 * width;
  return topology;
}

}  // namespace terse::explore
