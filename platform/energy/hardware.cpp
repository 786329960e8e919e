#include "platform/energy/hardware.hpp"

#include <cmath>

namespace terse::energy {
namespace {

/// Reads parameters of the only instance of a type.
class Reader {
 public:
  Reader(const netlist::PlatformSettings& platform, const char* type) {
    if (const netlist::Instance* instance = platform.find_type(type)) parameters_ = instance->settings->parameters();
  }

  void operator()(const char* name, double& value) const {
    const ParameterValue* found = find(name);
    if (found == nullptr) return;
    if (const auto* const* small = std::get_if<std::uint32_t*>(found)) value = **small;
    if (const auto* const* large = std::get_if<std::uint64_t*>(found)) value = static_cast<double>(**large);
  }
  void operator()(const char* name, std::string& value) const {
    const ParameterValue* found = find(name);
    if (found != nullptr) value = *std::get<std::string*>(*found);
  }

 private:
  [[nodiscard]] const ParameterValue* find(const std::string& name) const {
    for (const auto& parameter : parameters_) {
      if (parameter.description.name == name) return &parameter.value;
    }
    return nullptr;
  }

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
  }
  double depth = 0;  // weights per output channel; 0: any length, for which the struct's assumption stands
  read("weight_buffer_depth", depth);
  if (depth != 0) hardware.weight_buffer_depth = std::ceil(depth / hardware.input_channels);
  read("fused_lanes", hardware.fused_lanes);
  read("fused_value_bits", hardware.fused_value_bits);
  read("queue_depth", hardware.tmac_contexts);
}

void read_spu(const Reader& read, Hardware& hardware) {
  read("lanes", hardware.lanes);
  hardware.gather_ports = 0;
  read("gather_ports", hardware.gather_ports);
  if (hardware.gather_ports == 0) hardware.gather_ports = hardware.lanes;
  read("activation_bits", hardware.spu_activation_bits);
  read("value_bits", hardware.value_bits);
  read("value_buffer_depth", hardware.value_buffer_depth);
  read("fifo_depth", hardware.queue_depth);
  read("queue_depth", hardware.spu_contexts);
}

}  // namespace

Hardware hardware_of(const netlist::PlatformSettings& platform) {
  Hardware hardware;
  read_tmac(Reader(platform, "tmac"), hardware);
  read_spu(Reader(platform, "spu"), hardware);
  const Reader merge(platform, "merge");
  merge("accumulators", hardware.accumulators);
  merge("accumulator_banks", hardware.accumulator_banks);
  merge("output_channels", hardware.merge_channels);
  merge("queue_depth", hardware.merge_contexts);
  const Reader scratchpad(platform, "scratchpad");
  scratchpad("size", hardware.scratchpad_bytes);
  scratchpad("banks", hardware.banks);
  scratchpad("bank_width", hardware.bank_width);
  scratchpad("ports", hardware.ports);
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
