#include "compiler/tensor_transfers.hpp"

namespace terse::compiler {

namespace {

namespace padding = registers::dma::fields::padding;
using image::Region;
using image::Transfer;

constexpr std::uint32_t most_padding = 255;  // fields of the DMA's PADDING

/// The shape of a transfer between a tensor in memory and a copy of `slice` whose rows are `local_row` bytes apart.
struct StridedCopy {
  std::uint32_t offset = 0;  ///< Of the slice's first byte in the tensor.
  std::uint32_t length = 0, lines = 1, planes = 1;
  std::uint32_t memory_line_stride = 0, memory_plane_stride = 0, local_line_stride = 0, local_plane_stride = 0;
};

StridedCopy copy_shape(const TensorSlice& slice, const TensorMemory& tensor, std::uint32_t local_row) {
  const std::uint32_t pixel = tensor.channels * slice.element_bytes;
  const std::uint32_t row = tensor.width * pixel;
  const std::uint32_t local_pixel = slice.channels * slice.element_bytes;
  StridedCopy copy;
  copy.offset = slice.row * row + slice.column * pixel + slice.channel * slice.element_bytes;
  if (slice.channels == tensor.channels && slice.columns == tensor.width && local_row == row) {
    copy.length = slice.rows * row;
    copy.memory_line_stride = copy.local_line_stride = copy.length;
  } else if (slice.channels == tensor.channels) {
    copy.length = slice.columns * local_pixel;
    copy.lines = slice.rows;
    copy.memory_line_stride = row;
    copy.local_line_stride = local_row;
  } else {
    copy.length = local_pixel;
    copy.lines = slice.columns;
    copy.planes = slice.rows;
    copy.memory_line_stride = pixel;
    copy.memory_plane_stride = row;
    copy.local_line_stride = local_pixel;
    copy.local_plane_stride = local_row;
  }
  return copy;
}

Transfer to_scratchpad(const StridedCopy& copy, const TensorPlace& place, std::uint32_t address) {
  Transfer transfer{place.region, Region::scratchpad, {}};
  transfer.job.source = place.offset + copy.offset;
  transfer.job.destination = address;
  transfer.job.length = copy.length;
  transfer.job.lines = copy.lines;
  transfer.job.planes = copy.planes;
  transfer.job.source_line_stride = copy.memory_line_stride;
  transfer.job.source_plane_stride = copy.memory_plane_stride;
  transfer.job.destination_line_stride = copy.local_line_stride;
  transfer.job.destination_plane_stride = copy.local_plane_stride;
  return transfer;
}

std::uint32_t tight_row(const TensorSlice& slice) {
  return slice.columns * slice.channels * slice.element_bytes;
}

/// `lines` lines of `length` constant bytes, `stride` apart.
Transfer constant_lines(std::uint32_t source, std::uint32_t address, std::uint32_t length, std::uint32_t lines,
                        std::uint32_t stride) {
  Transfer transfer{Region::image, Region::scratchpad, {}};
  transfer.job.source = source;
  transfer.job.destination = address;
  transfer.job.length = length;
  transfer.job.lines = lines;
  transfer.job.planes = 1;
  transfer.job.destination_line_stride = stride;
  return transfer;
}

}  // namespace

Transfer load_transfer(const TensorSlice& slice, const TensorMemory& tensor, std::uint32_t address) {
  return to_scratchpad(copy_shape(slice, tensor, tight_row(slice)), tensor.place, address);
}

Transfer store_transfer(const TensorSlice& slice, const TensorMemory& tensor, std::uint32_t address) {
  const StridedCopy copy = copy_shape(slice, tensor, tight_row(slice));
  Transfer transfer{Region::scratchpad, tensor.place.region, {}};
  transfer.job.source = address;
  transfer.job.destination = tensor.place.offset + copy.offset;
  transfer.job.length = copy.length;
  transfer.job.lines = copy.lines;
  transfer.job.planes = copy.planes;
  transfer.job.source_line_stride = copy.local_line_stride;
  transfer.job.source_plane_stride = copy.local_plane_stride;
  transfer.job.destination_line_stride = copy.memory_line_stride;
  transfer.job.destination_plane_stride = copy.memory_plane_stride;
  return transfer;
}

bool needs_constant_row(const TensorSlice& slice, const TensorMemory& tensor, const Frame& frame) {
  if (frame.empty()) return false;
  const bool whole_pixels = slice.channels == tensor.channels;
  return !whole_pixels || frame.left * slice.channels > most_padding || frame.right * slice.channels > most_padding ||
         frame.top > most_padding || frame.bottom > most_padding;
}

std::vector<Transfer> framed_load(const TensorSlice& slice, const TensorMemory& tensor, std::uint32_t address,
                                  const Frame& frame, std::uint32_t constant_row) {
  if (frame.empty()) return {load_transfer(slice, tensor, address)};
  const std::uint32_t row = framed_row_bytes(slice, frame);
  if (!needs_constant_row(slice, tensor, frame)) {
    StridedCopy copy = copy_shape(slice, tensor, row);
    if (copy.lines != slice.rows) {  // one run of bytes, because there is no frame at the sides
      copy.length = row;
      copy.lines = slice.rows;
      copy.memory_line_stride = copy.local_line_stride = row;
    }
    Transfer transfer = to_scratchpad(copy, tensor.place, address);
    transfer.job.padding = padding::top.make(frame.top) | padding::bottom.make(frame.bottom) |
                           padding::left.make(frame.left * slice.channels) |
                           padding::right.make(frame.right * slice.channels);
    transfer.job.fill = frame.fill;
    return {transfer};
  }
  const std::uint32_t first = address + frame.top * row, left = frame.left * slice.channels;
  const std::uint32_t right = frame.right * slice.channels;
  std::vector<Transfer> transfers{to_scratchpad(copy_shape(slice, tensor, row), tensor.place, first + left)};
  if (frame.top != 0) transfers.push_back(constant_lines(constant_row, address, row, frame.top, row));
  if (frame.bottom != 0) {
    transfers.push_back(constant_lines(constant_row, first + slice.rows * row, row, frame.bottom, row));
  }
  if (left != 0) transfers.push_back(constant_lines(constant_row, first, left, slice.rows, row));
  if (right != 0) transfers.push_back(constant_lines(constant_row, first + row - right, right, slice.rows, row));
  return transfers;
}

}  // namespace terse::compiler
