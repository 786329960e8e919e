#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "compiler/compiler.hpp"
#include "compiler/core_layer.hpp"
#include "compiler/image_writer.hpp"
#include "compiler/layer_schedule.hpp"
#include "compiler/memory_plan.hpp"
#include "compiler/network_check.hpp"
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
void require(image::Header& header, const Tiling& tiling, const WeightPacker& packer, const Layer& layer) {
  header.scratchpad_size = std::max(header.scratchpad_size, static_cast<std::uint32_t>(tiling.layout.bytes));
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

/// What all layers are compiled with.
struct Context {
  const HardwareLimits& limits;
  const Mapping& mapping;
  const MemoryPlan& memory;
};

LayerPlan compile_layer(const QuantizedNetwork& network, const Layer& layer, const Context& context,
                        image::Header& header, ImageWriter& writer) {
  if (layer.kind == LayerKind::core) {
    add_core_layer(network, layer, context.memory, writer);
    LayerPlan plan;
    plan.core_work = core_work(network, layer);
    return plan;
  }
  const LayerGeometry geometry = geometry_of(layer, network.tensors);
  const WeightPacker packer(layer, geometry, context.limits, context.mapping);
  check_unrolled(layer, geometry.window, packer, context.limits);
  if (context.limits.fused) check_fused(layer, packer, context.limits);
  const Tiling tiling = choose_tiling(layer.name, geometry, packer, context.limits, context.mapping);
  require(header, tiling, packer, layer);
  return schedule_layer({network, layer, geometry, packer, tiling, context.memory}, writer);
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

}  // namespace

CompiledNetwork compile(QuantizedNetwork network, const HardwareLimits& limits, const Mapping& mapping) {
  check_limits(limits);
  check_network(network);
  check_activations(network, limits);
  CompiledNetwork compiled;
  compiled.network = std::move(network);
  const MemoryPlan memory = plan_memory(compiled.network);
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
  for (const Layer& layer : compiled.network.layers) {
    compiled.plans.push_back(compile_layer(compiled.network, layer, {limits, mapping, memory}, header, writer));
    const TensorPlace& place = memory.places[layer.output];
    compiled.plans.back().output_in_arena = place.region == image::Region::arena;
    compiled.plans.back().output_offset = place.offset;
  }
  compiled.image = writer.finish(header);
  for (LayerPlan& plan : compiled.plans) {
    for (std::uint32_t& offset : plan.dense_row_offsets) offset += writer.data_offset();
    for (std::uint32_t& offset : plan.sparse_row_offsets) offset += writer.data_offset();
  }
  check_memory(compiled, header, limits);
  return compiled;
}

}  // namespace terse::compiler
