#pragma once
// Jobs and packed weights for the benches, made from shapes and plain weights. Written after the register descriptions,
// not with code of the models or the compiler.
#include <bit>
#include <cstring>

#include "registers/generated/merge.hpp"
#include "registers/generated/spu.hpp"
#include "registers/generated/tmac.hpp"
#include "tests/models/convolution/golden.hpp"

namespace terse::test {

using Bytes = std::vector<std::uint8_t>;

inline std::uint32_t pair16(std::uint32_t low, std::uint32_t high) {
  return low | high << 16;
}
inline std::uint32_t quad8(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a | b << 8 | c << 16 | d << 24;
}
inline std::uint32_t round_up(std::uint64_t bytes, std::uint32_t multiple) {
  return static_cast<std::uint32_t>((bytes + multiple - 1) / multiple * multiple);
}

/// The registers that tmac and spu share.
template <typename Job>
Job convolution_job(const Shape& shape, const Image& image, std::uint32_t input_address) {
  Job job{};
  job.input_address = input_address;
  job.input_row_stride = image.row_stride;
  job.input_pixel_stride = image.pixel_stride;
  job.input_size = pair16(shape.input_height, shape.input_width);
  job.input_channels = shape.input_channels;
  job.output_size = pair16(shape.output_height, shape.output_width);
  job.output_channels = shape.output_channels;
  job.kernel = quad8(shape.kernel_height, shape.kernel_width, shape.stride_y, shape.stride_x);
  job.padding = quad8(shape.pad_top, shape.pad_left, shape.dilation_y, shape.dilation_x);
  job.flags = image.is_signed ? 1 : 0;
  return job;
}

/// Appends fields of any width, lowest bits first.
class BitWriter {
 public:
  void add(std::uint32_t value, std::uint32_t width) {
    for (std::uint32_t bit = 0; bit < width; ++bit, ++bits_) {
      if (bits_ % 8 == 0) bytes.push_back(0);
      bytes.back() = static_cast<std::uint8_t>(bytes.back() | (value >> bit & 1u) << (bits_ % 8));
    }
  }
  /// Fills up to `size` bytes.
  void pad(std::size_t size) {
    bytes.resize(size);
    bits_ = 8 * size;
  }
  Bytes bytes;

 private:
  std::size_t bits_ = 0;
};

struct PackedTernary {
  std::uint32_t row_stride = 0;
  Bytes bytes;
};

inline PackedTernary pack_ternary(const Shape& shape, const std::vector<std::int8_t>& weights) {
  const std::uint64_t columns = shape.weights_per_channel();
  PackedTernary packed{round_up((columns + 3) / 4, 4), {}};
  packed.bytes.assign(std::size_t{packed.row_stride} * shape.output_channels, 0);
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    for (std::uint64_t k = 0; k < columns; ++k) {
      const std::uint32_t code = static_cast<std::uint32_t>(weights[o * columns + k]) & 3u;
      auto& byte = packed.bytes[o * packed.row_stride + k / 4];
      byte = static_cast<std::uint8_t>(byte | code << (2 * (k % 4)));
    }
  }
  return packed;
}

/// Least and greatest weight of a format.
inline std::pair<int, int> weight_range(registers::tmac::WeightFormat format) {
  using registers::tmac::WeightFormat;
  switch (format) {
    case WeightFormat::int2:
      return {-2, 1};
    case WeightFormat::int4:
      return {-8, 7};
    case WeightFormat::int8:
      return {-128, 127};
    default:
      return {-1, 1};
  }
}

inline PackedTernary pack_weights(const Shape& shape, const std::vector<std::int16_t>& weights,
                                  registers::tmac::WeightFormat format) {
  using registers::tmac::WeightFormat;
  PackedTernary packed;
  const std::uint64_t columns = shape.weights_per_channel();
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    BitWriter row;
    if (format == WeightFormat::ternary_base3) {
      for (std::uint64_t k = 0; k < columns; k += 5) {
        std::uint32_t code = 0, power = 1;
        for (std::uint64_t i = k; i < std::min(k + 5, columns); ++i, power *= 3) {
          code += static_cast<std::uint32_t>(weights[o * columns + i] + 1) * power;
        }
        row.add(code, 8);
      }
    } else {
      const std::uint32_t width = format == WeightFormat::int8 ? 8 : format == WeightFormat::int4 ? 4 : 2;
      for (std::uint64_t k = 0; k < columns; ++k) row.add(static_cast<std::uint32_t>(weights[o * columns + k]), width);
    }
    packed.row_stride = round_up(row.bytes.size(), 4);
    row.pad(packed.row_stride);
    packed.bytes.insert(packed.bytes.end(), row.bytes.begin(), row.bytes.end());
  }
  return packed;
}

