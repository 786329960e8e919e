// The ternary MAC array alone: results, cycles, errors. The clock period is 10 ns.
#include "models/tmac/tmac.hpp"

#include <array>
#include <memory>

#include "models/tmac/tmac_cost.hpp"
#include "tests/models/ports/job_builder.hpp"
#include "tests/models/ports/unit_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse::test {
namespace {

namespace map = registers::tmac;

constexpr std::uint32_t input_address = 0x101;  // activations need no alignment
constexpr std::uint32_t weight_address = 0x8000;
constexpr std::uint32_t base = 100;
constexpr std::uint32_t accumulate = 2;

/// A dense pass in the bench's scratchpad.
struct DensePass {
  Shape shape;
  Image image;
  std::vector<std::int8_t> weights;
  map::Job job;

  DensePass(Random& random, const Shape& geometry, bool is_signed) : shape(geometry) {
    image = random_image(random, shape.input_height, shape.input_width, shape.input_channels, is_signed);
    weights = random_ternary(random, shape.weights_per_channel() * shape.output_channels);
    job = convolution_job<map::Job>(shape, image, input_address);
    job.tag = 0x10002;
    job.weight_address = weight_address;
    job.weight_row_stride = pack_ternary(shape, weights).row_stride;
    job.accumulator_base = base;
  }
  void put(UnitBench& bench) const {
    bench.scratchpad.put(input_address, image.bytes);
    bench.scratchpad.put(weight_address, pack_ternary(shape, weights).bytes);
  }
  [[nodiscard]] std::vector<std::int64_t> expected() const { return golden_sums(shape, image, weights); }
  [[nodiscard]] std::vector<std::int64_t> results(const UnitBench& bench) const {
    return bench.sums(AccumulatorPlane::dense, base, shape.outputs());
  }
};

class TmacTest : public SystemcTest {
 protected:
  Random random_{7};
  /// 6x5 pixels of 3 channels, 3x3 kernel with padding, 4 output channels: 6x5 outputs.
  Shape small_{.input_height = 6,
               .input_width = 5,
               .input_channels = 3,
               .output_height = 6,
               .output_width = 5,
               .output_channels = 4,
               .kernel_height = 3,
               .kernel_width = 3,
               .pad_top = 1,
               .pad_left = 1};
};

TEST_F(TmacTest, RandomPassesEqualDefinitionWithAndWithoutDmi) {
  UnitBench bench;
  bench.run([&] {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
      const DensePass pass(random_, random_shape(random_), seed % 2 == 0);
      pass.put(bench);
      bench.scratchpad.grants_dmi = seed % 4 < 2;
      bench.tmac_driver.run(pass.job);
      ASSERT_EQ(bench.tmac_driver.error(), ErrorCode::none) << seed;
      ASSERT_EQ(pass.results(bench), pass.expected()) << seed;
    }
  });
  EXPECT_EQ(bench.records.size(), 40u);
}

TEST_F(TmacTest, AccumulateAddsAndOtherAccumulatorsStay) {
  UnitBench bench;
  bench.run([&] {
    DensePass pass(random_, small_, false);
    pass.put(bench);
    bench.tmac_driver.run(pass.job);
    pass.job.flags |= accumulate;
    bench.tmac_driver.run(pass.job);
    auto twice = pass.expected();
    for (auto& sum : twice) sum *= 2;
    EXPECT_EQ(pass.results(bench), twice);
    EXPECT_EQ(bench.merge.peek(AccumulatorPlane::dense, base - 1), 0);
    EXPECT_EQ(bench.merge.peek(AccumulatorPlane::dense, base + 120), 0);
    EXPECT_EQ(bench.sums(AccumulatorPlane::sparse, 0, 8192), std::vector<std::int64_t>(8192, 0));
  });
}

TEST_F(TmacTest, SaysWhatItIs) {
  UnitBenchParameters parameters;
  parameters.tmac = {.output_channels = 64, .input_channels = 16, .pixels = 2, .activation_bits = 4, .queue_depth = 3};
  UnitBench bench(parameters);
  bench.run([&] {
    EXPECT_EQ(bench.tmac_driver.read(map::cap_unit), 2u);
    EXPECT_EQ(bench.tmac_driver.read(map::cap_geometry), 64u | 16u << 12 | 2u << 24);
    EXPECT_EQ(bench.tmac_driver.read(map::cap_formats), 4u | 1u << 8);
    EXPECT_EQ(bench.tmac_driver.read(map::cap_queue) & 0xFF, 3u);
  });
}

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

