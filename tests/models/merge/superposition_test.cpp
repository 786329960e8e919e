// The three units together against the un-split layer: one weight per position, dense_multiplier * ternary +
// sparse_multiplier * value, summed in 64 bits, rounded and clipped. No pass, no accumulator, no packing appears in the
// expectation.
#include "tests/models/ports/job_builder.hpp"
#include "tests/models/ports/unit_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse::test {
namespace {

constexpr std::uint32_t input_address = 0x0;
constexpr std::uint32_t ternary_address = 0x8000;
constexpr std::uint32_t value_address = 0x10000;
constexpr std::uint32_t index_address = 0x28000;
constexpr std::uint32_t pointer_address = 0x30000;
constexpr std::uint32_t record_address = 0x31000;
constexpr std::uint32_t residual_address = 0x32000;
constexpr std::uint32_t output_address = 0x38000;
constexpr std::uint32_t base = 7;

enum class Sparsity { none, absolute, one_of_32, two_of_4, dense };

struct MixedLayer {
  Shape shape;
  Image image, residual;
  std::vector<std::int8_t> ternary;
  std::vector<std::int16_t> values;
  PackedSparse packed;
  std::vector<Record> records;
  std::int32_t low = 0, high = 255;

  MixedLayer(Random& random, Sparsity sparsity, std::uint32_t bits, double density, bool is_signed)
      : shape(random_shape(random)) {
    image = random_image(random, shape.input_height, shape.input_width, shape.input_channels, is_signed);
    residual = random_image(random, shape.output_height, shape.output_width, shape.output_channels, !is_signed);
    const std::uint64_t count = shape.weights_per_channel() * shape.output_channels;
    ternary = random_ternary(random, count);
    switch (sparsity) {
      case Sparsity::none:
        values.assign(count, 0);
        break;
      case Sparsity::absolute:
        values = random_values(random, count, bits, density);
        packed = pack_absolute(shape, values, bits);
        break;
      case Sparsity::one_of_32:
        values = random_n_of_m(random, shape, bits, 1, 32);
        packed = pack_n_of_m(shape, values, bits, 1, 32);
        break;
      case Sparsity::two_of_4:
        values = random_n_of_m(random, shape, bits, 2, 4);
        packed = pack_n_of_m(shape, values, bits, 2, 4);
        break;
      case Sparsity::dense:
        values = random_values(random, count, bits, 1.0);
        packed = pack_dense(shape, values, bits);
        break;
    }
    if (is_signed) low = -128, high = 127;
    for (std::uint32_t o = 0; o < shape.output_channels; ++o) {
      records.push_back({.bias = pick(random, -1000000, 1000000),
                         .dense = static_cast<std::int16_t>(pick(random, -32768, 32767)),
                         .sparse = static_cast<std::int16_t>(pick(random, -999, 999)),
                         .residual = static_cast<std::int16_t>(pick(random, -32768, 32767)),
                         .shift = static_cast<std::uint8_t>(pick(random, 15, 24))});
    }
  }

