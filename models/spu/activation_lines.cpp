#include "models/spu/activation_lines.hpp"

#include <algorithm>

namespace terse {

ActivationLines::ActivationLines(const ActivationTile& tile, std::uint32_t line_words, std::uint32_t bank_width,
                                 bool skip_zeros)
    : tile_(tile), line_words_(line_words), bank_width_(bank_width), skip_zeros_(skip_zeros) {
  enter_position();
  left_ = count();
}

std::uint64_t ActivationLines::count() const {
  const std::uint64_t all = tile_.shape.pixels() * tile_.shape.weights_per_channel();
  if (!skip_zeros_) return all;
  ActivationLines walk = *this;
  walk.left_ = all;
  std::uint64_t sent = 0;
  ActivationLine line;
  while (walk.next(line)) sent += line.columns.size();
  return sent;
}

void ActivationLines::enter_position() {
  const convolution::Shape& shape = tile_.shape;
  const auto y = static_cast<std::int64_t>(pixel_ / shape.output_width);
  const auto x = static_cast<std::int64_t>(pixel_ % shape.output_width);
  const std::int64_t row = y * shape.stride_y - shape.pad_top + std::int64_t{kernel_row_} * shape.dilation_y;
  const std::int64_t column = x * shape.stride_x - shape.pad_left + std::int64_t{kernel_column_} * shape.dilation_x;
  inside_ = row >= 0 && row < shape.input_height && column >= 0 && column < shape.input_width;
  if (!inside_) return;
  offset_ =
      static_cast<std::uint64_t>(row) * tile_.row_stride + static_cast<std::uint64_t>(column) * tile_.pixel_stride;
}

bool ActivationLines::next_position() {
  channel_ = 0;
  if (++kernel_column_ == tile_.shape.kernel_width) {
    kernel_column_ = 0;
    if (++kernel_row_ == tile_.shape.kernel_height) {
      kernel_row_ = 0;
      if (++pixel_ == tile_.shape.pixels()) return false;
    }
  }
  enter_position();
  return true;
}

bool ActivationLines::next(ActivationLine& line) {
  const std::uint32_t channels = tile_.shape.input_channels;
  line.columns.clear();
  line.piece = {};
  while (pixel_ < tile_.shape.pixels() && (channel_ == channels || (skip_zeros_ && !inside_))) {
    if (!next_position()) return false;
  }
  if (pixel_ == tile_.shape.pixels()) return false;
  std::uint64_t bytes = channels - channel_;
  if (inside_) {
    const std::uint64_t address = tile_.address + offset_ + channel_;
    bytes = std::min(bytes, (address / bank_width_ + line_words_) * bank_width_ - address);
    line.piece = {address, bytes};
  }
  const std::uint64_t first_k =
      (std::uint64_t{kernel_row_} * tile_.shape.kernel_width + kernel_column_) * channels + channel_;
  for (std::uint64_t i = 0; i < bytes; ++i) {
    if (skip_zeros_ && tile_.first[offset_ + channel_ + i] == 0) continue;
    line.columns.push_back(static_cast<std::uint32_t>(first_k + i));
  }
  left_ -= line.columns.size();
  channel_ += static_cast<std::uint32_t>(bytes);
  return true;
}

}  // namespace terse