/// Both passes of a tile as one job, the values stored in one of the formats fused lanes read.
TEST_F(TmacTest, FusedJobsAreBothPasses) {
  UnitBenchParameters parameters;
  parameters.tmac.fused_lanes = 2;
  UnitBench bench(parameters);
  bench.run([&] {
    EXPECT_EQ(bench.tmac_driver.read(map::cap_fused), 2u | 0b11111u << 8 | 7u << 16);
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
      SCOPED_TRACE(seed);
      DensePass pass(random_, random_shape(random_), seed % 2 == 0);
      const std::uint32_t bits = 4u << (seed % 3);
      const double density = std::array{0.0, 0.05, 1.0}[seed / 5 % 3];
      const std::uint64_t count = pass.shape.weights_per_channel() * pass.shape.output_channels;
      std::vector<std::int16_t> values = random_values(random_, count, bits, density);
      if (seed % 5 == 4) values = random_n_of_m(random_, pass.shape, bits, 2, 16);
      const PackedSparse packed = seed % 5 == 0   ? pack_absolute(pass.shape, values, bits)
                                  : seed % 5 == 1 ? pack_relative(pass.shape, values, bits, 3)
                                  : seed % 5 == 2 ? pack_bitmap(pass.shape, values, bits)
                                  : seed % 5 == 3 ? pack_dense(pass.shape, values, bits)
                                                  : pack_n_of_m(pass.shape, values, bits, 2, 16);
      registers::spu::Job sparse{};
      describe_sparse(sparse, packed, 0x10000, 0x28000, 0x34000);
      std::memcpy(&pass.job.value_address, &sparse.value_address, 6 * 4);
      pass.job.flags |= map::fields::flags::fused.make(1);
      pass.put(bench);
      bench.scratchpad.put(0x10000, packed.values.bytes);
      bench.scratchpad.put(0x28000, packed.indices.bytes);
      bench.scratchpad.put(0x34000, packed.row_pointers.bytes);
      bench.tmac_driver.run(pass.job);
      ASSERT_EQ(bench.tmac_driver.error(), ErrorCode::none);
      ASSERT_EQ(pass.results(bench), pass.expected());
      ASSERT_EQ(bench.sums(AccumulatorPlane::sparse, base, pass.shape.outputs()),
                golden_sums(pass.shape, pass.image, values));
    }
    bench.tmac_driver.clear();
    DensePass pass(random_, small_, true);
    pass.put(bench);
    pass.job.flags |= map::fields::flags::fused.make(1);
    pass.job.format = quad8(5, 8, 4, 0);  // columns belong to lanes of spu
    bench.tmac_driver.expect_failure(pass.job, ErrorCode::illegal_value, map::format);
  });
}

TEST_F(TmacTest, AnArrayWithoutFusedLanesRefusesFusedJobs) {
  UnitBench bench;
  bench.run([&] {
    EXPECT_EQ(bench.tmac_driver.read(map::cap_fused), 0u);
    DensePass pass(random_, small_, true);
    pass.put(bench);
    pass.job.flags |= map::fields::flags::fused.make(1);
    bench.tmac_driver.expect_failure(pass.job, ErrorCode::illegal_value, map::flags);
  });
}

