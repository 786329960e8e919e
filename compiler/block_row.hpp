#pragma once
// The row of an output channel as the units see it: over all input channels that the channel's block reads. Of a grouped
// convolution most of it is zero, since a channel reads its own group's inputs only:
//
//   k = position * inputs of a group + channel within the group          the layer's weights
//   column = position * inputs of the block + channel within the block   the units' weights
#include <cstdint>
#include <span>
#include <vector>

#include "compiler/layer_geometry.hpp"

namespace terse::compiler {

class BlockRow {
 public:
  BlockRow(const LayerGeometry& geometry, ChannelSlice slice, std::uint32_t channel)
      : group_inputs_(geometry.input_channels / geometry.groups),
        block_inputs_(slice.count),
        first_(channel / (geometry.output_channels / geometry.groups) * group_inputs_ - slice.first),
        columns_(geometry.kernel_positions() * slice.count) {}

  [[nodiscard]] std::uint64_t columns() const { return columns_; }
  [[nodiscard]] std::uint64_t column(std::uint64_t k) const {
    if (group_inputs_ == block_inputs_) return k;
    return k / group_inputs_ * block_inputs_ + first_ + k % group_inputs_;
  }

  /// The whole row, zeros included.
  template <typename Weight>
  [[nodiscard]] std::vector<Weight> expand(std::span<const Weight> weights) const {
    std::vector<Weight> row(columns_, 0);
    for (std::size_t k = 0; k < weights.size(); ++k) row[column(k)] = weights[k];
    return row;
  }

 private:
  std::uint32_t group_inputs_, block_inputs_;
  std::uint32_t first_;  ///< The group's first input within the block.
  std::uint64_t columns_;
};

}  // namespace terse::compiler
