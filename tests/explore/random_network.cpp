#include "tests/explore/random_network.hpp"

#include <random>

namespace terse::explore {

TrainedNetwork random_network(const Topology& topology, const compiler::DecompositionOptions& options,
                              int activation_bits) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  const auto draw = [&](int count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = normal(random);
    return values;
  };
  TrainedNetwork network;
  network.topology = topology;
  network.quantized = options.decompose;
  for (const Node& node : topology.nodes) {
    const bool is_signed = !node.relu && node.kind == Node::Kind::convolution;
    if (node.kind != Node::Kind::max_pool && node.kind != Node::Kind::fully_connected) {
      network.activations[node.name] = {0.1F, node.relu ? activation_bits : 8, is_signed};
    }
    if (!node.has_weights()) continue;
    TrainedLayer& layer = network.layers[node.name];
    const std::vector<float> weights = draw(node.output_channels * node.weights_per_channel());
    if (options.decompose) {
      compiler::DecompositionOptions own = options;
      if (node.all_precise) own.pattern = compiler::Pattern::Kind::dense;
      layer.split = compiler::decompose(
          std::vector<double>(weights.begin(), weights.end()),
          {static_cast<std::size_t>(node.output_channels), static_cast<std::size_t>(node.weights_per_channel()),
           static_cast<std::size_t>(node.input_channels / node.groups)},
          own);
    } else {
      layer.weights = weights;
    }
    if (node.kind == Node::Kind::fully_connected) {
      layer.bias = draw(node.output_channels);
    } else {
      layer.normalization = {draw(node.output_channels), draw(node.output_channels), draw(node.output_channels),
                             std::vector<float>(static_cast<std::size_t>(node.output_channels), 1.0F)};
    }
  }
  network.activations["image"] = {1.0F / 255.0F, 8, false};
  network.metadata["command"] = "a test";
  return network;
}

}  // namespace terse::explore
