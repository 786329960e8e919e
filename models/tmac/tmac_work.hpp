#pragma once
// A job as a dataflow sees it: the geometry, where operands and weights lie, and the array's parameters.
//
// Po output channels are a group. Pi input channels at one kernel position are a slice of K; slices follow each other in
// the order of k, so that their weights are adjacent.
#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <vector>

#include "models/clocked/schedule.hpp"
#include "models/convolution/shape.hpp"
#include "models/sparse_weights/row_pieces.hpp"
#include "models/tmac/tmac_parameters.hpp"

namespace terse {

/// The high-precision values of a fused job.
struct TmacValues {
  std::uint32_t lanes = 1;               ///< Multipliers per output channel and pixel.
  std::vector<RowPieces> rows;           ///< Per output channel.
  std::vector<std::uint64_t> starts;     ///< positions[starts[o] .. starts[o + 1]) belong to output channel o.
  std::vector<std::uint32_t> positions;  ///< k of each value other than zero, ascending in a row.
};

struct TmacWork {
  const TmacParameters* parameters = nullptr;
  convolution::Shape shape;
  std::uint64_t input_address = 0, input_row_stride = 0, input_pixel_stride = 0;
  std::uint64_t weight_address = 0, weight_row_stride = 0;
  std::uint32_t weights_per_byte = 4;  ///< 5 for ternary_base3, 2 for int4, 1 for int8.
  const TmacValues* values = nullptr;  ///< Of a fused job, else null.

  // -- groups of output channels
  [[nodiscard]] std::uint64_t groups() const;
  [[nodiscard]] std::uint32_t group_channels(std::uint64_t group) const;
  // -- slices of K
  [[nodiscard]] std::uint64_t positions() const { return std::uint64_t{shape.kernel_height} * shape.kernel_width; }
  /// Per kernel position.
  [[nodiscard]] std::uint32_t channel_slices() const {
    return (shape.input_channels + parameters->input_channels - 1) / parameters->input_channels;
  }
  [[nodiscard]] std::uint32_t slice_channels(std::uint32_t channel_slice) const {
    return std::min(parameters->input_channels, shape.input_channels - channel_slice * parameters->input_channels);
  }
  [[nodiscard]] std::uint64_t pixel_blocks() const;

  /// Appends weights [first_k, first_k + count) of the group's output channels, row by row, and of a fused job the values
  /// among them with their indices.
  void add_weights(WeightBlock& block, std::uint64_t group, std::uint64_t first_k, std::uint64_t count) const;
};

/// A step's place in K, for dataflows that do Pi input channels of one kernel position in a step.
class KernelSlice {
 public:
  explicit KernelSlice(const TmacWork& work) : work_(work) { restart(); }

  void restart() {
    row_ = column_ = slice_ = 0;
    index_ = first_k_ = 0;
    channels_ = work_.slice_channels(0);
  }
  /// False, and back at the first one, after the last.
  bool advance() {
    ++index_;
    first_k_ += channels_;
    if (++slice_ == work_.channel_slices()) {
      slice_ = 0;
      if (++column_ == work_.shape.kernel_width) {
        column_ = 0;
        if (++row_ == work_.shape.kernel_height) {
          restart();
          return false;
        }
      }
    }
    channels_ = work_.slice_channels(slice_);
    return true;
  }

  [[nodiscard]] std::uint32_t kernel_row() const { return row_; }
  [[nodiscard]] std::uint32_t kernel_column() const { return column_; }
  [[nodiscard]] std::uint32_t first_channel() const { return slice_ * work_.parameters->input_channels; }
  [[nodiscard]] std::uint32_t channels() const { return channels_; }
  [[nodiscard]] std::uint64_t index() const { return index_; }
  [[nodiscard]] std::uint64_t first_k() const { return first_k_; }

 private:
  const TmacWork& work_;
  std::uint32_t row_ = 0, column_ = 0, slice_ = 0, channels_ = 0;
  std::uint64_t index_ = 0, first_k_ = 0;
};

/// Px output pixels that are done at a time, in raster order.
class PixelBlock {
 public:
  explicit PixelBlock(const TmacWork& work);

  void restart();
  /// False, and back at the first one, after the last.
  bool advance();
  [[nodiscard]] bool last() const { return done_ == pixels_; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(corners_.size()); }
  /// Appends the activations that the slice takes of these pixels; padding is not fetched.
  void fetch(Pieces& pieces, const KernelSlice& slice) const;

 private:
  /// Input row and column of the kernel's first position.
  struct Corner {
    std::int64_t row, column;
  };
  void gather();

  const TmacWork& work_;
  const std::uint64_t pixels_;
  std::uint64_t done_ = 0;             ///< Pixels of this block and those before.
  std::int64_t row_ = 0, column_ = 0;  ///< Of the next block's first pixel.
  boost::container::small_vector<Corner, 16> corners_;
};

/// Cycles of the steps of a fused job. Each output channel and pixel has `lanes` multipliers: a step takes
/// max(1, ceil(n / lanes)) cycles, n the most values other than zero that an output channel of the group has among
/// the step's weights. Without values every step takes 1.
class ValueCycles {
 public:
  /// `slices` per group; slice_of(k) says to which one weight k belongs.
  template <class SliceOf>
  ValueCycles(const TmacWork& work, std::uint64_t slices, const SliceOf& slice_of) : slices_(slices) {
    if (work.values == nullptr) return;
    cycles_.assign(work.groups() * slices, 1);
    std::vector<std::uint32_t> counts(slices);
    for (std::uint32_t o = 0; o < work.shape.output_channels; ++o) {
      counts.assign(slices, 0);
      for (std::uint64_t i = work.values->starts[o]; i < work.values->starts[o + 1]; ++i) {
        ++counts[slice_of(work.values->positions[i])];
      }
      raise(o / work.parameters->output_channels, counts, work.values->lanes);
    }
  }

  /// Beyond the first one.
  [[nodiscard]] std::uint32_t extra(std::uint64_t group, std::uint64_t slice) const {
    return cycles_.empty() ? 0 : cycles_[group * slices_ + slice] - 1;
  }
  /// Of all groups and slices together.
  [[nodiscard]] std::uint64_t total_extra() const;

 private:
  void raise(std::uint64_t group, const std::vector<std::uint32_t>& counts, std::uint32_t lanes);

  std::uint64_t slices_;
  std::vector<std::uint32_t> cycles_;
};

/// ValueCycles for KernelSlice.
[[nodiscard]] ValueCycles value_cycles_of_kernel_slices(const TmacWork& work);

}  // namespace terse
