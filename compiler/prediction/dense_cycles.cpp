#include <algorithm>
#include <deque>
#include <vector>

#include "compiler/prediction/bank_fetch.hpp"
#include "compiler/prediction/stream_time.hpp"
#include "compiler/prediction/unit_cycles.hpp"

namespace terse::compiler {

namespace {

class DenseTime {
 public:
  DenseTime(const DenseWork& work, const HardwareTiming& timing)
      : work_(work),
        shape_(work.shape),
        tmac_(timing.tmac),
        memory_(timing.memory),
        groups_(divide_up(shape_.output_channels, work.output_channels_at_once)),
        slices_(divide_up(shape_.input_channels, work.input_channels_at_once)),
        pixel_blocks_(divide_up(shape_.pixels(), work.pixels_at_once)),
        port_(tmac_.accumulator_words != 0 ? tmac_.accumulator_words
                                           : work.output_channels_at_once * work.pixels_at_once) {}

  std::uint64_t run() {
    using Dataflow = TmacTiming::Dataflow;
    BlockStream stream(tmac_.weight_buffers);
    if (tmac_.dataflow == Dataflow::weight_stationary) weight_stationary(stream);
    if (tmac_.dataflow == Dataflow::output_stationary) output_stationary(stream);
    const std::uint64_t end = tmac_.dataflow == Dataflow::unrolled ? unrolled() : stream.end();
    // The last sums leave the pipeline, and are handed over.
    const std::uint64_t pipeline = tmac_.pipeline + (work_.base3_decoder ? 1 : 0);
    return tmac_.setup + end + std::max(pipeline, hand_over(groups_ - 1));
  }

 private:
  [[nodiscard]] std::uint64_t channels_of(std::uint64_t group) const {
    const std::uint64_t first = group * work_.output_channels_at_once;
    return std::min<std::uint64_t>(work_.output_channels_at_once, shape_.output_channels - first);
  }
  /// Cycles to load weights [first_k, first_k + weights) of each channel of a group, in whole bytes; a fused job's values
  /// come in proportion.
  [[nodiscard]] std::uint64_t load(std::uint64_t group, std::uint64_t first_k, std::uint64_t weights) const {
    const std::uint64_t channels = channels_of(group);
    const std::uint64_t bytes = divide_up(first_k + weights, work_.weights_per_byte) - first_k / work_.weights_per_byte;
    return divide_up(channels * bytes + value_share(channels, weights), tmac_.load_bytes);
  }
  [[nodiscard]] std::uint64_t value_share(std::uint64_t channels, std::uint64_t weights) const {
    return work_.value_bytes * channels * weights /
           (std::uint64_t{shape_.output_channels} * shape_.weights_per_channel());
  }
  [[nodiscard]] std::uint64_t extra(std::uint64_t group, std::uint64_t slice) const {
    const std::uint64_t at = group * shape_.taps() * slices_ + slice;
    return at < work_.value_cycles.size() ? work_.value_cycles[at] : 0;
  }
  /// Cycles in which the accumulators take the sums of a step.
  [[nodiscard]] std::uint64_t hand_over(std::uint64_t group) const {
    return divide_up(channels_of(group) * work_.pixels_at_once, port_);
  }

  /// Hundredths of a cycle that a step's fetch takes, from pixel blocks all over the tile.
  [[nodiscard]] std::uint64_t fetch_percent() const {
    if (work_.pixels_at_once == 1) return 100;
    constexpr std::uint64_t samples = 16;
    BankFetch fetch(memory_);
    std::uint64_t cycles = 0, steps = 0;
    for (std::uint64_t i = 0; i < std::min(samples, pixel_blocks_); ++i) {
      const std::uint64_t block = i * pixel_blocks_ / std::min(samples, pixel_blocks_);
      const std::uint64_t k = i % shape_.taps() * shape_.input_channels;
      fetch.begin();
      for (std::uint64_t pixel = block * work_.pixels_at_once;
           pixel < std::min((block + 1) * work_.pixels_at_once, shape_.pixels()); ++pixel) {
        std::uint64_t address = 0;
        if (!shape_.activation(pixel, k, address)) continue;
        fetch.add(address, std::min(work_.input_channels_at_once, shape_.input_channels));
      }
      cycles += fetch.cycles();
      ++steps;
    }
    return std::max<std::uint64_t>(100, 100 * cycles / steps);
  }

  void output_stationary(BlockStream& stream) const {
    const std::uint64_t positions = shape_.taps() * slices_;
    const std::uint64_t fetch = fetch_percent();
    const std::uint64_t depth = tmac_.weight_buffer_depth;
    const std::uint64_t weights = shape_.weights_per_channel();
    const bool in_parts = depth != 0 && weights > depth;
    for (std::uint64_t group = 0; group < groups_; ++group) {
      std::uint64_t steps = positions;
      for (std::uint64_t slice = 0; slice < positions; ++slice) steps += extra(group, slice);
      const std::uint64_t per_pixel = std::max({steps, divide_up(positions * fetch, 100), hand_over(group)});
      if (!in_parts) {
        stream.add(load(group, 0, weights), per_pixel * pixel_blocks_);
        continue;
      }
      // Parts end between steps: as many of Pi weights as the buffer holds.
      const std::uint64_t of_step = std::min(work_.input_channels_at_once, shape_.input_channels);
      const std::uint64_t part_steps = std::max<std::uint64_t>(1, depth / of_step);
      for (std::uint64_t pixel = 0; pixel < pixel_blocks_; ++pixel) {
        for (std::uint64_t done = 0; done < positions; done += part_steps) {
          const std::uint64_t count = std::min(part_steps, positions - done);
          stream.add(load(group, done * of_step, std::min(count * of_step, weights)), per_pixel * count / positions);
        }
      }
    }
  }

