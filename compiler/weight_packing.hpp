#pragma once
// Weights of a block of output channels as the units read them, in one run of bytes that a single transfer brings to
// the scratchpad:
//
//   requantization records | rows of the dense pass | values | indices | row pointers | row order
//
// Which pass has which weights: ternary ones the dense pass, high-precision ones the sparse pass. A layer without
// ternary weights whose values are all stored (pattern dense) runs as a dense pass where the array multiplies integers
// that wide: then its values are the rows of the dense pass, and its records have the sparse multiplier as the dense
// one.
//
// Rows span the inputs of the block (block_row.hpp). What lies outside a channel's group costs a row of the dense pass its
// bits; sparse rows skip it: the rows of a grouped convolution are stored by position even where all their weights are
// high precision.
//
// Formats: models/{tmac,spu,merge}/registers.yaml.
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "compiler/block_row.hpp"
#include "compiler/compiler.hpp"
#include "compiler/layer_geometry.hpp"
#include "compiler/relative_entries.hpp"
#include "registers/generated/spu.hpp"
#include "registers/generated/tmac.hpp"

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
  std::uint32_t row_order = 0;
  bool wide_pointers = false;     ///< relative_columns: row_pointers are column pointers of 32 bits, else of 16.
  std::uint64_t bytes = 0;        ///< A multiple of block_alignment.
  std::uint64_t weight_bits = 0;  ///< Of which weights (all but the records), row alignment included.
};

inline constexpr std::uint32_t block_alignment = 16;
inline constexpr std::uint32_t record_bytes = 16;

class WeightPacker {
 public:
  /// Throws CompileError, naming the rule, when the layer cannot be laid out as `mapping` says.
  WeightPacker(const Layer& layer, const LayerGeometry& geometry, const HardwareLimits& limits = {},
               const LayerMapping& mapping = {});

  [[nodiscard]] BlockLayout layout(std::uint32_t first_channel, std::uint32_t channels) const;
  /// `layout.bytes` bytes.
  [[nodiscard]] std::vector<std::uint8_t> pack(std::uint32_t first_channel, std::uint32_t channels) const;
  /// Stored values of the channels, unused slots of N:M included: what the sparse unit multiplies per pixel.
  [[nodiscard]] std::uint64_t stored_values(std::uint32_t first_channel, std::uint32_t channels) const;
  /// Stored values of one channel of the block.
  [[nodiscard]] std::uint64_t row_values(std::uint32_t first_channel, std::uint32_t channels,
                                         std::uint32_t channel) const;
  /// Weights of the rows of the dense pass, zeros outside the groups included: what the array multiplies per pixel.
  [[nodiscard]] std::uint64_t dense_values(std::uint32_t first_channel, std::uint32_t channels) const;
  /// Whether the index format reaches the rows of a block that reads so many input channels.
  [[nodiscard]] bool can_address(std::uint32_t input_channels) const;
  /// Byte within the block where the values of a channel begin.
  [[nodiscard]] std::uint32_t value_row_offset(std::uint32_t first_channel, std::uint32_t channels,
                                               std::uint32_t channel) const;

  [[nodiscard]] bool has_dense() const { return !layer_.ternary.empty() || values_in_dense_pass_; }
  [[nodiscard]] bool has_sparse() const { return !layer_.high_precision.empty() && !values_in_dense_pass_; }
  [[nodiscard]] bool values_in_dense_pass() const { return values_in_dense_pass_; }
  /// How the rows of the dense pass are stored.
  [[nodiscard]] registers::tmac::WeightFormat weight_format() const { return weight_format_; }
  [[nodiscard]] registers::spu::IndexFormat index_format() const { return index_format_; }
  /// relative, relative_columns: bits of a gap.
  [[nodiscard]] std::uint32_t gap_bits() const { return gap_bits_; }
  [[nodiscard]] bool has_row_order() const { return balanced_; }
  [[nodiscard]] std::uint32_t lanes() const { return lanes_; }
  /// Output channels of a block, counted within it, in the order of processing.
  [[nodiscard]] std::vector<std::uint32_t> row_order(std::uint32_t first_channel, std::uint32_t channels) const;

 private:
  void choose_index_format(const HardwareLimits& limits, const LayerMapping& mapping);
  void choose_gap_bits(std::uint32_t wanted);
  [[nodiscard]] registers::spu::IndexFormat format_of_groups(const HardwareLimits& limits) const;
  [[nodiscard]] bool has_rows_of_own_length() const;
  [[nodiscard]] BlockRow block_row(std::uint32_t first_channel, std::uint32_t channels, std::uint32_t channel) const;
  /// Columns of the rows of a block.
  [[nodiscard]] std::uint64_t columns(std::uint32_t first_channel, std::uint32_t channels) const;
  [[nodiscard]] std::span<const std::int16_t> row(std::uint32_t channel) const;
  /// Entries of a row in the chosen format.
  [[nodiscard]] std::uint64_t row_entries(const BlockRow& at, std::uint32_t channel, std::uint32_t gap_bits) const;
  /// Entries of the block's first `count` rows.
  [[nodiscard]] std::uint64_t entries(std::uint32_t first_channel, std::uint32_t channels, std::uint32_t count) const;
  /// Entries of the lanes of a block, without making them: the tiler asks for many blocks.
  struct LaneLengths {
    std::uint64_t longest = 0, total = 0;
  };
  [[nodiscard]] LaneLengths lane_lengths(std::uint32_t first_channel, std::uint32_t channels) const;
  [[nodiscard]] LaneStreams lane_streams(std::uint32_t first_channel, std::uint32_t channels) const;
  void lay_out_sparse(std::uint32_t first_channel, std::uint32_t channels, BlockLayout& layout,
                      const std::function<std::uint32_t(std::uint64_t)>& place) const;
  void choose_dense_pass(const HardwareLimits& limits);
  [[nodiscard]] std::uint64_t dense_row_bits(std::uint64_t columns) const;
  void pack_records(std::uint32_t first_channel, std::uint32_t channels, std::uint8_t* bytes) const;
  void pack_dense(const BlockRow& at, std::uint32_t channel, std::uint8_t* bytes) const;
  void pack_regular(const BlockRow& at, std::uint32_t channel, std::uint8_t* values, std::uint8_t* indices) const;
  void pack_rows(std::uint32_t first_channel, std::uint32_t channels, const BlockLayout& layout,
                 std::uint8_t* block) const;
  void pack_columns(std::uint32_t first_channel, std::uint32_t channels, const BlockLayout& layout,
                    std::uint8_t* block) const;

  const Layer& layer_;
  LayerGeometry geometry_;
  std::uint64_t weights_per_channel_;
  std::uint32_t channels_;
  registers::tmac::WeightFormat weight_format_ = registers::tmac::WeightFormat::ternary_2bit;
  bool values_in_dense_pass_ = false;
  registers::spu::IndexFormat index_format_ = registers::spu::IndexFormat::dense;
  std::uint32_t gap_bits_ = 0;
  bool balanced_ = false;
  std::uint32_t lanes_ = 1;
  std::vector<std::uint64_t> entries_before_;  ///< Per channel, and the total; rows of their own length.
  /// relative_columns: k of the nonzero values of all channels, and where each channel's begin.
  std::vector<std::uint32_t> nonzeros_;
  std::vector<std::size_t> first_nonzero_;
  mutable std::map<std::pair<std::uint32_t, std::uint32_t>, LaneLengths> lane_lengths_;  ///< Known ones, by block.
};

}  // namespace terse::compiler
