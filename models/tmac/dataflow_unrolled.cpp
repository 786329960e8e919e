// Dataflow unrolled: the kernel is unrolled in hardware, as in CUTIE (Scherer et al., arXiv:2011.01713): one output pixel
// of Po output channels and Pi input channels per step, all kernel positions at once.
//
//   for each group of Po output channels
//     for each Pi input channels
//       for each output pixel                                        one step
//
// Activations pass a line buffer, which takes line_buffer_pixels input pixels per cycle in raster order, across the ends of
// rows, from the tile's first one to the last that is needed; padding does not pass it. A step waits until the input
// pixels up to its bottom right tap are there. What the line buffer takes in a cycle is fetched by one step: by a step of
// no cycles where more than one such fetch is due for an output pixel (at the start, and for strides at a row's start).
// Each group and channel slice begins with an empty line buffer.
//
// A weight block is the kernel of a group and channel slice. Every step hands Po sums to the accumulators; from the second
// channel slice on it adds to those of the step one round of pixels ago.
#include <algorithm>

#include "models/convolution/ceil_div.hpp"
#include "models/ports/job_problem.hpp"
#include "models/tmac/built_in_dataflows.hpp"
#include "models/tmac/tmac_work.hpp"
#include "registers/generated/tmac.hpp"

namespace terse {
namespace {

/// The input tile in raster order, line_buffer_pixels at a time.
class LineBuffer {
 public:
  explicit LineBuffer(const TmacWork& work)
      : work_(work),
        width_(work.parameters->line_buffer_pixels != 0 ? work.parameters->line_buffer_pixels
                                                        : work.parameters->unrolled_kernel) {}

  void empty() { fetches_ = row_ = column_ = 0; }
  [[nodiscard]] std::uint64_t fetches() const { return fetches_; }
  /// Fetches until so many pixels are there.
  [[nodiscard]] std::uint64_t fetches_for(std::uint64_t pixels) const { return ceil_div(pixels, width_); }
  void fetch(Pieces& pieces, std::uint32_t channel_slice) {
    const std::uint64_t first_channel = std::uint64_t{channel_slice} * work_.parameters->input_channels;
    for (std::uint32_t i = 0; i < width_ && row_ < work_.shape.input_height; ++i) {
      append(pieces,
             {work_.input_address + row_ * work_.input_row_stride + column_ * work_.input_pixel_stride + first_channel,
              work_.slice_channels(channel_slice)});
      if (++column_ == work_.shape.input_width) {
        column_ = 0;
        ++row_;
      }
    }
    ++fetches_;
  }

 private:
  const TmacWork& work_;
  const std::uint32_t width_;
  std::uint64_t fetches_ = 0, row_ = 0, column_ = 0;
};

class Unrolled final : public Schedule {
 public:
  explicit Unrolled(const TmacWork& work)
      : work_(work),
        value_cycles_(
            work, work.channel_slices(),
            [&work](std::uint32_t k) { return k % work.shape.input_channels / work.parameters->input_channels; }),
        groups_(work.groups()),
        slices_(work.channel_slices()),
        pixels_(work.shape.pixels()),
        line_buffer_(work) {
    start_pixel();
  }

  bool next(Step& step) override {
    if (group_ == groups_) return false;
    if (line_buffer_.fetches() < needed_) line_buffer_.fetch(step.reads, slice_);
    if (line_buffer_.fetches() < needed_) {
      step.compute_cycles = 0;
      return true;
    }
    step.block = group_ * slices_ + slice_;
    step.lane_imbalance_cycles = value_cycles_.extra(group_, slice_);
    step.accumulator_words = work_.group_channels(group_);
    if (slice_ != 0) step.depends_on_back = static_cast<std::uint32_t>(pixels_);
    step.last_of_block = !advance();
    return true;
  }

  void block(std::uint64_t index, WeightBlock& block) override {
    const std::uint64_t group = index / slices_;
    if (slices_ == 1) return work_.add_weights(block, group, 0, work_.shape.weights_per_channel());
    const auto slice = static_cast<std::uint32_t>(index % slices_);
    for (std::uint64_t position = 0; position < work_.positions(); ++position) {
      const std::uint64_t first_k =
          position * work_.shape.input_channels + std::uint64_t{slice} * work_.parameters->input_channels;
      work_.add_weights(block, group, first_k, work_.slice_channels(slice));
    }
  }
  [[nodiscard]] std::uint64_t block_count() const override { return groups_ * slices_; }
  [[nodiscard]] bool weights_stay() const override { return true; }
  [[nodiscard]] std::uint64_t least_cycles() const override {
    return (groups_ * slices_ + value_cycles_.total_extra()) * pixels_;
  }

 private:
  /// The next output pixel; false when there is none in this group and slice, and the next one has begun.
  bool advance() {
    if (++column_ == work_.shape.output_width) {
      column_ = 0;
      ++row_;
    }
    if (row_ < work_.shape.output_height) {
      start_pixel();
      return true;
    }
    row_ = column_ = 0;
    needed_ = 0;
    line_buffer_.empty();
    if (++slice_ == slices_) {
      slice_ = 0;
      ++group_;
    }
    start_pixel();
    return false;
  }

  /// Input pixels up to the bottom right tap; never fewer than for the pixel before.
  void start_pixel() {
    const convolution::Shape& shape = work_.shape;
    const std::int64_t row = std::int64_t{row_} * shape.stride_y + shape.kernel_height - 1 - shape.pad_top;
    const std::int64_t column = std::int64_t{column_} * shape.stride_x + shape.kernel_width - 1 - shape.pad_left;
    if (row < 0) return;
    const std::int64_t height = shape.input_height, width = shape.input_width;
    const std::int64_t pixels =
        row >= height ? height * width : row * width + std::clamp(column + 1, std::int64_t{0}, width);
    needed_ = std::max(needed_, line_buffer_.fetches_for(static_cast<std::uint64_t>(pixels)));
  }

  const TmacWork& work_;
  const ValueCycles value_cycles_;
  const std::uint64_t groups_;
  const std::uint32_t slices_;
  const std::uint64_t pixels_;
  std::uint64_t group_ = 0;
  std::uint32_t slice_ = 0, row_ = 0, column_ = 0;
  std::uint64_t needed_ = 0;  ///< Fetches for the next step.
  LineBuffer line_buffer_;
};

}  // namespace

std::unique_ptr<Schedule> unrolled(const TmacWork& work) {
  const std::uint32_t largest = work.parameters->unrolled_kernel;
  require_value(work.shape.kernel_height <= largest && work.shape.kernel_width <= largest, registers::tmac::kernel);
  require_value(work.shape.dilation_y == 1 && work.shape.dilation_x == 1, registers::tmac::padding);
  return std::make_unique<Unrolled>(work);
}

}  // namespace terse
