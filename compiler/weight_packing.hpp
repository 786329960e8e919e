#pragma once
// Weights of a block of output channels as the units read them, in one run of bytes that a single transfer brings to
// the scratchpad:
//
//   requantization records | ternary rows | values | indices | row pointers
//
// Formats: models/{tmac,spu,merge}/registers.yaml.
#include <cstdint>
#include <vector>

#include "compiler/layer_geometry.hpp"
#include "registers/generated/spu.hpp"

namespace terse::compiler {

/// Byte offsets within the block and strides; unused ones are 0.
struct BlockLayout {
  std::uint32_t records = 0;
  std::uint32_t dense = 0;
  std::uint32_t dense_row_stride = 0;
  std::uint32_t values = 0;
  std::uint32_t value_row_stride = 0;
  std::uint32_t indices = 0;
  std::uint32_t index_row_stride = 0;
  std::uint32_t row_pointers = 0;
  std::uint64_t bytes = 0;        ///< A multiple of block_alignment.
  std::uint64_t weight_bits = 0;  ///< Of which weights (all but the records), row alignment included.
};

inline constexpr std::uint32_t block_alignment = 16;
inline constexpr std::uint32_t record_bytes = 16;

class WeightPacker {
 public:
  WeightPacker(const Layer& layer, const LayerGeometry& geometry);

  [[nodiscard]] BlockLayout layout(std::uint32_t first_channel, std::uint32_t channels) const;
  /// `layout.bytes` bytes.
  [[nodiscard]] std::vector<std::uint8_t> pack(std::uint32_t first_channel, std::uint32_t channels) const;
  /// Stored values of the channels, unused slots of N:M included: what the sparse unit multiplies per pixel.
  [[nodiscard]] std::uint64_t stored_values(std::uint32_t first_channel, std::uint32_t channels) const;
  /// Byte within the block where the values of a channel begin.
  [[nodiscard]] std::uint32_t value_row_offset(std::uint32_t first_channel, std::uint32_t channels,
                                               std::uint32_t channel) const;

  [[nodiscard]] bool has_dense() const { return !layer_.ternary.empty(); }
  [[nodiscard]] bool has_sparse() const { return !layer_.high_precision.empty(); }
  [[nodiscard]] registers::spu::IndexFormat index_format() const;

 private:
  void pack_records(std::uint32_t first_channel, std::uint32_t channels, std::uint8_t* bytes) const;
  void pack_dense(std::uint32_t channel, std::uint8_t* bytes) const;
  void pack_regular(std::uint32_t channel, std::uint8_t* values, std::uint8_t* indices) const;
  void pack_absolute(std::uint32_t first_channel, std::uint32_t channels, const BlockLayout& layout,
                     std::uint8_t* block) const;

  const Layer& layer_;
  std::uint64_t weights_per_channel_;
  std::uint32_t channels_;
  std::vector<std::uint64_t> nonzeros_before_;  ///< Per channel, and the total.
};

}  // namespace terse::compiler
