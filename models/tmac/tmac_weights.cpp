#include "models/tmac/tmac_weights.hpp"

#include <algorithm>

#include "models/convolution/sums.hpp"
#include "models/ports/convolution_job.hpp"

namespace terse {

namespace map = registers::tmac;
using registers::tmac::WeightFormat;

namespace {

/// Width of an integer format's weights; 0 for the ternary ones.
std::uint32_t integer_bits(WeightFormat format) {
  switch (format) {
    case WeightFormat::int2:
      return 2;
    case WeightFormat::int4:
      return 4;
    case WeightFormat::int8:
      return 8;
    case WeightFormat::ternary_2bit:
    case WeightFormat::ternary_base3:
      break;
  }
  return 0;
}

constexpr std::uint32_t bit(WeightFormat format) {
  return 1u << static_cast<std::uint32_t>(format);
}

}  // namespace

std::uint32_t weight_formats(const TmacParameters& parameters) {
  std::uint32_t formats = bit(WeightFormat::ternary_2bit);
  if (parameters.ternary_encoding == "base3") formats |= bit(WeightFormat::ternary_base3);
  if (parameters.weight_type == "ternary") return formats;
  formats |= bit(WeightFormat::int2);
  if (parameters.weight_type == "int2") return formats;
  formats |= bit(WeightFormat::int4);
  return parameters.weight_type == "int4" ? formats : formats | bit(WeightFormat::int8);
}

std::uint32_t weights_per_byte(WeightFormat format) {
  constexpr std::uint32_t trits = 5;
  if (format == WeightFormat::ternary_base3) return trits;
  return format == WeightFormat::ternary_2bit ? 4 : 8 / integer_bits(format);
}

std::uint64_t weight_row_bytes(WeightFormat format, std::uint64_t columns) {
  const std::uint32_t per_byte = weights_per_byte(format);
  return (columns + per_byte - 1) / per_byte;
}

bool TmacWeights::is_ternary() const {
  return integer_bits(format_) == 0;
}

void TmacWeights::load(const map::Job& job, const convolution::Shape& shape, const TmacParameters& parameters,
                       JobMemory& memory) {
  const std::uint32_t format = map::fields::flags::weight_format.get(job.flags);
  require_value((weight_formats(parameters) >> format & 1u) != 0, map::flags);
  format_ = static_cast<WeightFormat>(format);
  row_bytes_ = weight_row_bytes(format_, shape.weights_per_channel());
  const bool rows_apart = shape.output_channels == 1 || job.weight_row_stride >= row_bytes_;
  require_value(job.weight_row_stride % 4 == 0 && rows_apart, map::weight_row_stride);
  require_aligned(job.weight_address, 4);
  const std::uint64_t size = extent(shape.output_channels, job.weight_row_stride, row_bytes_);
  unpack(job, shape, memory.read(job.weight_address, size, buffer_));
}

void TmacWeights::unpack(const map::Job& job, const convolution::Shape& shape, std::span<const std::uint8_t> packed) {
  const std::uint64_t columns = shape.weights_per_channel();
  bytes_.resize(shape.output_channels, columns);
  if (!is_ternary()) {
    integers_.columns = columns;
    integers_.weights.resize(shape.output_channels * columns);
  }
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    const std::uint64_t row = o * job.weight_row_stride;
    const auto bytes = packed.subspan(row, row_bytes_);
    if (!is_ternary()) {
      convolution::unpack_values(bytes, 0, columns, integer_bits(format_), integers_.weights.data() + o * columns);
      std::copy_n(integers_.weights.begin() + static_cast<std::ptrdiff_t>(o * columns), columns,
                  bytes_.weights.begin() + static_cast<std::ptrdiff_t>(o * columns));
      continue;
    }
    const auto illegal =
        format_ == WeightFormat::ternary_base3 ? bytes_.unpack_base3_row(o, bytes) : bytes_.unpack_row(o, bytes);
    if (illegal) {
      throw JobProblem(registers::hwpe::ErrorCode::illegal_encoding,
                       (job.weight_address + row + *illegal) & ~std::uint64_t{3});
    }
  }
}

void TmacWeights::multiply(const convolution::Shape& shape, const convolution::ActivationView& activations,
                           std::span<std::int64_t> sums) const {
  if (is_ternary()) {
    convolution::ternary_sums(shape, activations, bytes_, sums);
  } else {
    convolution::dense_sums(shape, activations, integers_, sums);
  }
}

}  // namespace terse