// 1x1 kernel, 8 input channels, Pi 4, Po 2, 3 output channels, 5 pixels, one fused lane. Steps: groups (0, 1) and (2), of
// two slices each. Values: channel 0 three in slice 0, channel 1 two in slice 0 and one in slice 1, channel 2 none. Slice 0
// of the first group takes 3 cycles instead of 1: 2 more for each of 5 pixels.
TEST_F(TmacTest, FusedValuesTakeCyclesWhereOneStepHasSeveral) {
  UnitBenchParameters parameters;
  parameters.tmac.output_channels = 2;
  parameters.tmac.input_channels = 4;
  parameters.tmac.fused_lanes = 1;
  UnitBench bench(parameters);
  bench.run([&] {
    const Shape shape{.input_width = 5, .input_channels = 8, .output_width = 5, .output_channels = 3};
    DensePass pass(random_, shape, false);
    std::vector<std::int16_t> values(24);
    values[0] = values[1] = values[3] = values[8] = values[9] = values[8 + 5] = 7;
    const PackedSparse packed = pack_absolute(shape, values, 8);
    registers::spu::Job sparse{};
    describe_sparse(sparse, packed, 0x10000, 0x28000, 0x34000);
    std::memcpy(&pass.job.value_address, &sparse.value_address, 6 * 4);
    pass.put(bench);
    bench.scratchpad.put(0x10000, packed.values.bytes);
    bench.scratchpad.put(0x28000, packed.indices.bytes);
    bench.scratchpad.put(0x34000, packed.row_pointers.bytes);
    bench.tmac_driver.run(pass.job);
    pass.job.flags |= map::fields::flags::fused.make(1);
    bench.tmac_driver.run(pass.job);
  });
  ASSERT_EQ(bench.records.size(), 2u);
  EXPECT_EQ(UnitBench::cycles(bench.records[0], Cause::compute), 2u * 2 * 5);
  EXPECT_EQ(UnitBench::cycles(bench.records[1], Cause::compute), 2u * 2 * 5);
  EXPECT_EQ(UnitBench::cycles(bench.records[1], Cause::lane_imbalance), 2u * 5);
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

// -- cycles --------------------------------------------------------------------------------------------------------

// Po 2, Pi 2, Px 4, weight port 16 bits, set-up 5, pipeline 7. The small pass has 30 pixels, 9 positions, 3 input and 4
// output channels, K = 27, so 7 bytes of weights per channel:
//   steps of a group  ceil(30 / 4) * 9 * ceil(3 / 2) = 8 * 9 * 2 = 144; ceil(4 / 2) = 2 groups
//   weights           2 * 7 bytes = 112 bits = 7 cycles per group; only the first shows, 7 < 144
//   job               5 + 7 + 288 + 7 = 307
// Bytes: 4 * 7 = 28 of weights. Positions inside: (5 + 6 + 5) rows * (4 + 5 + 4) columns = 208, of 3 channels, for each
// group: 2 * 208 * 3 = 1248.
TEST_F(TmacTest, CyclesFollowTheFormula) {
  UnitBenchParameters parameters;
  parameters.tmac = {.output_channels = 2,
                     .input_channels = 2,
                     .pixels = 4,
                     .weight_bits_per_cycle = 16,
                     .setup_cycles = 5,
                     .pipeline_depth = 7};
  UnitBench bench(parameters);
  bench.run([&] {
    const DensePass pass(random_, small_, false);
    pass.put(bench);
    bench.tmac_driver.run(pass.job);
  });
  ASSERT_EQ(bench.records.size(), 1u);
  const JobRecord& record = bench.last();
  EXPECT_EQ(UnitBench::cycles(record, Cause::driver), 5u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::weight_load), 7u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::compute), 288u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::drain), 7u);
  EXPECT_EQ(UnitBench::duration(record), 307);
  EXPECT_EQ(record.start, clock_period) << "one clock after the trigger";
  EXPECT_EQ(record.operations, 30u * 4 * 27);
  EXPECT_EQ(record.bytes_read, 28u + 1248u);
  EXPECT_EQ(record.bytes_written, 0u);
  EXPECT_EQ(record.tag, 0x10002u);
  EXPECT_EQ(record.unit, "bench.tmac");
}

// A fully connected layer is bound by its weights: 1 pixel, 64 inputs, 4 outputs, Po 2, Pi 32, port 32 bits. A group
// computes ceil(64 / 32) = 2 cycles; its weights take 2 * 16 bytes = 256 bits = 8. The first load shows whole, the
// second but for the 2 cycles of computing before it: 8 + 6 = 14, and 4 of computing.
TEST_F(TmacTest, WeightLoadsLongerThanTheComputingShow) {
  UnitBenchParameters parameters;
  parameters.tmac = {.output_channels = 2, .input_channels = 32, .weight_bits_per_cycle = 32};
  UnitBench bench(parameters);
  bench.run([&] {
    const DensePass pass(random_, {.input_channels = 64, .output_channels = 4}, false);
    pass.put(bench);
    bench.tmac_driver.run(pass.job);
    EXPECT_EQ(pass.results(bench), pass.expected());
  });
  EXPECT_EQ(UnitBench::cycles(bench.last(), Cause::weight_load), 14u);
  EXPECT_EQ(UnitBench::cycles(bench.last(), Cause::compute), 4u);
}

