#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>

#include "compiler/compiler.hpp"
#include "compiler/core_layer.hpp"
#include "compiler/image_writer.hpp"
#include "compiler/layer_schedule.hpp"
#include "compiler/memory_plan.hpp"
#include "compiler/network_check.hpp"
#include "compiler/placement.hpp"
#include "compiler/prediction/network_prediction.hpp"
#include "compiler/tiling.hpp"
#include "compiler/weight_packing.hpp"

namespace terse::compiler {

namespace {

void check_limits(const HardwareLimits& limits) {
  if (limits.tmac_output_channels == 0 || limits.tmac_input_channels == 0 || limits.tmac_pixels == 0 ||
      limits.spu_lanes == 0) {
    throw CompileError("the hardware's tmac geometry and spu lanes must be at least 1");
  }
}

/// An array with an unrolled kernel has no multipliers for what lies outside.
void check_unrolled(const Layer& layer, const Window& window, const WeightPacker& packer,
                    const HardwareLimits& limits) {
  const std::uint32_t most = limits.unrolled_kernel;
  if (!packer.has_dense() || most == 0) return;
  const bool fits = window.kernel_height <= most && window.kernel_width <= most;
  if (fits && window.dilation_y == 1 && window.dilation_x == 1) return;
  throw CompileError(fmt::format(
      "layer '{}': its kernel is {} x {} with dilation {} x {}, and tmac.dataflow unrolled multiplies at most "
      "{} x {} without dilation; raise tmac.unrolled_kernel (at most 7), or use another dataflow",
      layer.name, window.kernel_height, window.kernel_width, window.dilation_y, window.dilation_x, most, most));
}

void check_fused(const Layer& layer, const WeightPacker& packer, const HardwareLimits& limits) {
  if (!packer.has_dense() || !packer.has_sparse()) return;
  if (layer.value_bits > limits.fused_value_bits) {
    throw CompileError(
        fmt::format("layer '{}': superposition fused, but its values have {} bits and tmac.fused_value_bits is {}; "
                    "raise that, or use "
                    "sequential or concurrent",
                    layer.name, layer.value_bits, limits.fused_value_bits));
  }
  if (packer.index_format() == registers::spu::IndexFormat::relative_columns) {
    throw CompileError(
        fmt::format("layer '{}': superposition fused, but spu.dataflow activation_broadcast stores columns "
                    "(relative_columns), which "
                    "fused lanes cannot follow; use another dataflow, or sequential or concurrent",
                    layer.name));
  }
}

/// The least hardware the image runs on grows with each layer.
void require(image::Header& header, const QuantizedNetwork& network, const PreparedLayer& prepared,
             const Tiling& tiling, const MemoryPlan& memory) {
  const Layer& layer = prepared.layer;
  const WeightPacker& packer = prepared.packer;
  header.scratchpad_size = std::max(header.scratchpad_size, static_cast<std::uint32_t>(tiling.layout.bytes));
  if (const TensorPlace& place = memory.places[layer.output]; place.region == image::Region::scratchpad) {
    const auto end = static_cast<std::uint32_t>(place.offset + network.tensors[layer.output].bytes());
    header.scratchpad_size = std::max(header.scratchpad_size, end);
  }
  header.accumulators = std::max(header.accumulators, static_cast<std::uint32_t>(tiling.layout.accumulator_count));
  if (packer.has_dense()) header.weight_formats |= 1u << static_cast<std::uint32_t>(packer.weight_format());
  if (!packer.has_sparse()) return;
  if (packer.index_format() == registers::spu::IndexFormat::relative_columns) header.spu_lanes = packer.lanes();
  header.index_formats |= 1u << static_cast<std::uint32_t>(packer.index_format());
  header.value_bits |= 1u << layer.value_bits;
}

/// Activations are stored as bytes; their values must fit what the units multiply.
void check_activations(const QuantizedNetwork& network, const HardwareLimits& limits) {
  for (const Layer& layer : network.layers) {
    const Tensor& input = network.tensors[layer.input];
    if (input.bits <= limits.activation_bits || layer.kind == LayerKind::max_pool ||
        layer.kind == LayerKind::average_pool || layer.kind == LayerKind::add || layer.kind == LayerKind::core) {
      continue;
    }
    throw CompileError(fmt::format(
        "layer '{}' multiplies activations of {} bits, the hardware takes {}; raise tmac.activation_bits and "
        "spu.activation_bits, or quantize the network's activations further",
        layer.name, input.bits, limits.activation_bits));
  }
}

void check_memory(const CompiledNetwork& compiled, const image::Header& header, const HardwareLimits& limits) {
  const std::uint64_t needed =
      std::uint64_t{compiled.image.size()} + header.arena_size + header.input_size + header.output_size;
  if (needed <= limits.network_memory_bytes) return;
  throw CompileError(fmt::format(
      "network '{}' needs {} bytes of memory (image {}, activations {}, input {}, output {}), there are {}; "
      "enlarge the memory that holds the network, or use a smaller network",
      compiled.network.name, needed, compiled.image.size(), header.arena_size, header.input_size, header.output_size,
      limits.network_memory_bytes));
}

/// Checks what mapping says of single layers, and each layer against the hardware.
std::deque<PreparedLayer> prepare(const QuantizedNetwork& network, const HardwareLimits& limits,
                                  const Mapping& mapping) {
  for (const auto& [name, of_layer] : mapping.layers) {
    const auto has_name = [&wanted = name](const Layer& layer) { return layer.name == wanted; };
    if (std::ranges::none_of(network.layers, has_name)) {
      throw CompileError(
          fmt::format("mapping.layers names '{}', which network '{}' does not have", name, network.name));
    }
  }
  std::deque<PreparedLayer> layers;
  for (const Layer& layer : network.layers) {
    const auto own = mapping.layers.find(layer.name);
    const LayerMapping& of_layer = own == mapping.layers.end() ? mapping : own->second;
    const PreparedLayer& prepared = layers.emplace_back(layer, network, limits, of_layer);
    if (prepared.is_core()) continue;
    check_unrolled(layer, prepared.geometry.window, prepared.packer, limits);
    if (limits.fused) check_fused(layer, prepared.packer, limits);
  }
  return layers;
}

/// What of the hardware the mapping lets the compiler use.
HardwareLimits allowed(HardwareLimits limits, const Mapping& mapping) {
  if (mapping.scratchpad_bytes != 0)
    limits.scratchpad_bytes = std::min(limits.scratchpad_bytes, mapping.scratchpad_bytes);
  if (mapping.accumulators != 0) limits.accumulators = std::min(limits.accumulators, mapping.accumulators);
  limits.weight_bytes = mapping.weight_bytes;
  return limits;
}

void set_output_place(LayerPlan& plan, const TensorPlace& place) {
  using Place = LayerPlan::OutputPlace;
  plan.output_place = place.region == image::Region::arena        ? Place::arena
                      : place.region == image::Region::scratchpad ? Place::scratchpad
                                                                  : Place::output;
  plan.output_offset = place.offset;
}

}  // namespace

CompiledNetwork compile(QuantizedNetwork network, const HardwareLimits& hardware, const Mapping& mapping) {
  check_limits(hardware);
  const HardwareLimits limits = allowed(hardware, mapping);
  check_network(network);
  check_activations(network, limits);
  CompiledNetwork compiled;
  compiled.network = std::move(network);
  std::deque<PreparedLayer> layers = prepare(compiled.network, limits, mapping);
  const Placement placement = place_network(compiled.network, layers, limits, mapping);
  const MemoryPlan& memory = placement.memory;
  if (memory.arena_bytes > std::numeric_limits<std::uint32_t>::max()) {
    throw CompileError(fmt::format("network '{}': its activations need {} bytes; at most 4 GiB", compiled.network.name,
                                   memory.arena_bytes));
  }
  const Tensor& output = compiled.network.tensors[compiled.network.output];
  image::Header header{};
  header.input_size = static_cast<std::uint32_t>(compiled.network.tensors[compiled.network.input].bytes());
  header.output_size = static_cast<std::uint32_t>(output.bytes());
  header.output_elements = static_cast<std::uint32_t>(output.elements());
  header.output_words = output.bits == 32 ? 1 : 0;
  header.arena_size = static_cast<std::uint32_t>(memory.arena_bytes);

  ImageWriter writer;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const PreparedLayer& layer = layers[i];
    if (layer.is_core()) {
      add_core_layer(compiled.network, layer.layer, memory, writer);
      compiled.plans.emplace_back().core_work = core_work(compiled.network, layer.layer);
    } else {
      const Tiling& tiling = placement.tilings[i];
      compiled.plans.push_back(
          schedule_layer({compiled.network, layer.layer, layer.geometry, layer.packer, tiling, memory}, writer));
      require(header, compiled.network, layer, tiling, memory);
    }
    set_output_place(compiled.plans.back(), memory.places[layer.layer.output]);
  }
  compiled.predicted_cycles = predict(compiled.network, writer, layers, limits, compiled.plans);
  compiled.image = writer.finish(header);
  for (LayerPlan& plan : compiled.plans) {
    for (std::uint32_t& offset : plan.dense_row_offsets) offset += writer.data_offset();
    for (std::uint32_t& offset : plan.sparse_row_offsets) offset += writer.data_offset();
  }
  check_memory(compiled, header, limits);
  return compiled;
}

}  // namespace terse::compiler
