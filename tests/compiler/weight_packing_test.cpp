// Packed weights, read back by a decoder written from the register descriptions.
#include "compiler/weight_packing.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/compiler/random_network.hpp"

namespace terse::compiler {
namespace {

using registers::spu::IndexFormat;

std::uint64_t bits_at(const std::vector<std::uint8_t>& bytes, std::size_t base, std::size_t first,
                      std::uint32_t width) {
  std::uint64_t value = 0;
  for (std::uint32_t i = 0; i < width; ++i) {
    value |= std::uint64_t{bytes.at(base + (first + i) / 8) >> (first + i) % 8 & 1u} << i;
  }
  return value;
}

std::int64_t signed_at(const std::vector<std::uint8_t>& bytes, std::size_t base, std::size_t first,
                       std::uint32_t width) {
  return static_cast<std::int64_t>(bits_at(bytes, base, first, width) << (64 - width)) >> (64 - width);
}

/// (channel of the block, k) -> value, without zeros.
using Decoded = std::map<std::pair<std::size_t, std::size_t>, std::int64_t>;

Decoded decode_sparse(const std::vector<std::uint8_t>& block, const BlockLayout& at, const Layer& layer,
                      IndexFormat format, std::size_t channels, std::size_t per_channel) {
  Decoded result;
  const std::uint32_t bits = layer.value_bits;
  const auto keep = [&](std::size_t o, std::size_t k, std::int64_t value) {
    if (value != 0) result[{o, k}] += value;
  };
  std::uint32_t width = 0;
  while ((1u << width) < layer.pattern.m) ++width;
  for (std::size_t o = 0; o < channels; ++o) {
    const std::size_t row = at.values + o * at.value_row_stride;
    if (format == IndexFormat::dense) {
      for (std::size_t k = 0; k < per_channel; ++k) keep(o, k, signed_at(block, row, k * bits, bits));
    } else if (format == IndexFormat::absolute) {
      const std::uint64_t first = bits_at(block, at.row_pointers, o * 32, 32);
      const std::uint64_t last = bits_at(block, at.row_pointers, o * 32 + 32, 32);
      for (std::uint64_t s = first; s < last; ++s) {
        keep(o, bits_at(block, at.indices, s * 16, 16), signed_at(block, at.values, s * bits, bits));
      }
    } else {
      const std::size_t slots = (per_channel + layer.pattern.m - 1) / layer.pattern.m * layer.pattern.n;
      for (std::size_t s = 0; s < slots; ++s) {
        const std::size_t position = bits_at(block, at.indices + o * at.index_row_stride, s * width, width);
        keep(o, s / layer.pattern.n * layer.pattern.m + position, signed_at(block, row, s * bits, bits));
      }
    }
  }
  return result;
}

TEST(WeightPacking, ReadsBackWhatWasPacked) {
  testing::RandomNetwork random(21);
  for (int i = 0; i < 300; ++i) {
    Layer layer;
    LayerGeometry geometry;
    geometry.has_weights = true;
    geometry.output_channels = static_cast<std::uint32_t>(random.number(1, 12));
    geometry.weights_per_channel = static_cast<std::uint64_t>(random.number(1, 130));
    geometry.input_channels = static_cast<std::uint32_t>(geometry.weights_per_channel);
    const std::size_t channels = geometry.output_channels, row = geometry.weights_per_channel;
    for (std::size_t k = 0; k < channels * row; ++k) {
      layer.ternary.push_back(static_cast<std::int8_t>(random.number(-1, 1)));
    }
    layer.pattern = random.pattern();
    layer.value_bits = 4u << random.number(0, 2);
    layer.high_precision = random.values(channels, row, layer.pattern, layer.value_bits, 0.1);
    for (std::size_t o = 0; o < channels; ++o) {
      layer.requantization.push_back({static_cast<std::int16_t>(random.number(-32768, 32767)),
                                      static_cast<std::int16_t>(random.number(-32768, 32767)),
                                      static_cast<std::int16_t>(random.number(-32768, 32767)),
                                      static_cast<std::uint8_t>(random.number(0, 47)),
                                      random.number(-(std::int64_t{1} << 62), std::int64_t{1} << 62)});
    }
    const WeightPacker packer(layer, geometry);
    const auto first = static_cast<std::uint32_t>(random.number(0, geometry.output_channels - 1));
    const auto count = static_cast<std::uint32_t>(random.number(1, geometry.output_channels - first));
    const BlockLayout at = packer.layout(first, count);
    const std::vector<std::uint8_t> block = packer.pack(first, count);
    ASSERT_EQ(block.size(), at.bytes);
    EXPECT_EQ(at.bytes % 16, 0u);
    for (const std::uint32_t aligned : {at.dense, at.dense_row_stride, at.values, at.value_row_stride, at.indices,
                                        at.index_row_stride, at.row_pointers}) {
      EXPECT_EQ(aligned % 4, 0u);
    }
    Decoded expected;
    std::uint64_t nonzeros = 0;
    for (std::size_t o = 0; o < count; ++o) {
      const Requantization& q = layer.requantization[first + o];
      const std::size_t record = at.records + o * 16;
      EXPECT_EQ(signed_at(block, record, 0, 63), (q.bias << 1) >> 1);
      EXPECT_EQ(signed_at(block, record + 8, 0, 16), q.dense);
      EXPECT_EQ(signed_at(block, record + 10, 0, 16), q.sparse);
      EXPECT_EQ(signed_at(block, record + 12, 0, 16), q.residual);
      EXPECT_EQ(block[record + 14], q.shift);
      EXPECT_EQ(block[record + 15], 0);
      for (std::size_t k = 0; k < row; ++k) {
        EXPECT_EQ(signed_at(block, at.dense + o * at.dense_row_stride, 2 * k, 2), layer.ternary[(first + o) * row + k]);
        const std::int16_t value = layer.high_precision[(first + o) * row + k];
        if (value != 0) expected[{o, k}] = value;
        nonzeros += value != 0;
      }
    }
    ASSERT_EQ(decode_sparse(block, at, layer, packer.index_format(), count, row), expected) << "case " << i;
    if (packer.index_format() == IndexFormat::absolute) {
      EXPECT_EQ(packer.stored_values(first, count), nonzeros);
    }
  }
}

TEST(WeightPacking, AbsentPartsTakeNoRoom) {
  Layer layer;
  layer.requantization.resize(3);
  LayerGeometry pool;
  pool.output_channels = 3;
  const BlockLayout records_only = WeightPacker(layer, pool).layout(0, 3);
  EXPECT_EQ(records_only.bytes, 48u);
  EXPECT_EQ(records_only.weight_bits, 0u);
}

}  // namespace
}  // namespace terse::compiler
