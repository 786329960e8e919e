#include "platform/energy/hardware.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace terse::energy {
namespace {

/// Reads parameters of the only instance of a type.
class Reader {
 public:
  Reader(const netlist::PlatformSettings& platform, const char* type) : type_(type) {
    const netlist::Instance* instance = platform.find_type(type);
    if (instance == nullptr) throw std::logic_error(fmt::format("energy: the platform has no module of type {}", type));
    parameters_ = instance->settings->parameters();
  }

  void operator()(const char* name, double& value) const {
    const ParameterValue& found = find(name);
    if (const auto* const* small = std::get_if<std::uint32_t*>(&found)) {
      value = **small;
    } else if (const auto* const* large = std::get_if<std::uint64_t*>(&found)) {
      value = static_cast<double>(**large);
    } else {
      throw std::logic_error(fmt::format("energy: {}.{} is no number", type_, name));
    }
  }
  void operator()(const char* name, std::string& value) const { value = *std::get<std::string*>(find(name)); }

 private:
  [[nodiscard]] const ParameterValue& find(const std::string& name) const {
    for (const auto& parameter : parameters_) {
      if (parameter.description.name == name) return parameter.value;
    }
    throw std::logic_error(fmt::format("energy: type {} has no parameter {}", type_, name));
  }

  const char* type_;
  ParameterList parameters_;
};

void read_tmac(const Reader& read, Hardware& hardware) {
  read("output_channels", hardware.output_channels);
  read("input_channels", hardware.input_channels);
  read("pixels", hardware.pixels);
  read("activation_bits", hardware.activation_bits);
  read("weight_type", hardware.weight_type);
  std::string encoding;
  read("ternary_encoding", encoding);
  hardware.base3 = encoding == "base3";
  read("weight_bits_per_cycle", hardware.weight_port_bits);
  read("weight_buffers", hardware.weight_buffers);
  std::string dataflow;
  read("dataflow", dataflow);
  if (dataflow == "unrolled") {
    double kernel = 1;
    read("unrolled_kernel", kernel);
    hardware.kernel_positions = kernel * kernel;
    hardware.weight_buffer_depth = hardware.kernel_positions;
    read("line_buffer_pixels", hardware.line_buffer_pixels);
    if (hardware.line_buffer_pixels == 0) hardware.line_buffer_pixels = kernel;
  }
  double depth = 0;  // weights per output channel; 0: any length, for which the struct's assumption stands
  read("weight_buffer_depth", depth);
  if (depth != 0) hardware.weight_buffer_depth = std::ceil(depth / hardware.input_channels);
  read("fetch_ahead", hardware.operand_steps);
  read("fused_lanes", hardware.fused_lanes);
  read("fused_value_bits", hardware.fused_value_bits);
  read("queue_depth", hardware.tmac_contexts);
}

void read_spu(const Reader& read, Hardware& hardware) {
  read("lanes", hardware.lanes);
  std::string dataflow;
  read("dataflow", dataflow);
  const bool has_lane_memories = dataflow == "activation_broadcast";
  read("gather_ports", hardware.gather_ports);
  if (hardware.gather_ports == 0) hardware.gather_ports = has_lane_memories ? hardware.banks : hardware.lanes;
  read("activation_bits", hardware.spu_activation_bits);
  read("value_bits", hardware.value_bits);
  read("fetch_ahead", hardware.spu_operand_steps);
  if (has_lane_memories) {
    hardware.value_buffers = 0;
    read("local_weight_kib", hardware.local_weight_kib);
    read("fifo_depth", hardware.queue_depth);
  } else {
    read("value_buffers", hardware.value_buffers);
  }
  read("queue_depth", hardware.spu_contexts);
}

void read_merge(const Reader& read, Hardware& hardware) {
  read("accumulators", hardware.accumulators);
  read("accumulator_banks", hardware.accumulator_banks);
  read("output_channels", hardware.merge_channels);
  read("fetch_ahead", hardware.merge_operand_steps);
  read("write_ahead", hardware.merge_output_pixels);
  read("queue_depth", hardware.merge_contexts);
}

}  // namespace

Hardware hardware_of(const netlist::PlatformSettings& platform) {
  Hardware hardware;
  const Reader scratchpad(platform, "scratchpad");
  scratchpad("size", hardware.scratchpad_bytes);
  scratchpad("banks", hardware.banks);
  scratchpad("bank_width", hardware.bank_width);
  scratchpad("ports", hardware.ports);
  read_tmac(Reader(platform, "tmac"), hardware);
  read_spu(Reader(platform, "spu"), hardware);
  read_merge(Reader(platform, "merge"), hardware);
  const Reader dma(platform, "dma");
  dma("channels", hardware.dma_channels);
  dma("bus_bytes", hardware.bus_bytes);
  dma("burst_bytes", hardware.burst_bytes);
  dma("outstanding_bursts", hardware.outstanding_bursts);
  dma("queue_depth", hardware.dma_contexts);
  for (const auto& instance : platform.instances) {
    if (instance.type->name == "sram") hardware.sram_bytes += platform.number(instance.name, "size");
    if (instance.type->name == "rom") hardware.rom_bytes += platform.number(instance.name, "size");
  }
  return hardware;
}

}  // namespace terse::energy
