#pragma once
// A job as a dataflow sees it: the geometry, where activations, values and indices lie, and the unit's parameters.
//
// Rows (output channels) are taken in the job's row order, C = min(lanes, output channels) at a time: a group. Values and
// indices of a group are loaded together.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "models/clocked/schedule.hpp"
#include "models/clocked/stream_engine.hpp"
#include "models/convolution/shape.hpp"
#include "models/spu/spu_parameters.hpp"
#include "models/spu/spu_weights.hpp"

namespace terse {

struct SpuWork {
  const SpuParameters* parameters = nullptr;
  const SpuWeights* weights = nullptr;
  SpuFormat format;
  SparseRegisters registers;  ///< Where values, indices and tables lie.
  convolution::Shape shape;
  convolution::ActivationView activations;  ///< Their values, for skip_zero_activations.
  std::uint64_t input_address = 0, input_row_stride = 0, input_pixel_stride = 0;
  std::uint32_t banks = 0, bank_width = 0;  ///< Of the scratchpad; bytes.
  std::uint32_t read_latency = 1;
  /// A schedule may make one step of several that follow each other, and leave out reads: nobody looks at single cycles,
  /// only at sums. It need not.
  bool merge_steps = false;

  // -- groups
  [[nodiscard]] std::uint32_t channels() const { return std::min(parameters->lanes, shape.output_channels); }
  [[nodiscard]] std::uint64_t groups() const { return (shape.output_channels + channels() - 1) / channels(); }
  /// Output channels of a group, in the order of the lanes.
  [[nodiscard]] std::span<const std::uint32_t> group(std::uint64_t index) const {
    const std::uint64_t first = index * channels();
    return std::span(weights->row_order())
        .subspan(first, std::min<std::uint64_t>(channels(), shape.output_channels - first));
  }
  [[nodiscard]] bool decodes_indices() const { return format.index != registers::spu::IndexFormat::dense; }
  /// Appends the group's values, then its indices, then its row pointers.
  void add_group(WeightBlock& block, std::uint64_t index) const;

  // -- stored values
  [[nodiscard]] std::uint64_t stored_values() const;
  /// Of all values and their indices, without row pointers.
  [[nodiscard]] std::uint64_t stored_bits() const;
  /// Whether the value in a slot is other than zero.
  [[nodiscard]] bool has_value(std::uint32_t channel, std::uint64_t slot) const {
    if (decodes_indices()) return weights->stored().row(channel)[slot].value != 0;
    return weights->dense().weights[channel * weights->dense().columns + slot] != 0;
  }
  /// Unused slots and fillers included.
  [[nodiscard]] std::uint64_t row_values(std::uint32_t channel) const { return weights->row_values()[channel]; }
  /// The entry in a slot; dense stores every k.
  [[nodiscard]] convolution::SparseEntry entry(std::uint32_t channel, std::uint64_t slot) const {
    if (decodes_indices()) return weights->stored().row(channel)[slot];
    return {static_cast<std::uint32_t>(slot), 1};
  }

  // -- hardware
  [[nodiscard]] StreamParameters stream_parameters() const;
};

/// Which activation an output pixel takes for a position k.
class SpuActivations {
 public:
  explicit SpuActivations(const SpuWork& work);

  /// Input row and column of the kernel's first position.
  struct Corner {
    std::int64_t row, column;
  };
  [[nodiscard]] Corner corner(std::uint64_t pixel) const;

  static constexpr std::uint64_t outside = ~std::uint64_t{0};
  /// Byte offset from the tile's first activation; `outside` for padding.
  [[nodiscard]] std::uint64_t offset(const Corner& corner, std::uint32_t k) const {
    const Tap& tap = taps_[k];
    const std::int64_t row = corner.row + tap.row, column = corner.column + tap.column;
    if (row < 0 || row >= height_ || column < 0 || column >= width_) return outside;
    return static_cast<std::uint64_t>(row) * row_stride_ + static_cast<std::uint64_t>(column) * pixel_stride_ +
           tap.channel;
  }
  [[nodiscard]] bool zero(std::uint64_t offset) const { return offset == outside || first_[offset] == 0; }
  /// Bytes from the tile's first activation to its end.
  [[nodiscard]] std::uint64_t extent() const { return extent_; }

 private:
  struct Tap {
    std::int64_t row, column;
    std::uint32_t channel;
  };
  const convolution::Shape& shape_;
  const std::uint8_t* first_;
  std::uint64_t row_stride_, pixel_stride_, extent_;
  std::int64_t height_, width_;
  std::vector<Tap> taps_;  ///< By k.
};

/// The activations of one step. Lanes that want bytes of the same word share its access: the bank's word goes to all.
class SharedReads {
 public:
  SharedReads(const SpuWork& work, const SpuActivations& activations)
      : address_(work.input_address),
        bank_width_(work.bank_width),
        first_word_(work.input_address / work.bank_width),
        taken_in_(activations.extent() / work.bank_width + 2) {}

  void begin_step() { ++step_; }
  void add(Pieces& reads, std::uint64_t offset) {
    const std::uint64_t address = address_ + offset;
    std::uint64_t& taken = taken_in_[address / bank_width_ - first_word_];
    if (taken == step_) return;
    taken = step_;
    reads.push_back({address, 1});
  }

 private:
  const std::uint64_t address_;
  const std::uint32_t bank_width_;
  const std::uint64_t first_word_;
  std::uint64_t step_ = 0;
  std::vector<std::uint64_t> taken_in_;  ///< By word of the tile: the last step that has taken it.
};

/// Which cycles count as compute when not all lanes work: of every `lanes` working lanes one cycle, in the cycle in which
/// the first of them works; so that all in all compute is ceil(working lanes of all cycles / lanes). The others are
/// lost.
class LaneCredit {
 public:
  explicit LaneCredit(std::uint32_t lanes) : lanes_(lanes) {}

  /// One cycle in which `working` lanes work, at most all; true for compute.
  [[nodiscard]] bool pass(std::uint32_t working) { return pass_all(working) != 0; }
  /// Cycles in which `working` lanes work together; how many of them are compute.
  [[nodiscard]] std::uint64_t pass_all(std::uint64_t working) {
    if (working <= credit_) {
      credit_ -= working;
      return 0;
    }
    const std::uint64_t compute = (working - credit_ + lanes_ - 1) / lanes_;
    credit_ = compute * lanes_ + credit_ - working;
    return compute;
  }

 private:
  const std::uint64_t lanes_;
  std::uint64_t credit_ = 0;  ///< Working lanes for which compute was counted before they worked.
};

}  // namespace terse
