#pragma once
// The sizes of the hardware that energy and area depend on.
#include <cstdint>
#include <string>

#include "platform/netlist/platform_settings.hpp"

namespace terse::energy {

struct Hardware {
  // tmac
  double output_channels = 32, input_channels = 32, pixels = 1;
  double kernel_positions = 1;  ///< Multiplied at once: more than 1 in an unrolled array.
  double activation_bits = 8;
  std::string weight_type = "ternary";  ///< ternary, or int2, int4, int8.
  bool base3 = false;                   ///< It decodes five trits from a byte.
  double weight_port_bits = 256;
  double weight_buffers = 2;
  double weight_buffer_depth = 9;  ///< Words of output_channels * input_channels weights: a 3 x 3 kernel.
  double fused_lanes = 0, fused_value_bits = 8;
  double tmac_contexts = 2;
  // spu
  double lanes = 16, gather_ports = 16, spu_activation_bits = 8, value_bits = 16;
  double value_buffer_depth = 32;  ///< Values per lane in each half of the double buffer.
  double queue_depth = 0;          ///< Activations waiting at each lane.
  double spu_contexts = 2;
  // merge
  double accumulators = 8192, accumulator_banks = 16, merge_channels = 16, merge_contexts = 2;
  // scratchpad
  double scratchpad_bytes = 131072, banks = 16, bank_width = 8, ports = 5;
  // dma
  double dma_channels = 2, bus_bytes = 8, burst_bytes = 64, outstanding_bursts = 4, dma_contexts = 2;
  // other memory on the chip, bytes
  double sram_bytes = 0, rom_bytes = 0;

  [[nodiscard]] bool is_ternary() const { return weight_type == "ternary"; }
  /// Of a weight in the array and its buffer.
  [[nodiscard]] double weight_bits() const {
    return is_ternary() ? 2 : static_cast<double>(weight_type[weight_type.size() - 1] - '0');
  }
  [[nodiscard]] double bank_kib() const { return scratchpad_bytes / banks / 1024; }
  [[nodiscard]] double accumulator_bank_kib() const { return accumulators * 4 / accumulator_banks / 1024; }
};

/// The sizes of a platform. What a unit does not have as a parameter keeps the value above.
[[nodiscard]] Hardware hardware_of(const netlist::PlatformSettings& platform);

}  // namespace terse::energy
