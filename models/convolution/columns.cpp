#include "models/convolution/columns.hpp"

#include <algorithm>

namespace terse::convolution {
namespace {

template <typename Activation>
void scatter(const std::uint8_t* from, std::size_t count, std::size_t lanes, std::int16_t* to) {
  for (std::size_t c = 0; c < count; ++c) to[c * lanes] = static_cast<Activation>(from[c]);
}

void clear(std::size_t count, std::size_t lanes, std::int16_t* to) {
  for (std::size_t c = 0; c < count; ++c) to[c * lanes] = 0;
}

}  // namespace

const std::uint8_t* Columns::source(std::uint64_t y, std::uint64_t x, std::uint64_t kernel_row,
                                    std::uint64_t kernel_column) const {
  // Unsigned differences wrap to huge values above and left of the tile, so one comparison finds both sides.
  const std::uint64_t row = y * shape_.stride_y + kernel_row * shape_.dilation_y - shape_.pad_top;
  const std::uint64_t column = x * shape_.stride_x + kernel_column * shape_.dilation_x - shape_.pad_left;
  if (row >= shape_.input_height || column >= shape_.input_width) return nullptr;
  return activations_.first + row * activations_.row_stride + column * activations_.pixel_stride;
}

void Columns::gather(std::uint64_t pixel, std::size_t pixels, std::uint64_t k, std::size_t count, std::size_t lanes,
                     std::int16_t* out) const {
  const std::uint64_t channels = shape_.input_channels;
  for (std::size_t done = 0; done < count;) {  // one kernel position, or a part of one, after the other
    const std::uint64_t position = (k + done) / channels;
    const std::uint64_t channel = (k + done) % channels;
    const auto run = static_cast<std::size_t>(std::min<std::uint64_t>(channels - channel, count - done));
    const std::uint64_t kernel_row = position / shape_.kernel_width;
    const std::uint64_t kernel_column = position % shape_.kernel_width;
    std::uint64_t y = pixel / shape_.output_width;
    std::uint64_t x = pixel % shape_.output_width;
    std::int16_t* to = out + done * lanes;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const std::uint8_t* from = lane < pixels ? source(y, x, kernel_row, kernel_column) : nullptr;
      if (from == nullptr) {
        clear(run, lanes, to + lane);
      } else if (activations_.is_signed) {
        scatter<std::int8_t>(from + channel, run, lanes, to + lane);
      } else {
        scatter<std::uint8_t>(from + channel, run, lanes, to + lane);
      }
      if (++x == shape_.output_width) {
        x = 0;
        ++y;
      }
    }
    done += run;
  }
}

}  // namespace terse::convolution