// The example of docs/models/tmac.md: 28x28x8 to 28x28x8, 3x3, default array.
TEST_F(TmacTest, CyclesOfTheExampleInTheDocumentation) {
  const Shape shape{.input_height = 28,
                    .input_width = 28,
                    .input_channels = 8,
                    .output_height = 28,
                    .output_width = 28,
                    .output_channels = 8,
                    .kernel_height = 3,
                    .kernel_width = 3,
                    .pad_top = 1,
                    .pad_left = 1};
  const TmacParameters parameters;
  const TmacWork work{.parameters = &parameters,
                      .shape = shape,
                      .input_row_stride = 224,
                      .input_pixel_stride = 8,
                      .weight_row_stride = 20};
  const JobTime time = tmac_cost(work).time;
  EXPECT_EQ(time.setup + time.streaming() + time.drain, 7069u);
}

// Approximate, 1 byte per cycle, alone: the default array does the small pass in 30 * 9 = 270 cycles, and loads 28
// bytes = 224 bits through 256 in 1 cycle; it streams 28 + 208 * 3 = 652 bytes, so it waits 652 - 271 = 381 cycles.
// Eight pieces round each up: between 381 and 381 + 8.
TEST_F(TmacTest, BandwidthLimitsApproximateTimingOnly) {
  ScratchpadBandwidth bandwidth(1.0);
  UnitBench bench;
  bench.tmac.set_bandwidth(&bandwidth);
  bench.run([&] {
    const DensePass pass(random_, small_, false);
    pass.put(bench);
    bench.tmac_driver.run(pass.job);
    EXPECT_EQ(pass.results(bench), pass.expected());
    bench.tmac.set_timing(Timing::approximate);
    bench.tmac_driver.run(pass.job);
    EXPECT_EQ(pass.results(bench), pass.expected());
  });
  ASSERT_EQ(bench.records.size(), 2u);
  EXPECT_EQ(UnitBench::duration(bench.records[0]), 4 + 271 + 4);
  EXPECT_EQ(UnitBench::cycles(bench.records[1], Cause::compute), 270u);
  EXPECT_GE(UnitBench::cycles(bench.records[1], Cause::activation_fetch), 381u);
  EXPECT_LE(UnitBench::cycles(bench.records[1], Cause::activation_fetch), 389u);
  EXPECT_EQ(UnitBench::cycles(bench.records[1], Cause::bank_conflict), 0u);
  EXPECT_EQ(bandwidth.users(), 0u);
}

// -- interrupts, clearing ------------------------------------------------------------------------------------------

TEST_F(TmacTest, RaisesItsInterruptOneCycleAfterTheEnd) {
  UnitBench bench;
  sc_core::sc_time raised;
  bench.run([&] {
    const DensePass pass(random_, small_, false);
    pass.put(bench);
    bench.tmac_driver.write(map::irq_enable, 1);
    bench.tmac_driver.start(pass.job);
    sc_core::wait(bench.tmac_driver.interrupt.posedge_event());
    raised = sc_core::sc_time_stamp();
    EXPECT_EQ(pass.results(bench), pass.expected()) << "the results are there when the interrupt is";
    bench.tmac_driver.write(map::irq_status, 1);
    sc_core::wait(bench.tmac_driver.interrupt.negedge_event());
  });
  EXPECT_EQ(raised, bench.last().end + clock_period);
}

TEST_F(TmacTest, SoftClearDropsTheJobAndItsResults) {
  ScratchpadBandwidth bandwidth(64);
  UnitBench bench;
  bench.tmac.set_bandwidth(&bandwidth);
  bench.tmac.set_timing(Timing::approximate);
  bench.run([&] {
    const DensePass pass(random_, small_, false);
    pass.put(bench);
    bench.tmac_driver.start(pass.job);
    sc_core::wait(100 * clock_period);
    EXPECT_EQ(bandwidth.users(), 1u);
    bench.tmac_driver.clear();
    sc_core::wait(1000 * clock_period);
    EXPECT_EQ(bandwidth.users(), 0u);
    EXPECT_EQ(pass.results(bench), std::vector<std::int64_t>(120, 0));
    EXPECT_TRUE(bench.records.empty());
    bench.tmac_driver.run(pass.job);
    EXPECT_EQ(pass.results(bench), pass.expected());
  });
}

