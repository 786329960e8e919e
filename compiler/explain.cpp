#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "compiler/compiler.hpp"
#include "compiler/core_layer.hpp"
#include "compiler/pattern.hpp"

namespace terse::compiler {

namespace {

constexpr const char* row_format =
    "{:<{}}  {:<9}  {:<28}  {:>12}  {:>10}  {:>12}  {:>9}  {:>8}  {:>12}  {:>4}  {:>6}  {:>7}  {:>5}  {:>9}  {:>10}\n";

std::string kind_name(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::convolution:
      return std::string(layer.groups == 1 ? "conv" : "gconv") + (layer.residual == Layer::no_tensor ? "" : "+add");
    case LayerKind::fully_connected:
      return layer.residual == Layer::no_tensor ? "fc" : "fc+add";
    case LayerKind::max_pool:
      return layer.window.kernel_height * layer.window.kernel_width == 1 ? "copy" : "maxpool";
    case LayerKind::average_pool:
      return "avgpool";
    case LayerKind::add:
      return "add";
    case LayerKind::core:
      return core_operation_name(*layer.operation);
  }
  return "-";
}

std::string shape(const QuantizedNetwork& network, const Layer& layer) {
  const auto size = [](const Tensor& tensor) {
    return fmt::format("{}x{}x{}", tensor.height, tensor.width, tensor.channels);
  };
  std::string window;
  const Window& w = layer.window;
  if (layer.kind != LayerKind::fully_connected && layer.kind != LayerKind::add && layer.kind != LayerKind::core) {
    window = fmt::format(" k{}x{}", w.kernel_height, w.kernel_width);
    if (w.stride_y * w.stride_x != 1) window += fmt::format("/{}", std::max(w.stride_y, w.stride_x));
  }
  return size(network.tensors[layer.input]) + ">" + size(network.tensors[layer.output]) + window;
}

std::string or_dash(bool applies, const std::string& text) {
  return applies ? text : "-";
}

}  // namespace

std::string explain(const CompiledNetwork& compiled) {
  const QuantizedNetwork& network = compiled.network;
  std::size_t name_width = 5;
  for (const Layer& layer : network.layers) name_width = std::max(name_width, layer.name.size());
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, row_format, "layer", name_width, "kind", "shape (rows x columns x ch.)", "dense MACs",
                 "zero MACs", "sparse MACs", "core ops", "density", "pattern", "bits", "bits/w", "w error", "tiles",
                 "weights B", "DMA B");
  LayerPlan total;
  std::size_t tiles = 0;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    const LayerPlan& plan = compiled.plans[i];
    const bool weighted = !layer.ternary.empty() || !layer.high_precision.empty();
    const bool sparse = !layer.high_precision.empty();
    fmt::format_to(out, row_format, layer.name, name_width, kind_name(layer), shape(network, layer), plan.dense_macs,
                   plan.group_zero_macs, plan.sparse_macs, plan.core_work,
                   or_dash(weighted, fmt::format("{:.2f} %", plan.density * 100)), to_string(layer.pattern),
                   or_dash(sparse, std::to_string(layer.value_bits)),
                   or_dash(weighted, fmt::format("{:.2f}", plan.bits_per_weight)),
                   or_dash(weighted, fmt::format("{:.2f} %", plan.weight_error * 100)), plan.tiles.size(),
                   plan.weight_bytes, plan.transfer_bytes);
    total.dense_macs += plan.dense_macs;
    total.group_zero_macs += plan.group_zero_macs;
    total.sparse_macs += plan.sparse_macs;
    total.core_work += plan.core_work;
    total.weight_bytes += plan.weight_bytes;
    total.transfer_bytes += plan.transfer_bytes;
    tiles += plan.tiles.size();
  }
  fmt::format_to(out, row_format, "total", name_width, "", "", total.dense_macs, total.group_zero_macs,
                 total.sparse_macs, total.core_work, "", "", "", "", "", tiles, total.weight_bytes,
                 total.transfer_bytes);
  fmt::format_to(out, "image {} bytes\n", compiled.image.size());
  return text;
}

std::string explain_mapping(const CompiledNetwork& compiled) {
  constexpr const char* format =
      "{:<{}}  {:>5}  {:>13}  {:>8}  {:>8}  {:>7}  {:>9}  {:>9}  {:>9}  {:>8}  {:>9}  {:>9}  {}\n";
  std::size_t name_width = 5;
  for (const Layer& layer : compiled.network.layers) name_width = std::max(name_width, layer.name.size());
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, format, "layer", name_width, "tiles", "tile", "in loads", "w loads", "output", "cycles", "dense",
                 "sparse", "merge", "dma", "driver", "bound");
  LayerPrediction total;
  std::size_t tiles = 0;
  for (std::size_t i = 0; i < compiled.plans.size(); ++i) {
    const LayerPlan& plan = compiled.plans[i];
    const LayerPrediction& p = plan.prediction;
    const bool stays = plan.output_place == LayerPlan::OutputPlace::scratchpad;
    fmt::format_to(out, format, compiled.network.layers[i].name, name_width, plan.tiles.size(),
                   fmt::format("{}x{}x{}", plan.tile.rows, plan.tile.columns, plan.tile.channels),
                   or_dash(plan.input_loads != 0, fmt::format("{:.2f}", plan.input_loads)),
                   plan.weights_are_early ? "early" : "1.00", stays ? "stays" : "stored", p.cycles, p.dense, p.sparse,
                   p.merge, p.dma, p.driver, p.bound);
    total.cycles += p.cycles;
    total.dense += p.dense;
    total.sparse += p.sparse;
    total.merge += p.merge;
    total.dma += p.dma;
    total.driver += p.driver;
    tiles += plan.tiles.size();
  }
  fmt::format_to(out, format, "total", name_width, tiles, "", "", "", "", total.cycles, total.dense, total.sparse,
                 total.merge, total.dma, total.driver, "");
  fmt::format_to(out, "predicted {} cycles per inference in timing level cycle\n", compiled.predicted_cycles);
  return text;
}

}  // namespace terse::compiler
