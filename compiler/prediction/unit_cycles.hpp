#pragma once
// Cycles of one job of each unit, with the scratchpad to itself: the closed formulas of docs/microarchitecture.md. They
// are exact where no bank is wanted twice in a cycle; where operands meet in banks, the mean of a sample of pixels.
#include <cstdint>
#include <vector>

#include "compiler/prediction/convolution_work.hpp"
#include "compiler/prediction/hardware_timing.hpp"
#include "registers/generated/dma.hpp"
#include "registers/generated/merge.hpp"

namespace terse::compiler {

/// The dense job, and what its values add if it is fused.
struct DenseWork {
  ConvolutionWork shape;
  std::uint32_t output_channels_at_once = 1, input_channels_at_once = 1, pixels_at_once = 1;
  std::uint32_t weights_per_byte = 4;  ///< 5: base-3, whose decoder is one more pipeline stage.
  bool base3_decoder = false;
  /// fused: extra cycles of each slice of K (kernel position by kernel position, then Pi channels), group by group.
  std::vector<std::uint32_t> value_cycles;
  std::uint64_t value_bytes = 0;  ///< Of values, indices and pointers, loaded with the weights.
};
[[nodiscard]] std::uint64_t dense_cycles(const DenseWork& work, const HardwareTiming& timing);

/// The sparse job. Rows are in the order of processing.
struct SparseWork {
  ConvolutionWork shape;
  std::uint32_t lanes = 1;
  bool has_indices = true;
  std::vector<std::uint64_t> row_values;  ///< Stored, fillers included.
  std::vector<std::uint64_t> row_bytes;   ///< Values, indices and pointer.
  /// k of the values other than 0 of each row, in ascending order, for the sample of fetches; dense rows have none.
  std::vector<const std::vector<std::uint32_t>*> positions;
  std::uint64_t lane_entries = 0;  ///< activation_broadcast: of the busiest lane ...
  std::uint64_t lane_bytes = 0;    ///< ... and all bytes of the lanes' streams.
};
[[nodiscard]] std::uint64_t sparse_cycles(const SparseWork& work, const HardwareTiming& timing);

[[nodiscard]] std::uint64_t merge_cycles(const registers::merge::Job& job, const MergeTiming& timing);

/// A transfer between memory and the scratchpad; `to_memory` is its direction.
[[nodiscard]] std::uint64_t transfer_cycles(const registers::dma::Job& job, bool to_memory, const DmaTiming& timing,
                                            const MemoryTiming& memory);

}  // namespace terse::compiler