struct PackedSparse {
  std::uint32_t format = 0;
  std::uint32_t value_row_stride = 0, index_row_stride = 0;
  BitWriter values, indices, row_pointers;
};

inline std::uint32_t format_word(registers::spu::IndexFormat format, std::uint32_t bits, std::uint32_t n = 0,
                                 std::uint32_t m = 0) {
  return quad8(static_cast<std::uint32_t>(format), bits, n, m);
}

inline PackedSparse pack_absolute(const Shape& shape, const std::vector<std::int16_t>& weights, std::uint32_t bits) {
  PackedSparse packed;
  packed.format = format_word(registers::spu::IndexFormat::absolute, bits);
  std::uint32_t count = 0;
  packed.row_pointers.add(0, 32);
  const std::uint64_t columns = shape.weights_per_channel();
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    for (std::uint32_t k = 0; k < columns; ++k) {
      const std::int16_t value = weights[o * columns + k];
      if (value == 0) continue;
      packed.values.add(static_cast<std::uint32_t>(value), bits);
      packed.indices.add(k, 16);
      ++count;
    }
    packed.row_pointers.add(count, 32);
  }
  return packed;
}

inline PackedSparse pack_dense(const Shape& shape, const std::vector<std::int16_t>& weights, std::uint32_t bits) {
  PackedSparse packed;
  packed.format = format_word(registers::spu::IndexFormat::dense, bits);
  const std::uint64_t columns = shape.weights_per_channel();
  packed.value_row_stride = round_up((columns * bits + 7) / 8, 4);
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    for (std::uint64_t k = 0; k < columns; ++k) {
      packed.values.add(static_cast<std::uint32_t>(weights[o * columns + k]), bits);
    }
    packed.values.pad((o + 1) * packed.value_row_stride);
  }
  return packed;
}

/// Entries with gaps of `width` bits: fillers of value 0 bridge longer gaps.
inline void add_relative(PackedSparse& packed, std::uint32_t bits, std::uint32_t width, std::uint32_t gap,
                         std::int16_t value, std::uint32_t& count) {
  const std::uint32_t longest = (1u << width) - 1;
  while (gap > longest) {
    packed.values.add(0, bits);
    packed.indices.add(longest, width);
    gap -= longest + 1;
    ++count;
  }
  packed.values.add(static_cast<std::uint32_t>(value), bits);
  packed.indices.add(gap, width);
  ++count;
}

inline PackedSparse pack_relative(const Shape& shape, const std::vector<std::int16_t>& weights, std::uint32_t bits,
                                  std::uint32_t width) {
  PackedSparse packed;
  packed.format = format_word(registers::spu::IndexFormat::relative, bits, width);
  std::uint32_t count = 0;
  packed.row_pointers.add(0, 32);
  const std::uint64_t columns = shape.weights_per_channel();
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    std::uint32_t gap = 0;
    for (std::uint64_t k = 0; k < columns; ++k) {
      const std::int16_t value = weights[o * columns + k];
      if (value != 0) add_relative(packed, bits, width, gap, value, count);
      gap = value != 0 ? 0 : gap + 1;
    }
    packed.row_pointers.add(count, 32);
  }
  return packed;
}

inline PackedSparse pack_bitmap(const Shape& shape, const std::vector<std::int16_t>& weights, std::uint32_t bits) {
  PackedSparse packed;
  packed.format = format_word(registers::spu::IndexFormat::bitmap, bits);
  std::uint32_t count = 0;
  packed.row_pointers.add(0, 32);
  const std::uint64_t columns = shape.weights_per_channel();
  packed.index_row_stride = round_up((columns + 7) / 8, 4);
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    for (std::uint64_t k = 0; k < columns; ++k) {
      const std::int16_t value = weights[o * columns + k];
      packed.indices.add(value != 0, 1);
      if (value == 0) continue;
      packed.values.add(static_cast<std::uint32_t>(value), bits);
      ++count;
    }
    packed.indices.pad((o + 1) * packed.index_row_stride);
    packed.row_pointers.add(count, 32);
  }
  return packed;
}

