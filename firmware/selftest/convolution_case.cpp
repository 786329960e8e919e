#include "firmware/selftest/convolution_case.hpp"

#include <algorithm>
#include <bit>

namespace terse::firmware {

using registers::spu::IndexFormat;

namespace {

constexpr std::uint32_t round_up_to_word(std::uint32_t bytes) {
  return (bytes + 3) / 4 * 4;
}

}  // namespace

ConvolutionCase::ConvolutionCase(Bench& bench, const Geometry& geometry, const SparseFormat& format, std::uint32_t seed)
    : scratchpad_(bench.scratchpad()), geometry_(geometry), format_(format) {
  Pattern pattern(seed);
  std::fill_n(scratchpad_, layout::size, std::uint8_t{0});
  pattern.fill(scratchpad_ + layout::input, geometry.height * geometry.width * geometry.channels);
  const std::uint32_t count = geometry.outputs * geometry.weights_per_output();
  for (std::uint32_t index = 0; index < count; ++index) {
    ternary_[index] = static_cast<std::int16_t>(static_cast<std::int32_t>(pattern.next() >> 8) % 3 - 1);
  }
  make_sparse(pattern);
  pack_ternary();
  pack_sparse();
}

std::uint32_t ConvolutionCase::slots_per_output() const {
  const std::uint32_t weights = geometry_.weights_per_output();
  switch (format_.index) {
    case IndexFormat::n_of_m:
      return (weights + format_.m - 1) / format_.m * format_.n;
    case IndexFormat::absolute:
      return (weights + format_.m - 1) / format_.m;
    default:  // dense; the others are not made here
      break;
  }
  return weights;
}

/// The weight k that slot `slot` of an output channel stands for; past the end for an unused slot.
std::uint32_t ConvolutionCase::position_of(std::uint32_t slot, std::uint32_t output) const {
  switch (format_.index) {
    case IndexFormat::n_of_m: {
      // n different places within the group, other ones in each group and output channel.
      const std::uint32_t group = slot / format_.n;
      return group * format_.m + (slot % format_.n + group + output) % format_.m;
    }
    case IndexFormat::absolute:
      return slot * format_.m + (slot + output) % format_.m;
    default:  // dense; the others are not made here
      break;
  }
  return slot;
}

std::uint32_t ConvolutionCase::index_width() const {
  return static_cast<std::uint32_t>(std::bit_width(format_.m - 1));
}

void ConvolutionCase::make_sparse(Pattern& pattern) {
  const std::uint32_t weights = geometry_.weights_per_output();
  for (std::uint32_t output = 0; output < geometry_.outputs; ++output) {
    for (std::uint32_t slot = 0; slot < slots_per_output(); ++slot) {
      const std::uint32_t position = position_of(slot, output);
      if (position >= weights) continue;
      const std::uint32_t shift = 32 - format_.value_bits;
      const std::int32_t value = static_cast<std::int32_t>(pattern.next() << shift) >> shift;
      sparse_[output * weights + position] = static_cast<std::int16_t>(value == 0 ? 1 : value);
    }
  }
}

/// Writes `width` bits, lowest first, at bit `first_bit` of a scratchpad area that was zero.
void ConvolutionCase::put_bits(std::uint32_t area, std::uint32_t first_bit, std::uint32_t width, std::uint32_t value) {
  for (std::uint32_t bit = 0; bit < width; ++bit) {
    const std::uint32_t place = first_bit + bit;
    std::uint8_t& byte = scratchpad_[area + place / 8];
    byte = static_cast<std::uint8_t>(byte | (value >> bit & 1u) << place % 8);
  }
}

void ConvolutionCase::pack_ternary() {
  const std::uint32_t weights = geometry_.weights_per_output();
  const std::uint32_t row_bits = 8 * round_up_to_word((weights + 3) / 4);
  for (std::uint32_t output = 0; output < geometry_.outputs; ++output) {
    for (std::uint32_t k = 0; k < weights; ++k) {
      const auto code = static_cast<std::uint32_t>(ternary_[output * weights + k]) & 3u;  // 0, 1, and 3 for -1
      put_bits(layout::ternary, output * row_bits + 2 * k, 2, code);
    }
  }
}

void ConvolutionCase::pack_sparse() {
  const std::uint32_t weights = geometry_.weights_per_output();
  const std::uint32_t slots = slots_per_output();
  const std::uint32_t value_row_bits = 8 * round_up_to_word((slots * format_.value_bits + 7) / 8);
  const std::uint32_t index_row_bits = 8 * round_up_to_word((slots * index_width() + 7) / 8);
  std::uint32_t stored = 0;
  for (std::uint32_t output = 0; output < geometry_.outputs; ++output) {
    put_bits(layout::row_pointers, 32 * output, 32, stored);
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
      const std::uint32_t k = position_of(slot, output);
      const bool used = k < weights;
      const auto value = used ? static_cast<std::uint32_t>(sparse_[output * weights + k]) : 0;
      if (format_.index != IndexFormat::absolute) {
        put_bits(layout::values, output * value_row_bits + slot * format_.value_bits, format_.value_bits, value);
      }
      if (format_.index == IndexFormat::n_of_m && used) {
        put_bits(layout::indices, output * index_row_bits + slot * index_width(), index_width(), k % format_.m);
      }
      if (format_.index == IndexFormat::absolute && used) {
        put_bits(layout::values, stored * format_.value_bits, format_.value_bits, value);
        put_bits(layout::indices, 16 * stored, 16, k);
        ++stored;
      }
    }
  }
  put_bits(layout::row_pointers, 32 * geometry_.outputs, 32, stored);
}

