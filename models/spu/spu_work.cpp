#include "models/spu/spu_work.hpp"

#include "models/ports/convolution_job.hpp"

namespace terse {

using registers::spu::IndexFormat;

namespace {

/// Appends a run of bytes, to the last piece where it follows on.
void append(Pieces& pieces, const Piece& piece) {
  if (piece.bytes == 0) return;
  if (!pieces.empty()) {
    Piece& last = pieces.back();
    if (piece.address >= last.address && piece.address <= last.address + last.bytes) {
      last.bytes = std::max(last.address + last.bytes, piece.address + piece.bytes) - last.address;
      return;
    }
  }
  pieces.push_back(piece);
}

/// Fields [first, end) of `bits` each from `address` on.
Piece fields(std::uint64_t address, std::uint64_t first, std::uint64_t end, std::uint32_t bits) {
  const std::uint64_t begin = first * bits / 8;
  return {address + begin, (end * bits + 7) / 8 - begin};
}

bool has_row_pointers(IndexFormat index) {
  return index == IndexFormat::absolute || index == IndexFormat::relative || index == IndexFormat::bitmap;
}

Piece values_of(const SpuWork& work, std::uint32_t channel) {
  if (has_row_pointers(work.format.index)) {
    const auto& pointers = work.weights->row_pointers();
    return fields(work.registers.value_address, pointers[channel], pointers[channel + 1], work.format.value_bits);
  }
  return fields(work.registers.value_address + std::uint64_t{channel} * work.registers.value_row_stride, 0,
                work.row_values(channel), work.format.value_bits);
}

Piece indices_of(const SpuWork& work, std::uint32_t channel) {
  const SparseRegisters& job = work.registers;
  const auto& pointers = work.weights->row_pointers();
  switch (work.format.index) {
    case IndexFormat::absolute:
      return fields(job.index_address, pointers[channel], pointers[channel + 1], 16);
    case IndexFormat::relative:
      return fields(job.index_address, pointers[channel], pointers[channel + 1], work.format.n);
    case IndexFormat::n_of_m:
    case IndexFormat::bitmap:
      return {job.index_address + std::uint64_t{channel} * job.index_row_stride,
              work.format.row_index_bytes(work.shape)};
    default:
      return {};
  }
}

}  // namespace

void SpuWork::add_group(WeightBlock& block, std::uint64_t index) const {
  for (const std::uint32_t channel : group(index)) append(block.pieces, values_of(*this, channel));
  for (const std::uint32_t channel : group(index)) append(block.pieces, indices_of(*this, channel));
  if (!has_row_pointers(format.index)) return;
  for (const std::uint32_t channel : group(index)) {
    append(block.pieces, {registers.row_pointer_address + 4 * std::uint64_t{channel}, 4});
  }
}

StreamParameters SpuWork::stream_parameters() const {
  return {.setup_cycles = parameters->setup_cycles,
          .pipeline_depth = parameters->pipeline_depth,
          .read_latency = read_latency,
          .fetch_ahead = parameters->fetch_ahead,
          .fetch_words = parameters->gather_ports,
          .load_bytes = parameters->value_bits_per_cycle / 8,
          .weight_buffers = parameters->value_buffers,
          .accumulator_words = parameters->lanes};
}

SpuActivations::SpuActivations(const SpuWork& work)
    : shape_(work.shape),
      first_(work.activations.first),
      row_stride_(work.input_row_stride),
      pixel_stride_(work.input_pixel_stride),
      extent_(tile_extent(work.shape.input_height, work.shape.input_width, work.shape.input_channels,
                          work.input_row_stride, work.input_pixel_stride)),
      height_(work.shape.input_height),
      width_(work.shape.input_width) {
  taps_.reserve(shape_.weights_per_channel());
  for (std::uint32_t row = 0; row < shape_.kernel_height; ++row) {
    for (std::uint32_t column = 0; column < shape_.kernel_width; ++column) {
      for (std::uint32_t channel = 0; channel < shape_.input_channels; ++channel) {
        taps_.push_back({std::int64_t{row} * shape_.dilation_y, std::int64_t{column} * shape_.dilation_x, channel});
      }
    }
  }
}

SpuActivations::Corner SpuActivations::corner(std::uint64_t pixel) const {
  const auto row = static_cast<std::int64_t>(pixel / shape_.output_width);
  const auto column = static_cast<std::int64_t>(pixel % shape_.output_width);
  return {row * shape_.stride_y - shape_.pad_top, column * shape_.stride_x - shape_.pad_left};
}

}  // namespace terse
