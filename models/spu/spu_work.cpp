#include "models/spu/spu_work.hpp"

#include <numeric>

#include "models/ports/convolution_job.hpp"
#include "models/sparse_weights/row_pieces.hpp"

namespace terse {

void SpuWork::add_group(WeightBlock& block, std::uint64_t index) const {
  for (const auto part : {&RowPieces::values, &RowPieces::indices, &RowPieces::pointer}) {
    for (const std::uint32_t channel : group(index)) {
      append(block.pieces, row_pieces(registers, format, *weights, shape, channel).*part);
    }
  }
}

std::uint64_t SpuWork::stored_values() const {
  const auto& values = weights->row_values();
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

std::uint64_t SpuWork::stored_bits() const {
  if (format.index == registers::spu::IndexFormat::relative_columns) {
    return stored_values() * (format.value_bits + format.n);
  }
  std::uint64_t bytes = 0;
  for (std::uint32_t channel = 0; channel < shape.output_channels; ++channel) {
    const RowPieces row = row_pieces(registers, format, *weights, shape, channel);
    bytes += row.values.bytes + row.indices.bytes;
  }
  return 8 * bytes;
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
