#include "compiler/prediction/core_cycles.hpp"

#include "compiler/core_layer.hpp"

namespace terse::compiler {

namespace {

/// Tenths of a cycle per element (or product), cycles per pixel and per layer.
struct KernelCost {
  std::uint64_t element_tenths, pixel, layer;
};

struct KernelCosts {
  // The layer's share of a table is the reading of its 256 entries.
  KernelCost operator()(const TableOperation&) const { return {191, 0, 19'300}; }
  KernelCost operator()(const ElementWiseOperation&) const { return {1'770, 0, 1'500}; }
  KernelCost operator()(const RearrangeOperation&) const { return {183, 0, 1'500}; }
  KernelCost operator()(const SoftmaxOperation&) const { return {1'074, 884, 0}; }
  KernelCost operator()(const LayerNormOperation&) const { return {1'319, 1'905, 0}; }
  KernelCost operator()(const MatrixProductOperation&) const { return {85, 0, 1'500}; }
};

}  // namespace

std::uint64_t core_cycles(const QuantizedNetwork& network, const Layer& layer) {
  const KernelCost cost = std::visit(KernelCosts{}, *layer.operation);
  const Tensor& output = network.tensors[layer.output];
  const std::uint64_t pixels = std::uint64_t{output.height} * output.width;
  return cost.element_tenths * core_work(network, layer) / 10 + cost.pixel * pixels + cost.layer;
}

}  // namespace terse::compiler
