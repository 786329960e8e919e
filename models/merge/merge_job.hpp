#pragma once
// The job registers of merge, checked and named.
#include <cstdint>
#include <span>

#include "models/convolution/shape.hpp"
#include "models/merge/requantization.hpp"
#include "registers/generated/merge.hpp"

namespace terse {

/// A tile of activations or outputs in the scratchpad.
struct TilePlace {
  std::uint32_t address = 0;
  std::uint32_t row_stride = 0;
  std::uint32_t pixel_stride = 0;
};

struct MergeJob {
  std::uint32_t tag = 0;
  bool dense_plane = false;  ///< The dense operand comes from the accumulators.
  bool sparse_plane = false;
  bool activations = false;  ///< The dense operand comes from the scratchpad, through the window.
  bool activations_signed = false;
  bool residual = false;
  bool residual_signed = false;
  registers::merge::Pool pool = registers::merge::Pool::none;
  std::uint32_t accumulator_base = 0;
  std::uint32_t record_address = 0;
  /// Outputs; with `activations` also the input and, as kernel, the window. Channels in and out are the same.
  convolution::Shape shape;
  TilePlace input, residual_tile, output;
  std::uint32_t output_bytes = 1;  ///< Per element: 1 or 4.
  ClipRange clip;

  [[nodiscard]] bool uses_accumulators() const { return dense_plane || sparse_plane; }
};

/// Throws illegal_value or unaligned_address (models/merge/merge.hpp).
[[nodiscard]] MergeJob decode_merge_job(const registers::merge::Job& job);

}  // namespace terse
