#include "tests/explore/random_parameters.hpp"

#include <random>

#include "explore/topology.hpp"

namespace terse::explore {

NetworkParameters random_parameters(Variant variant, int width) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  const auto draw = [&](int count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = normal(random);
    return values;
  };
  NetworkParameters parameters;
  parameters.variant = variant;
  parameters.width = width;
  const auto set_weights = [&](LayerParameters& layer, int channels, int per_channel, bool always_int8) {
    const std::vector<float> weights = draw(channels * per_channel);
    if (variant == Variant::float32) {
      layer.weights = weights;
    } else if (variant == Variant::int8 || always_int8) {
      layer.quantized = quantize_int8(weights, channels);
    } else if (variant == Variant::ternary) {
      layer.quantized = quantize_ternary(weights, channels);
    } else {
      layer.quantized =
          quantize_mixed(weights, channels, choose_precise(weights, channels, precise_group, Criterion::magnitude));
    }
  };
  const Topology topology = fashion_topology(width);
  for (const ConvolutionShape& shape : topology.convolutions()) {
    LayerParameters& layer = parameters.layers[shape.name];
    set_weights(layer, shape.output_channels, shape.weights_per_channel(), shape.always_int8);
    layer.normalization = {draw(shape.output_channels), draw(shape.output_channels), draw(shape.output_channels),
                           std::vector<float>(static_cast<std::size_t>(shape.output_channels), 1.0F)};
    parameters.scales[shape.name] = 0.1F;
  }
  set_weights(parameters.layers["fc"], class_count, topology.features, true);
  parameters.layers["fc"].bias = draw(class_count);
  for (const ResidualBlock& block : topology.blocks) parameters.scales[block.name] = 0.1F;
  parameters.scales["pool"] = 0.05F;
  parameters.scales["image"] = 1.0F / 255.0F;
  parameters.metadata["command"] = "a test";
  return parameters;
}

}  // namespace terse::explore
