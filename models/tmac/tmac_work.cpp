#include "models/tmac/tmac_work.hpp"

#include <algorithm>

#include "models/convolution/ceil_div.hpp"

namespace terse {
namespace {

/// The share of `piece` that holds elements [first, end) of `all`; bytes are shared evenly among elements.
Piece share(const Piece& piece, std::uint64_t first, std::uint64_t end, std::uint64_t all) {
  const std::uint64_t begin = piece.bytes * first / all;
  return {piece.address + begin, ceil_div(piece.bytes * end, all) - begin};
}

/// Appends the part of `whole`, which belongs to the values of output channel o, that goes with weights [first_k, end_k).
void add_share(WeightBlock& block, const TmacValues& values, std::uint32_t o, const Piece& whole, std::uint64_t first_k,
               std::uint64_t end_k) {
  const auto begin = values.positions.begin() + static_cast<std::ptrdiff_t>(values.starts[o]);
  const auto end = values.positions.begin() + static_cast<std::ptrdiff_t>(values.starts[o + 1]);
  const auto place = [&](std::uint64_t k) {
    return static_cast<std::uint64_t>(std::lower_bound(begin, end, k) - begin);
  };
  const auto all = static_cast<std::uint64_t>(end - begin);
  const std::uint64_t from = place(first_k), to = place(end_k);
  if (all == 0 && first_k != 0) return;  // what is stored, all of it zero, comes with the first slice
  append(block.pieces, all == 0 ? whole : share(whole, from, to, all));
}

}  // namespace

std::uint64_t TmacWork::groups() const {
  return ceil_div(shape.output_channels, parameters->output_channels);
}

std::uint32_t TmacWork::group_channels(std::uint64_t group) const {
  const std::uint64_t first = group * parameters->output_channels;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(parameters->output_channels, shape.output_channels - first));
}

std::uint64_t TmacWork::pixel_blocks() const {
  return ceil_div(shape.pixels(), parameters->pixels);
}

void TmacWork::add_weights(WeightBlock& block, std::uint64_t group, std::uint64_t first_k, std::uint64_t count) const {
  const auto first = static_cast<std::uint32_t>(group * parameters->output_channels);
  const std::uint64_t begin = first_k / weights_per_byte;
  const std::uint64_t end = ceil_div(first_k + count, weights_per_byte);
  for (std::uint32_t o = first; o < first + group_channels(group); ++o) {
    append(block.pieces, {weight_address + o * weight_row_stride + begin, end - begin});
  }
  block.weights += count * group_channels(group);
  if (values == nullptr) return;
  for (std::uint32_t o = first; first_k == 0 && o < first + group_channels(group); ++o) {
    append(block.pieces, values->rows[o].pointer);
  }
  for (const auto kind : {&RowPieces::values, &RowPieces::indices}) {
    for (std::uint32_t o = first; o < first + group_channels(group); ++o) {
      add_share(block, *values, o, values->rows[o].*kind, first_k, first_k + count);
    }
  }
}

// -- pixels ---------------------------------------------------------------------------------------------------------

PixelBlock::PixelBlock(const TmacWork& work) : work_(work), pixels_(work.shape.pixels()) {
  restart();
}

void PixelBlock::restart() {
  done_ = 0;
  row_ = column_ = 0;
  gather();
}

bool PixelBlock::advance() {
  if (last()) {
    restart();
    return false;
  }
  gather();
  return true;
}

void PixelBlock::gather() {
  const convolution::Shape& shape = work_.shape;
  corners_.clear();
  for (std::uint32_t i = 0; i < work_.parameters->pixels && done_ < pixels_; ++i, ++done_) {
    corners_.push_back({row_ * shape.stride_y - shape.pad_top, column_ * shape.stride_x - shape.pad_left});
    if (++column_ == shape.output_width) {
      column_ = 0;
      ++row_;
    }
  }
}

void PixelBlock::fetch(Pieces& pieces, const KernelSlice& slice) const {
  const convolution::Shape& shape = work_.shape;
  const std::int64_t down = std::int64_t{slice.kernel_row()} * shape.dilation_y;
  const std::int64_t right = std::int64_t{slice.kernel_column()} * shape.dilation_x;
  for (const Corner& corner : corners_) {
    const std::int64_t row = corner.row + down, column = corner.column + right;
    if (row < 0 || row >= shape.input_height || column < 0 || column >= shape.input_width) continue;
    append(pieces, {work_.input_address + static_cast<std::uint64_t>(row) * work_.input_row_stride +
                        static_cast<std::uint64_t>(column) * work_.input_pixel_stride + slice.first_channel(),
                    slice.channels()});
  }
}

// -- values ---------------------------------------------------------------------------------------------------------

std::uint64_t ValueCycles::total_extra() const {
  std::uint64_t sum = 0;
  for (const std::uint32_t cycles : cycles_) sum += cycles - 1;
  return sum;
}

void ValueCycles::raise(std::uint64_t group, const std::vector<std::uint32_t>& counts, std::uint32_t lanes) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto cycles = static_cast<std::uint32_t>(ceil_div(counts[i], lanes));
    std::uint32_t& most = cycles_[group * slices_ + i];
    most = std::max(most, cycles);
  }
}

ValueCycles value_cycles_of_kernel_slices(const TmacWork& work) {
  const std::uint32_t channels = work.shape.input_channels;
  const std::uint32_t per_slice = work.parameters->input_channels;
  const std::uint64_t slices = work.channel_slices();
  return {work, work.positions() * slices,
          [=](std::uint32_t k) { return k / channels * slices + k % channels / per_slice; }};
}

}  // namespace terse
