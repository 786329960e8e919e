#include "models/spu/spu_weights.hpp"

#include <algorithm>
#include <cstring>

#include "models/ports/convolution_job.hpp"

namespace terse {

namespace map = registers::spu;
using convolution::Shape;
using registers::hwpe::ErrorCode;
using registers::spu::IndexFormat;

namespace {

std::uint64_t value_bytes(std::uint64_t values, std::uint32_t bits) {
  return (values * bits + 7) / 8;
}

/// A row stride must keep rows word-aligned and apart.
bool legal_stride(std::uint32_t stride, std::uint64_t row_bytes, const Shape& shape) {
  return stride % 4 == 0 && (shape.output_channels == 1 || stride >= row_bytes);
}

std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::uint64_t index) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + 4 * index, 4);
  return word;
}

[[noreturn]] void illegal_index(std::uint64_t address) {
  throw JobProblem(ErrorCode::illegal_encoding, address & ~std::uint64_t{3});
}

}  // namespace

std::uint64_t SpuFormat::row_values(const Shape& shape) const {
  const std::uint64_t weights = shape.weights_per_channel();
  return index == IndexFormat::dense ? weights : (weights + m - 1) / m * n;
}

std::uint64_t SpuFormat::row_index_bytes(const Shape& shape) const {
  return (row_values(shape) * convolution::index_width(m) + 7) / 8;
}

SpuFormat spu_format(std::uint32_t format_register, const SpuParameters& parameters) {
  namespace fields = map::fields::format;
  SpuFormat format;
  format.index = static_cast<IndexFormat>(fields::index_format.get(format_register));
  format.value_bits = fields::value_bits.get(format_register);
  format.n = fields::n.get(format_register);
  format.m = fields::m.get(format_register);
  const bool bits_exist = format.value_bits == 4 || format.value_bits == 8 || format.value_bits == 16;
  bool legal = bits_exist && format.value_bits <= parameters.value_bits;
  switch (format.index) {
    case IndexFormat::absolute:
      legal = legal && parameters.absolute_indices;
      break;
    case IndexFormat::n_of_m:
      legal = legal && parameters.n_of_m_indices && format.n >= 1 && format.n <= format.m;
      break;
    case IndexFormat::dense:
      break;
    default:
      legal = false;
  }
  require_value(legal, map::format);
  return format;
}

void SpuWeights::load(const map::Job& job, const SpuFormat& format, const Shape& shape, JobMemory& memory) {
  row_values_.clear();
  row_bytes_.clear();
  sparse_.columns = shape.weights_per_channel();
  sparse_.entries.clear();
  sparse_.row_starts.assign(1, 0);
  require_aligned(job.value_address, 4);
  switch (format.index) {
    case IndexFormat::absolute:
      return load_absolute(job, format, shape, memory);
    case IndexFormat::n_of_m:
      return load_n_of_m(job, format, shape, memory);
    case IndexFormat::dense:
      return load_dense(job, format, shape, memory);
  }
}

void SpuWeights::load_dense(const map::Job& job, const SpuFormat& format, const Shape& shape, JobMemory& memory) {
  const std::uint64_t row_values = format.row_values(shape);
  const std::uint64_t row_bytes = value_bytes(row_values, format.value_bits);
  require_value(legal_stride(job.value_row_stride, row_bytes, shape), map::value_row_stride);
  const auto packed =
      memory.read(job.value_address, extent(shape.output_channels, job.value_row_stride, row_bytes), value_buffer_);
  dense_.columns = row_values;
  dense_.weights.resize(shape.output_channels * row_values);
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    convolution::unpack_values(packed.subspan(o * job.value_row_stride, row_bytes), 0, row_values, format.value_bits,
                               dense_.weights.data() + o * row_values);
  }
  row_values_.assign(shape.output_channels, row_values);
  row_bytes_.assign(shape.output_channels, row_bytes);
}

