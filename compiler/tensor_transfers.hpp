#pragma once
// Copies between a tensor in memory and a tight copy of a part of it in the scratchpad, as the DMA's jobs.
#include <cstdint>
#include <vector>

#include "compiler/memory_plan.hpp"
#include "formats/network_image.hpp"

namespace terse::compiler {

/// A block of channels of a rectangle of a tensor.
struct TensorSlice {
  std::uint32_t row = 0, column = 0, channel = 0;
  std::uint32_t rows = 0, columns = 0, channels = 0;
  std::uint32_t element_bytes = 1;

  [[nodiscard]] std::uint64_t bytes() const { return std::uint64_t{rows} * columns * channels * element_bytes; }
};

/// Where the tensor lies, and its size.
struct TensorMemory {
  TensorPlace place;
  std::uint32_t width = 1, channels = 1;
};

/// Rows and columns of constant bytes around a slice in the scratchpad: padding of a window that is no zero.
struct Frame {
  std::uint32_t top = 0, bottom = 0, left = 0, right = 0;
  std::uint8_t fill = 0;

  [[nodiscard]] bool empty() const { return (top | bottom | left | right) == 0; }
};

/// Tensor to scratchpad, with as few lines as possible.
image::Transfer load_transfer(const TensorSlice& slice, const TensorMemory& tensor, std::uint32_t address);
/// Scratchpad to tensor.
image::Transfer store_transfer(const TensorSlice& slice, const TensorMemory& tensor, std::uint32_t address);

/// The slice in its frame: elements of one byte, tight at `address`. One transfer where the DMA's padding can make the
/// frame (whole pixels, and at most 255 bytes at either side); else the slice, and up to four copies from
/// `constant_row`: framed_row_bytes() bytes of `fill` in the image's data.
std::vector<image::Transfer> framed_load(const TensorSlice& slice, const TensorMemory& tensor, std::uint32_t address,
                                         const Frame& frame, std::uint32_t constant_row);
/// Whether framed_load() needs the constant row.
bool needs_constant_row(const TensorSlice& slice, const TensorMemory& tensor, const Frame& frame);

inline std::uint32_t framed_row_bytes(const TensorSlice& slice, const Frame& frame) {
  return (frame.left + slice.columns + frame.right) * slice.channels;
}

}  // namespace terse::compiler
