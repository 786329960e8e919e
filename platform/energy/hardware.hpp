#pragma once
// The sizes of the hardware that energy and area depend on.
#include <cstdint>
#include <string>

#include "platform/netlist/platform_settings.hpp"

namespace terse::energy {

// Widths that no parameter changes, bits.
inline constexpr double sum_bits = 32, index_bits = 16, wide_bits = 64, multiplier_bits = 16, record_bits = 128,
                        byte_bits = 8, local_word_bits = 64;
inline constexpr double shifter_stages = 6;  ///< Of 64 bits.

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
  double operand_steps = 4;        ///< In the operand FIFO.
  double line_buffer_pixels = 0;   ///< Of an unrolled array: operands of a step; 0: it has no line buffer.
  double fused_lanes = 0, fused_value_bits = 8;
  double tmac_contexts = 2;
  // spu
  double lanes = 16, gather_ports = 16, spu_activation_bits = 8, value_bits = 16;
  /// Halves, and values per lane in each: no parameter says how long the rows are that fit. None with local memories.
  double value_buffers = 2, value_buffer_depth = 32;
  double spu_operand_steps = 4;  ///< In the operand FIFO; with local memories lines of activations.
  double local_weight_kib = 0;   ///< Of each lane's own memory (dataflow activation_broadcast); 0: it has none.
  double queue_depth = 0;        ///< Activations waiting at each lane.
  double spu_contexts = 2;
  // merge
  double accumulators = 8192, accumulator_banks = 16, merge_channels = 16, merge_contexts = 2;
  double merge_operand_steps = 4, merge_output_pixels = 8;  ///< In its operand FIFO and output FIFO.
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
  /// Activations of a step of the array, bits.
  [[nodiscard]] double operand_bits() const {
    return (line_buffer_pixels != 0 ? line_buffer_pixels : pixels) * input_channels * activation_bits;
  }
  /// What an entry of the sparse unit's operand FIFO holds, bits.
  [[nodiscard]] double spu_operand_bits() const {
    return local_weight_kib == 0 ? lanes * spu_activation_bits : gather_ports * bank_width * byte_bits;
  }
  [[nodiscard]] double bank_kib() const { return scratchpad_bytes / banks / 1024; }
  [[nodiscard]] double accumulator_bank_kib() const { return accumulators * 4 / accumulator_banks / 1024; }
};

/// The sizes of a platform. What no parameter says keeps the value above. Throws logic_error when a module lacks a
/// parameter that is asked for here.
[[nodiscard]] Hardware hardware_of(const netlist::PlatformSettings& platform);

}  // namespace terse::energy
