#include "platform/run/network_source.hpp"

#include <fmt/format.h>

#include <cmath>

#include "compiler/import/import.hpp"
#include "compiler/shapes/seeded_network.hpp"

namespace terse::run {
namespace {

/// Errors of a layer that YAML states are shown at its line.
template <class Action>
auto at_shapes(const Scenario& scenario, Action action) {
  try {
    return action();
  } catch (const compiler::CompileError& error) {
    if (!scenario.shapes) throw;
    throw scenario.shapes->at_its_layer(error);
  }
}

Dataset random_inputs(const DatasetSettings& settings, const compiler::Tensor& input) {
  Dataset dataset;
  dataset.height = input.height;
  dataset.width = input.width;
  dataset.pixels = compiler::seeded_inputs(input, settings.images, settings.seed, settings.density);
  return dataset;
}

}  // namespace

compiler::QuantizedNetwork network_of(const Scenario& scenario) {
  if (scenario.shapes) {
    compiler::NetworkShape shape = scenario.shapes->shape;
    if (scenario.dataset.type == "random") shape.input_density = scenario.dataset.density;
    return at_shapes(scenario, [&] { return compiler::seeded_network(shape); });
  }
  compiler::CompileOptions options;
  if (scenario.decompose) options.decomposition = scenario.decomposition.options();
  return compiler::import_network(scenario.network, options);
}

compiler::CompiledNetwork compile_for(const Scenario& scenario, compiler::QuantizedNetwork network) {
  return at_shapes(
      scenario, [&] { return compiler::compile(std::move(network), scenario.limits(), scenario.mapping.mapping()); });
}

Dataset inputs_of(const Scenario& scenario, const compiler::QuantizedNetwork& network) {
  const auto& input = network.tensors[network.input];
  if (scenario.dataset.type == "random") return random_inputs(scenario.dataset, input);
  Dataset dataset = load_fashion_mnist_test(scenario.dataset.folder, scenario.dataset.first, scenario.dataset.images);
  const bool pixels = input.bits == 8 && !input.is_signed && std::abs(input.scale * 255 - 1) < 1e-4;
  if (input.height != dataset.height || input.width != dataset.width || input.channels != 1 || !pixels) {
    throw configuration::ConfigurationError(scenario.network_place,
                                            fmt::format("network: the input is {}x{}x{} with scale {:.6g}, but images "
                                                        "of {} are {}x{}x1 unsigned bytes with scale 1/255",
                                                        input.height, input.width, input.channels, input.scale,
                                                        scenario.dataset.type, dataset.height, dataset.width));
  }
  return dataset;
}

}  // namespace terse::run