  void weight_stationary(BlockStream& stream) const {
    const std::uint64_t fetch = fetch_percent();
    for (std::uint64_t group = 0; group < groups_; ++group) {
      for (std::uint64_t slice = 0; slice < shape_.taps() * slices_; ++slice) {
        const std::uint64_t first = slice % slices_ * work_.input_channels_at_once;
        const std::uint64_t channels =
            std::min<std::uint64_t>(work_.input_channels_at_once, shape_.input_channels - first);
        const std::uint64_t per_step = std::max({1 + extra(group, slice), divide_up(fetch, 100), hand_over(group)});
        // A round adds to the sums of the round before, which must have left the pipeline.
        const std::uint64_t round = slice == 0 ? 0 : per_step + tmac_.pipeline;
        const std::uint64_t first_k = slice / slices_ * shape_.input_channels + first;
        stream.add(load(group, first_k, channels), pixel_blocks_ * per_step, round);
      }
    }
  }

  /// Output pixel by output pixel, as each waits for the line buffer to have its bottom right tap. Fetches run ahead as far
  /// as the FIFO reaches, also into the next block.
  [[nodiscard]] std::uint64_t unrolled() const {
    const std::uint64_t width = tmac_.line_buffer_pixels != 0 ? tmac_.line_buffer_pixels : tmac_.unrolled_kernel;
    std::vector<std::uint64_t> needed(shape_.pixels());
    for (std::uint64_t pixel = 0; pixel < needed.size(); ++pixel) {
      needed[pixel] = std::max(pixel == 0 ? 0 : needed[pixel - 1], divide_up(pixels_until(pixel), width));
    }
    std::uint64_t now = 0, fetched = 0, port_free = 0, loaded = 0, round = 0;
    std::deque<std::uint64_t> starts, releases;  // of the last fetch_ahead steps, and of the last blocks
    const auto fetch = [&] {
      if (starts.size() == std::max(1u, tmac_.fetch_ahead)) {
        fetched = std::max(fetched, starts.front() + 1);
        starts.pop_front();
      }
      ++fetched;
      now = std::max(now, fetched - 1);
      starts.push_back(now);
    };
    for (std::uint64_t block = 0; block < groups_ * slices_; ++block) {
      const std::uint64_t group = block / slices_, slice = block % slices_;
      if (block >= tmac_.weight_buffers) loaded = std::max(loaded, releases[block - tmac_.weight_buffers]);
      loaded += unrolled_load(group, slice);
      std::uint64_t fetches = 0;
      for (std::uint64_t pixel = 0; pixel < needed.size(); ++pixel) {
        for (; fetches + 1 < needed[pixel]; ++fetches) fetch();
        fetches = std::max(fetches, needed[pixel]);
        now = std::max(now, loaded);
        fetch();
        if (slice != 0 && pixel == 0) now = std::max(now, round + tmac_.pipeline);
        const std::uint64_t cycles = 1 + extra(group, slice);
        now = std::max(now + cycles, port_free);
        port_free = now + hand_over(group);
        if (pixel == 0) round = now;
      }
      releases.push_back(now);
    }
    return now;
  }
  /// The kernel of a channel slice: a run of weights for each kernel position, or one for all if the slice is the whole.
  [[nodiscard]] std::uint64_t unrolled_load(std::uint64_t group, std::uint64_t slice) const {
    if (slices_ == 1) return load(group, 0, shape_.weights_per_channel());
    const std::uint64_t first = slice * work_.input_channels_at_once;
    const std::uint64_t count = std::min<std::uint64_t>(work_.input_channels_at_once, shape_.input_channels - first);
    std::uint64_t bytes = value_share(channels_of(group), count * shape_.taps());
    for (std::uint64_t position = 0; position < shape_.taps(); ++position) {
      const std::uint64_t first_k = position * shape_.input_channels + first;
      bytes +=
          channels_of(group) * (divide_up(first_k + count, work_.weights_per_byte) - first_k / work_.weights_per_byte);
    }
    return divide_up(bytes, tmac_.load_bytes);
  }

  /// Input pixels, in raster order, up to the bottom right tap of an output pixel.
  [[nodiscard]] std::uint64_t pixels_until(std::uint64_t pixel) const {
    const auto row = static_cast<std::int64_t>(pixel / shape_.output_width * shape_.stride_y + shape_.kernel_height) -
                     1 - shape_.pad_top;
    const auto column = static_cast<std::int64_t>(pixel % shape_.output_width * shape_.stride_x + shape_.kernel_width) -
                        1 - shape_.pad_left;
    const std::int64_t height = shape_.input_height, width = shape_.input_width;
    if (row < 0) return 0;
    const std::int64_t pixels =
        row >= height ? height * width : row * width + std::clamp(column + 1, std::int64_t{0}, width);
    return static_cast<std::uint64_t>(pixels);
  }

  const DenseWork& work_;
  const ConvolutionWork& shape_;
  const TmacTiming& tmac_;
  const MemoryTiming& memory_;
  const std::uint64_t groups_, slices_, pixel_blocks_;
  const std::uint64_t port_;
};

}  // namespace

std::uint64_t dense_cycles(const DenseWork& work, const HardwareTiming& timing) {
  return DenseTime(work, timing).run();
}

}  // namespace terse::compiler