std::int32_t ConvolutionCase::activation(std::int32_t y, std::int32_t x, std::uint32_t channel) const {
  if (y < 0 || x < 0 || y >= static_cast<std::int32_t>(geometry_.height) ||
      x >= static_cast<std::int32_t>(geometry_.width)) {
    return 0;
  }
  const std::uint32_t pixel = static_cast<std::uint32_t>(y) * geometry_.width + static_cast<std::uint32_t>(x);
  const std::uint8_t byte = scratchpad_[layout::input + pixel * geometry_.channels + channel];
  return geometry_.input_signed ? static_cast<std::int8_t>(byte) : byte;
}

void ConvolutionCase::add(Sums& sums, const Weights& weights) const {
  const Geometry& g = geometry_;
  std::uint32_t result = 0;
  for (std::uint32_t y = 0; y < g.output_height(); ++y) {
    for (std::uint32_t x = 0; x < g.output_width(); ++x) {
      for (std::uint32_t output = 0; output < g.outputs; ++output, ++result) {
        std::uint32_t k = output * g.weights_per_output();
        for (std::uint32_t tap = 0; tap < g.kernel * g.kernel; ++tap) {
          const auto row = static_cast<std::int32_t>(y * g.stride + tap / g.kernel * g.dilation - g.padding);
          const auto column = static_cast<std::int32_t>(x * g.stride + tap % g.kernel * g.dilation - g.padding);
          for (std::uint32_t channel = 0; channel < g.channels; ++channel, ++k) {
            sums[result] += weights[k] * activation(row, column, channel);
          }
        }
      }
    }
  }
}

/// The first ten job registers are the same in both units.
template <typename Job>
void ConvolutionCase::fill_common(Job& job) const {
  namespace fields = registers::tmac::fields;
  const Geometry& g = geometry_;
  job.input_address = layout::input;
  job.input_row_stride = g.width * g.channels;
  job.input_pixel_stride = g.channels;
  job.input_size = fields::input_size::height.make(g.height) | fields::input_size::width.make(g.width);
  job.input_channels = g.channels;
  job.output_size =
      fields::output_size::height.make(g.output_height()) | fields::output_size::width.make(g.output_width());
  job.output_channels = g.outputs;
  job.kernel = fields::kernel::height.make(g.kernel) | fields::kernel::width.make(g.kernel) |
               fields::kernel::stride_y.make(g.stride) | fields::kernel::stride_x.make(g.stride);
  job.padding = fields::padding::top.make(g.padding) | fields::padding::left.make(g.padding) |
                fields::padding::dilation_y.make(g.dilation) | fields::padding::dilation_x.make(g.dilation);
  job.flags = fields::flags::input_signed.make(g.input_signed ? 1 : 0);
}

driver::TmacJob ConvolutionCase::dense_job() const {
  driver::TmacJob job{};
  job.tag = 0x00710000;
  fill_common(job);
  job.weight_address = layout::ternary;
  job.weight_row_stride = round_up_to_word((geometry_.weights_per_output() + 3) / 4);
  return job;
}

driver::SpuJob ConvolutionCase::sparse_job() const {
  namespace fields = registers::spu::fields::format;
  driver::SpuJob job{};
  job.tag = 0x00720000;
  fill_common(job);
  job.value_address = layout::values;
  job.value_row_stride = round_up_to_word((slots_per_output() * format_.value_bits + 7) / 8);
  job.index_address = layout::indices;
  job.index_row_stride = round_up_to_word((slots_per_output() * index_width() + 7) / 8);
  job.row_pointer_address = layout::row_pointers;
  job.format = fields::index_format.make(static_cast<std::uint32_t>(format_.index)) |
               fields::value_bits.make(format_.value_bits) | fields::n.make(format_.n) | fields::m.make(format_.m);
  return job;
}

}  // namespace terse::firmware