TEST_F(TmacTest, FaultChangesOneBitOfTheNamedChannelOfTheNamedJob) {
  UnitBench bench;
  bench.tmac.inject_fault({.tag = 0x10002, .channel = 2, .bit = 4});
  bench.tmac.inject_fault({.tag = 0x10002, .channel = 99, .bit = 0});
  bench.run([&] {
    DensePass pass(random_, small_, true);
    pass.put(bench);
    bench.tmac_driver.run(pass.job);
    auto expected = pass.expected();
    for (std::size_t i = 2; i < expected.size(); i += 4) expected[i] ^= 16;
    EXPECT_EQ(pass.results(bench), expected);
    pass.job.tag = 0x10003;
    bench.tmac_driver.run(pass.job);
    EXPECT_EQ(pass.results(bench), pass.expected());
  });
}

// -- errors --------------------------------------------------------------------------------------------------------

TEST_F(TmacTest, IllegalRegistersAreNamed) {
  UnitBench bench;
  bench.run([&] {
    const DensePass pass(random_, small_, false);
    pass.put(bench);
    const auto refuse = [&](std::uint32_t map::Job::*field, std::uint32_t value, std::uint32_t offset) {
      map::Job job = pass.job;
      job.*field = value;
      SCOPED_TRACE(offset);
      bench.tmac_driver.expect_failure(job, ErrorCode::illegal_value, offset);
    };
    refuse(&map::Job::input_size, pair16(0, 5), map::input_size);
    refuse(&map::Job::input_size, pair16(6, 0), map::input_size);
    refuse(&map::Job::input_channels, 0, map::input_channels);
    refuse(&map::Job::input_channels, 65536, map::input_channels);
    refuse(&map::Job::output_size, pair16(0, 5), map::output_size);
    refuse(&map::Job::output_size, pair16(6, 0), map::output_size);
    refuse(&map::Job::output_channels, 0, map::output_channels);
    refuse(&map::Job::kernel, quad8(0, 3, 1, 1), map::kernel);
    refuse(&map::Job::kernel, quad8(3, 0, 1, 1), map::kernel);
    refuse(&map::Job::kernel, quad8(3, 3, 0, 1), map::kernel);
    refuse(&map::Job::kernel, quad8(3, 3, 1, 0), map::kernel);
    refuse(&map::Job::padding, quad8(1, 1, 0, 1), map::padding);
    refuse(&map::Job::padding, quad8(1, 1, 1, 0), map::padding);
    refuse(&map::Job::weight_row_stride, 10, map::weight_row_stride);
    refuse(&map::Job::weight_row_stride, 4, map::weight_row_stride);
    bench.tmac_driver.run(pass.job);
    EXPECT_EQ(pass.results(bench), pass.expected()) << "a soft clear recovers";
  });
}

TEST_F(TmacTest, IllegalAddressesAreNamed) {
  UnitBench bench;
  bench.run([&] {
    const DensePass pass(random_, small_, false);
    pass.put(bench);
    for (const bool dmi : {true, false}) {
      bench.scratchpad.grants_dmi = dmi;
      map::Job job = pass.job;
      job.weight_address = weight_address + 2;
      bench.tmac_driver.expect_failure(job, ErrorCode::unaligned_address, weight_address + 2);
      job = pass.job;
      job.weight_address = (1 << 18) - 8;  // four rows of 8 bytes
      bench.tmac_driver.expect_failure(job, ErrorCode::out_of_range, 1 << 18);
      job.weight_address = 0x80000000;
      bench.tmac_driver.expect_failure(job, ErrorCode::out_of_range, 0x80000000);
      job = pass.job;
      job.input_address = (1 << 18) - 7;
      bench.tmac_driver.expect_failure(job, ErrorCode::out_of_range, 1 << 18);
      job = pass.job;
      job.input_row_stride = 0x40000000;  // the first rows lie inside, the address of the last one needs 33 bits
      bench.tmac_driver.expect_failure(job, ErrorCode::out_of_range, 1 << 18);
      job = pass.job;
      job.accumulator_base = 8192 - 119;
      bench.tmac_driver.expect_failure(job, ErrorCode::accumulator_range, 8192);
      job.accumulator_base = 0xFFFFFFFF;
      bench.tmac_driver.expect_failure(job, ErrorCode::accumulator_range, 0xFFFFFFFF);
    }
    bench.scratchpad.broken = weight_address + 16;
    bench.tmac_driver.expect_failure(pass.job, ErrorCode::bus_error, weight_address);
    EXPECT_EQ(bench.sums(AccumulatorPlane::dense, 0, 8192), std::vector<std::int64_t>(8192, 0));
  });
}

