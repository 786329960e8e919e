// The formats in which the MAC array's weights are stored.
#include <array>
#include <memory>

#include "tests/models/tmac/dense_pass.hpp"

namespace terse::test {
namespace {

/// A dense pass whose weights are stored as `format`, random within what it can say.
struct FormatPass : DensePass {
  std::vector<std::int16_t> values;
  PackedTernary packed;

  FormatPass(Random& random, const Shape& geometry, map::WeightFormat format)
      : DensePass(random, geometry, geometry.kernel_width % 2 == 0) {
    const auto [low, high] = weight_range(format);
    for (std::uint64_t i = 0; i < shape.weights_per_channel() * shape.output_channels; ++i) {
      values.push_back(static_cast<std::int16_t>(pick(random, low, high)));
    }
    packed = pack_weights(shape, values, format);
    job.weight_row_stride = packed.row_stride;
    job.flags |= static_cast<std::uint32_t>(format) << 8;
  }
  void put(UnitBench& bench) const {
    bench.scratchpad.put(input_address, image.bytes);
    bench.scratchpad.put(weight_address, packed.bytes);
  }
  [[nodiscard]] std::vector<std::int64_t> expected() const { return golden_sums(shape, image, values); }
};

constexpr std::array all_formats = {map::WeightFormat::ternary_2bit, map::WeightFormat::ternary_base3,
                                    map::WeightFormat::int2, map::WeightFormat::int4, map::WeightFormat::int8};

TEST_F(TmacTest, EveryWeightFormatEqualsDefinition) {
  UnitBenchParameters parameters;
  parameters.tmac.weight_type = "int8";
  parameters.tmac.ternary_encoding = "base3";
  UnitBench bench(parameters);
  bench.run([&] {
    EXPECT_EQ(bench.tmac_driver.read(map::cap_formats), 8u | 0x1Fu << 8);
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
      const FormatPass pass(random_, random_shape(random_), all_formats[seed % all_formats.size()]);
      pass.put(bench);
      bench.scratchpad.grants_dmi = seed % 4 < 2;
      bench.tmac_driver.run(pass.job);
      ASSERT_EQ(bench.tmac_driver.error(), ErrorCode::none) << seed;
      ASSERT_EQ(pass.results(bench), pass.expected()) << seed;
    }
  });
}

// An array multiplies what fits its weight_type; base 3 needs its decoder. Bits of CAP_FORMATS: 2bit, base3, int2, int4,
// int8 from bit 8 on.
TEST_F(TmacTest, FormatsThatTheArrayDoesNotHaveAreRefused) {
  struct Array {
    const char* type;
    const char* encoding;
    std::uint32_t formats;
  };
  const std::array arrays = {Array{"ternary", "2bit", 0b00001}, Array{"ternary", "base3", 0b00011},
                             Array{"int2", "2bit", 0b00101}, Array{"int4", "base3", 0b01111},
                             Array{"int8", "2bit", 0b11101}};
  std::vector<std::unique_ptr<UnitBench>> benches;
  for (const Array& array : arrays) {
    UnitBenchParameters parameters;
    parameters.tmac.weight_type = array.type;
    parameters.tmac.ternary_encoding = array.encoding;
    benches.push_back(std::make_unique<UnitBench>(parameters, (std::string(array.type) + array.encoding).c_str()));
  }
  benches.front()->run([&] {
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      UnitBench& bench = *benches[i];
      SCOPED_TRACE(i);
      EXPECT_EQ(bench.tmac_driver.read(map::cap_formats), 8u | arrays[i].formats << 8);
      for (std::uint32_t format = 0; format < 16; ++format) {
        FormatPass pass(random_, small_, all_formats[std::min<std::size_t>(format, 4)]);
        pass.job.flags = (pass.job.flags & 0xFFu) | format << 8;
        pass.put(bench);
        if ((arrays[i].formats >> format & 1u) == 0) {
          bench.tmac_driver.expect_failure(pass.job, ErrorCode::illegal_value, map::flags);
          continue;
        }
        bench.tmac_driver.run(pass.job);
        EXPECT_EQ(pass.results(bench), pass.expected()) << format;
        bench.tmac_driver.clear();
      }
    }
  });
}

// K = 27: six bytes of five trits, the last one with two of them; 243 is the first code that no five trits have. Rows lie
// 8 bytes apart.
TEST_F(TmacTest, IllegalBase3CodeIsNamedByItsWord) {
  UnitBenchParameters parameters;
  parameters.tmac.ternary_encoding = "base3";
  UnitBench bench(parameters);
  bench.run([&] {
    const FormatPass pass(random_, small_, map::WeightFormat::ternary_base3);
    ASSERT_EQ(pass.job.weight_row_stride, 8u);
    for (const std::uint32_t code : {243u, 255u}) {
      for (const std::uint32_t place : {0u, 5u}) {
        pass.put(bench);
        bench.scratchpad.bytes[weight_address + 2 * 8 + place] = static_cast<std::uint8_t>(code);
        bench.tmac_driver.expect_failure(pass.job, ErrorCode::illegal_encoding, weight_address + 16 + place / 4 * 4);
      }
    }
    pass.put(bench);
    bench.scratchpad.bytes[weight_address + 2 * 8 + 6] = 0xFF;  // past the row
    bench.tmac_driver.run(pass.job);
    EXPECT_EQ(pass.results(bench), pass.expected());
  });
}

// The weight port's cycles and bytes are those of the format: K = 27, 4 output channels in one group, port 8 bits. 27
// bytes of int8 per channel, 6 of base 3.
TEST_F(TmacTest, WeightBytesAreThoseOfTheFormat) {
  UnitBenchParameters parameters;
  parameters.tmac.weight_type = "int8";
  parameters.tmac.ternary_encoding = "base3";
  parameters.tmac.weight_bits_per_cycle = 8;
  UnitBench bench(parameters);
  bench.run([&] {
    for (const auto& [format, row] : {std::pair{map::WeightFormat::int8, 27u},
                                      {map::WeightFormat::int4, 14u},
                                      {map::WeightFormat::ternary_base3, 6u},
                                      {map::WeightFormat::int2, 7u}}) {
      const FormatPass pass(random_, small_, format);
      pass.put(bench);
      bench.tmac_driver.run(pass.job);
      EXPECT_EQ(UnitBench::cycles(bench.last(), Cause::weight_load), 4u * row);
      EXPECT_EQ(bench.last().bytes_read, 4u * row + 208u * 3);
    }
  });
}

}  // namespace
}  // namespace terse::test