void SpuWeights::load_n_of_m(const map::Job& job, const SpuFormat& format, const Shape& shape, JobMemory& memory) {
  const std::uint64_t slots = format.row_values(shape);
  const std::uint64_t row_bytes = value_bytes(slots, format.value_bits);
  const std::uint64_t index_bytes = format.row_index_bytes(shape);
  const std::uint32_t width = convolution::index_width(format.m);
  require_value(legal_stride(job.value_row_stride, row_bytes, shape), map::value_row_stride);
  if (width > 0) {
    require_aligned(job.index_address, 4);
    require_value(legal_stride(job.index_row_stride, index_bytes, shape), map::index_row_stride);
  }
  const auto packed =
      memory.read(job.value_address, extent(shape.output_channels, job.value_row_stride, row_bytes), value_buffer_);
  const std::uint64_t index_size = width == 0 ? 0 : extent(shape.output_channels, job.index_row_stride, index_bytes);
  const auto indices = memory.read(job.index_address, index_size, index_buffer_);
  values_.resize(slots);
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    convolution::unpack_values(packed.subspan(o * job.value_row_stride, row_bytes), 0, slots, format.value_bits,
                               values_.data());
    const std::uint64_t row = o * job.index_row_stride;
    const auto stream = width == 0 ? indices : indices.subspan(row, index_bytes);
    for (std::uint64_t slot = 0; slot < slots; ++slot) {
      if (values_[slot] == 0) continue;  // an unused slot: its index means nothing
      const std::uint32_t place = convolution::read_bits(stream, slot * width, width);
      const std::uint64_t position = slot / format.n * format.m + place;
      if (place >= format.m || position >= sparse_.columns) illegal_index(job.index_address + row + slot * width / 8);
      sparse_.entries.push_back({static_cast<std::uint32_t>(position), values_[slot]});
    }
    sparse_.end_row();
  }
  row_values_.assign(shape.output_channels, slots);
  row_bytes_.assign(shape.output_channels, row_bytes + index_bytes);
}

void SpuWeights::load_absolute(const map::Job& job, const SpuFormat& format, const Shape& shape, JobMemory& memory) {
  require_aligned(job.index_address, 4);
  require_aligned(job.row_pointer_address, 4);
  const std::uint64_t rows = shape.output_channels;
  const auto pointers = memory.read(job.row_pointer_address, 4 * (rows + 1), pointer_buffer_);
  for (std::uint64_t o = 0; o < rows; ++o) {
    if (word_at(pointers, o + 1) < word_at(pointers, o)) illegal_index(job.row_pointer_address + 4 * (o + 1));
  }
  const std::uint64_t first = word_at(pointers, 0);
  const std::uint64_t end = word_at(pointers, rows);
  const bool any = end > first;
  const auto packed = memory.read(job.value_address, any ? value_bytes(end, format.value_bits) : 0, value_buffer_);
  const auto indices = memory.read(job.index_address, any ? 2 * end : 0, index_buffer_);
  values_.resize(end - first);
  if (any) convolution::unpack_values(packed, first, end - first, format.value_bits, values_.data());
  for (std::uint64_t o = 0; o < rows; ++o) {
    const std::uint64_t row_end = word_at(pointers, o + 1);
    for (std::uint64_t i = word_at(pointers, o); i < row_end; ++i) {
      const auto position = static_cast<std::uint32_t>(indices[2 * i] | (indices[2 * i + 1] << 8));
      if (position >= sparse_.columns) illegal_index(job.index_address + 2 * i);
      if (values_[i - first] != 0) sparse_.entries.push_back({position, values_[i - first]});
    }
    sparse_.end_row();
    const std::uint64_t count = row_end - word_at(pointers, o);
    row_values_.push_back(count);
    row_bytes_.push_back(value_bytes(count, format.value_bits) + 2 * count + 4);
  }
}

}  // namespace terse