TEST_F(TmacTest, IllegalTritIsNamedByItsWord) {
  UnitBench bench;
  bench.run([&] {
    const DensePass pass(random_, small_, false);
    pass.put(bench);
    const std::uint32_t row = pass.job.weight_row_stride;
    bench.scratchpad.bytes[weight_address + 2 * row + 5] = 0x02;  // row 2, second word
    bench.tmac_driver.expect_failure(pass.job, ErrorCode::illegal_encoding, weight_address + 2 * row + 4);
  });
}

TEST_F(TmacTest, ActivationsWiderThanTheArrayAreNamed) {
  UnitBenchParameters parameters;
  parameters.tmac.activation_bits = 4;
  UnitBench bench(parameters);
  bench.run([&] {
    for (const bool is_signed : {false, true}) {
      DensePass pass(random_, small_, is_signed);
      for (auto& byte : pass.image.bytes) {
        byte = static_cast<std::uint8_t>(is_signed ? pick(random_, -8, 7) : pick(random_, 0, 15));
      }
      pass.put(bench);
      bench.tmac_driver.run(pass.job);
      ASSERT_EQ(pass.results(bench), pass.expected());
      bench.tmac_driver.clear();
      const std::uint32_t place = input_address + 2 * pass.image.row_stride + 3 * pass.image.pixel_stride + 1;
      bench.scratchpad.bytes[place] = is_signed ? 8 : 16;
      bench.tmac_driver.expect_failure(pass.job, ErrorCode::illegal_encoding, place);
    }
  });
}

// No job of this size overflows by itself, so the accumulators are preset close to the bounds.
TEST_F(TmacTest, OverflowIsStickyAndCounted) {
  UnitBench bench;
  bench.run([&] {
    DensePass pass(random_, {.input_channels = 1, .output_channels = 3}, false);
    pass.image.bytes[0] = 10;
    pass.weights = {1, -1, 1};
    pass.put(bench);
    pass.job.flags |= accumulate;
    const auto preset = [&](std::int32_t a, std::int32_t b, std::int32_t c) {
      std::int32_t words[] = {a, b, c};
      tlm::tlm_generic_payload transaction;
      transaction.set_command(tlm::TLM_WRITE_COMMAND);
      transaction.set_address(4 * base);
      transaction.set_data_ptr(reinterpret_cast<unsigned char*>(words));
      transaction.set_data_length(12);
      transaction.set_streaming_width(12);
      sc_core::sc_time delay;
      bench.tmac.accumulators->b_transport(transaction, delay);
      ASSERT_EQ(transaction.get_response_status(), tlm::TLM_OK_RESPONSE);
    };
    preset(0x7FFFFFFF - 10, std::numeric_limits<std::int32_t>::min() + 10, 0);
    bench.tmac_driver.run(pass.job);
    EXPECT_EQ(bench.tmac_driver.error(), ErrorCode::none) << "the bounds themselves are in range";
    bench.tmac_driver.run(pass.job);
    EXPECT_EQ(bench.tmac_driver.error(), ErrorCode::accumulator_overflow);
    EXPECT_EQ(bench.tmac_driver.error_address(), base);
    EXPECT_EQ(bench.tmac_driver.read(map::overflow_count), 2u);
    EXPECT_EQ(bench.tmac_driver.read(map::finished_jobs), 1u);
    EXPECT_EQ(bench.merge.peek(AccumulatorPlane::dense, base + 2), 20);
  });
  EXPECT_EQ(bench.last().error, ErrorCode::accumulator_overflow);
}

}  // namespace
}  // namespace terse::test