/// Columns of the rows that a lane owns; `order` says which output channel is at which place.
inline PackedSparse pack_columns(const Shape& shape, const std::vector<std::int16_t>& weights, std::uint32_t bits,
                                 std::uint32_t width, std::uint32_t unit_lanes, bool wide,
                                 const std::vector<std::uint32_t>& order) {
  PackedSparse result;
  result.format = format_word(registers::spu::IndexFormat::relative_columns, bits, width) | (wide ? 1u << 14 : 0u);
  const std::uint64_t columns = shape.weights_per_channel();
  const std::uint32_t lanes = std::min(unit_lanes, shape.output_channels);
  std::vector<PackedSparse> streams(lanes);
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    std::uint32_t count = 0;
    for (std::uint64_t k = 0; k < columns; ++k) {
      streams[lane].row_pointers.add(count, wide ? 32 : 16);
      std::uint32_t gap = 0;
      for (std::uint32_t place = lane; place < shape.output_channels; place += lanes) {
        const std::int16_t value = weights[order[place] * columns + k];
        if (value != 0) add_relative(streams[lane], bits, width, gap, value, count);
        gap = value != 0 ? 0 : gap + 1;
      }
    }
    streams[lane].row_pointers.add(count, wide ? 32 : 16);
    result.value_row_stride = std::max(result.value_row_stride, round_up(streams[lane].values.bytes.size(), 4));
    result.index_row_stride = std::max(result.index_row_stride, round_up(streams[lane].indices.bytes.size(), 4));
  }
  const auto append = [](Bytes& to, Bytes bytes, std::size_t size) {
    bytes.resize(size);
    to.insert(to.end(), bytes.begin(), bytes.end());
  };
  for (const PackedSparse& lane : streams) {
    append(result.values.bytes, lane.values.bytes, result.value_row_stride);
    append(result.indices.bytes, lane.indices.bytes, result.index_row_stride);
    append(result.row_pointers.bytes, lane.row_pointers.bytes, round_up(lane.row_pointers.bytes.size(), 4));
  }
  return result;
}

/// Weights with at most n of m stored in each group of each row; the row's last group may be shorter.
inline std::vector<std::int16_t> random_n_of_m(Random& random, const Shape& shape, std::uint32_t bits, std::uint32_t n,
                                               std::uint32_t m) {
  const std::uint64_t columns = shape.weights_per_channel();
  std::vector<std::int16_t> weights(columns * shape.output_channels);
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    for (std::uint64_t group = 0; group < columns; group += m) {
      const std::uint64_t length = std::min<std::uint64_t>(m, columns - group);
      for (std::uint32_t i = 0; i < n; ++i) {
        const auto place = group + static_cast<std::uint64_t>(pick(random, 0, static_cast<std::int64_t>(length) - 1));
        weights[o * columns + place] = static_cast<std::int16_t>(pick(random, -limit, limit - 1));
      }
    }
  }
  return weights;
}

inline PackedSparse pack_n_of_m(const Shape& shape, const std::vector<std::int16_t>& weights, std::uint32_t bits,
                                std::uint32_t n, std::uint32_t m) {
  PackedSparse packed;
  packed.format = format_word(registers::spu::IndexFormat::n_of_m, bits, n, m);
  const std::uint64_t columns = shape.weights_per_channel();
  const std::uint64_t slots = (columns + m - 1) / m * n;
  const std::uint32_t width = m == 1 ? 0 : static_cast<std::uint32_t>(std::bit_width(m - 1));
  packed.value_row_stride = round_up((slots * bits + 7) / 8, 4);
  packed.index_row_stride = round_up((slots * width + 7) / 8, 4);
  for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
    for (std::uint64_t group = 0; group < columns; group += m) {
      std::uint32_t used = 0;
      for (std::uint32_t place = 0; place < m && group + place < columns; ++place) {
        const std::int16_t value = weights[o * columns + group + place];
        if (value == 0) continue;
        packed.values.add(static_cast<std::uint32_t>(value), bits);
        packed.indices.add(place, width);
        ++used;
      }
      for (; used < n; ++used) {  // an unused slot's index means nothing: write the worst one
        packed.values.add(0, bits);
        packed.indices.add(0xFF, width);
      }
    }
    packed.values.pad((o + 1) * packed.value_row_stride);
    packed.indices.pad((o + 1) * packed.index_row_stride);
  }
  return packed;
}

/// Sets the registers of the sparse part, the data to lie at the given addresses.
inline void describe_sparse(registers::spu::Job& job, const PackedSparse& packed, std::uint32_t values,
                            std::uint32_t indices, std::uint32_t row_pointers) {
  job.format = packed.format;
  job.value_address = values;
  job.value_row_stride = packed.value_row_stride;
  job.index_address = indices;
  job.index_row_stride = packed.index_row_stride;
  job.row_pointer_address = row_pointers;
}

/// One requantization record.
struct Record {
  std::int64_t bias = 0;
  std::int16_t dense = 0, sparse = 0, residual = 0;
  std::uint8_t shift = 0;
};

inline Bytes pack_records(const std::vector<Record>& records) {
  Bytes bytes(16 * records.size());
  for (std::size_t c = 0; c < records.size(); ++c) {
    std::memcpy(&bytes[16 * c], &records[c].bias, 8);
    std::memcpy(&bytes[16 * c + 8], &records[c].dense, 2);
    std::memcpy(&bytes[16 * c + 10], &records[c].sparse, 2);
    std::memcpy(&bytes[16 * c + 12], &records[c].residual, 2);
    bytes[16 * c + 14] = records[c].shift;
  }
  return bytes;
}

}  // namespace terse::test