  /// The output of the un-split layer.
  [[nodiscard]] std::int64_t output(std::uint32_t y, std::uint32_t x, std::uint32_t o) const {
    const Record& record = records[o];
    std::vector<std::int64_t> weights;
    for (std::uint64_t k = 0; k < shape.weights_per_channel(); ++k) {
      const std::uint64_t i = o * shape.weights_per_channel() + k;
      weights.push_back(std::int64_t{record.dense} * ternary[i] + std::int64_t{record.sparse} * values[i]);
    }
    const std::int64_t v =
        golden_sum(shape, image, weights.data(), y, x) + record.residual * residual.value(y, x, o) + record.bias;
    const std::int64_t unit = std::int64_t{1} << record.shift;
    const std::int64_t magnitude = (2 * std::abs(v) + unit) / (2 * unit);
    return std::clamp<std::int64_t>(v < 0 ? -magnitude : magnitude, low, high);
  }
  [[nodiscard]] Bytes outputs() const {
    Bytes bytes;
    for (std::uint32_t y = 0; y < shape.output_height; ++y) {
      for (std::uint32_t x = 0; x < shape.output_width; ++x) {
        for (std::uint32_t o = 0; o < shape.output_channels; ++o) {
          bytes.push_back(static_cast<std::uint8_t>(output(y, x, o)));
        }
      }
    }
    return bytes;
  }
};

class SuperpositionTest : public SystemcTest {
 protected:
  static Bytes run(UnitBench& bench, const MixedLayer& layer, bool with_sparse, bool concurrent) {
    const Shape& shape = layer.shape;
    const PackedTernary ternary = pack_ternary(shape, layer.ternary);
    bench.scratchpad.put(input_address, layer.image.bytes);
    bench.scratchpad.put(ternary_address, ternary.bytes);
    bench.scratchpad.put(value_address, layer.packed.values.bytes);
    bench.scratchpad.put(index_address, layer.packed.indices.bytes);
    bench.scratchpad.put(pointer_address, layer.packed.row_pointers.bytes);
    bench.scratchpad.put(record_address, pack_records(layer.records));
    bench.scratchpad.put(residual_address, layer.residual.bytes);

    auto dense_job = convolution_job<registers::tmac::Job>(shape, layer.image, input_address);
    dense_job.weight_address = ternary_address;
    dense_job.weight_row_stride = ternary.row_stride;
    dense_job.accumulator_base = base;
    auto sparse_job = convolution_job<registers::spu::Job>(shape, layer.image, input_address);
    describe_sparse(sparse_job, layer.packed, value_address, index_address, pointer_address);
    sparse_job.accumulator_base = base;
    bench.tmac_driver.start(dense_job);
    if (!concurrent) bench.tmac_driver.finish();
    if (with_sparse) bench.spu_driver.run(sparse_job);
    bench.tmac_driver.finish();

    registers::merge::Job merge_job{};
    merge_job.flags = 1u | (with_sparse ? 2u : 0u) | 16u | (layer.residual.is_signed ? 32u : 0u);
    merge_job.accumulator_base = base;
    merge_job.output_size = dense_job.output_size;
    merge_job.channels = shape.output_channels;
    merge_job.parameter_address = record_address;
    merge_job.residual_address = residual_address;
    merge_job.residual_row_stride = layer.residual.row_stride;
    merge_job.residual_pixel_stride = layer.residual.pixel_stride;
    merge_job.output_address = output_address;
    merge_job.output_pixel_stride = shape.output_channels;
    merge_job.output_row_stride = shape.output_width * shape.output_channels;
    merge_job.clip_low = static_cast<std::uint32_t>(layer.low);
    merge_job.clip_high = static_cast<std::uint32_t>(layer.high);
    bench.merge_driver.run(merge_job);
    EXPECT_EQ(bench.tmac_driver.error(), ErrorCode::none);
    EXPECT_EQ(bench.spu_driver.error(), ErrorCode::none);
    EXPECT_EQ(bench.merge_driver.error(), ErrorCode::none);
    const auto first = bench.scratchpad.bytes.begin() + output_address;
    return {first, first + static_cast<std::ptrdiff_t>(shape.outputs())};
  }
};

TEST_F(SuperpositionTest, TogetherThePassesAreTheUnsplitLayer) {
  Random random(31);
  ScratchpadBandwidth bandwidth(4);
  UnitBench bench;
  const auto time = [&](auto& unit, Timing timing) {
    unit.set_bandwidth(&bandwidth);
    unit.set_timing(timing);
  };
  bench.run([&] {
    for (std::uint32_t seed = 0; seed < 90; ++seed) {
      const auto sparsity = static_cast<Sparsity>(seed % 5);
      const std::uint32_t bits = 4u << (seed / 5 % 3);
      const double density = std::array{0.0, 0.03, 1.0}[seed / 5 % 3];
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", sparsity " << seed % 5 << ", bits " << bits);
      const MixedLayer layer(random, sparsity, bits, density, seed % 2 == 0);
      const Timing timing = seed % 4 < 2 ? Timing::functional : Timing::approximate;
      time(bench.tmac, timing);
      time(bench.spu, timing);
      time(bench.merge, timing);
      const bool with_sparse = sparsity != Sparsity::none;
      const Bytes sequential = run(bench, layer, with_sparse, false);
      ASSERT_EQ(sequential, layer.outputs());
      ASSERT_EQ(run(bench, layer, with_sparse, true), sequential) << "concurrent";
    }
  });
}

// One trit changed in the scratchpad changes what comes out: the comparison above can fail.
TEST_F(SuperpositionTest, AChangedWeightIsSeen) {
  Random random(37);
  UnitBench bench;
  bench.run([&] {
    MixedLayer layer(random, Sparsity::absolute, 8, 0.1, false);
    layer.shape = Shape{.input_channels = 4};
    layer.image = Image{.channels = 4, .row_stride = 4, .pixel_stride = 4, .bytes = {10, 20, 30, 40}};
    layer.residual = Image{.row_stride = 1, .pixel_stride = 1, .bytes = {0}};
    layer.ternary = {1, 1, -1, 0};
    layer.values = {0, 0, 0, 5};
    layer.packed = pack_absolute(layer.shape, layer.values, 8);
    layer.records = {{.dense = 1, .sparse = 1}};
    EXPECT_EQ(run(bench, layer, true, false), (Bytes{200}));  // 10 + 20 - 30 + 5 * 40
    layer.ternary = {1, 0, -1, 0};
    EXPECT_EQ(run(bench, layer, true, false), (Bytes{180}));
  });
}

}  // namespace
}  // namespace terse::test
