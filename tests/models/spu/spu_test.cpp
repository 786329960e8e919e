// The sparse high-precision unit alone: results, cycles, errors. The clock period is 10 ns.
#include "models/spu/spu.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "tests/models/spu/sparse_pass.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse::test {
namespace {

namespace map = registers::spu;
using map::IndexFormat;

class SpuTest : public SystemcTest {
 protected:
  void check(UnitBench& bench, const SparsePass& pass) {
    pass.put(bench);
    bench.spu_driver.run(pass.job);
    ASSERT_EQ(bench.spu_driver.error(), ErrorCode::none) << bench.spu_driver.error_address();
    ASSERT_EQ(pass.results(bench), pass.expected());
  }
  Random random_{17};
  /// 6x5 pixels of 3 channels, 3x3 kernel with padding, 4 output channels; K = 27, 30 output pixels.
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

TEST_F(SpuTest, AbsoluteIndicesEqualDefinition) {
  UnitBench bench;
  bench.run([&] {
    for (std::uint32_t seed = 0; seed < 36; ++seed) {
      SCOPED_TRACE(seed);
      const std::uint32_t bits = 4u << (seed % 3);
      const double density = std::array{0.0, 0.03, 1.0}[seed / 3 % 3];
      bench.scratchpad.grants_dmi = seed % 4 != 3;
      ASSERT_NO_FATAL_FAILURE(
          check(bench, absolute_pass(random_, random_shape(random_), bits, density, seed % 2 == 0)));
    }
  });
}

TEST_F(SpuTest, SlotsOfGroupsEqualDefinition) {
  UnitBench bench;
  const std::array<std::pair<std::uint32_t, std::uint32_t>, 9> patterns = {
      {{1, 32}, {2, 32}, {1, 4}, {2, 4}, {3, 7}, {4, 4}, {1, 1}, {1, 255}, {5, 33}}};
  bench.run([&] {
    for (std::uint32_t seed = 0; seed < 54; ++seed) {
      const auto [n, m] = patterns[seed % patterns.size()];
      SCOPED_TRACE(testing::Message() << seed << ": " << n << " of " << m);
      const std::uint32_t bits = 4u << (seed / 9 % 3);
      bench.scratchpad.grants_dmi = seed % 4 != 3;
      ASSERT_NO_FATAL_FAILURE(check(bench, n_of_m_pass(random_, random_shape(random_), bits, n, m, seed % 2 == 0)));
    }
  });
}

TEST_F(SpuTest, DenseEqualsDefinition) {
  UnitBench bench;
  bench.run([&] {
    for (std::uint32_t seed = 0; seed < 24; ++seed) {
      SCOPED_TRACE(seed);
      bench.scratchpad.grants_dmi = seed % 4 != 3;
      ASSERT_NO_FATAL_FAILURE(
          check(bench, dense_pass(random_, random_shape(random_), 4u << (seed % 3), seed % 2 == 0)));
    }
  });
}

constexpr std::uint32_t order_address = 0x3E000;

TEST_F(SpuTest, RelativeGapsAndBitmapsEqualDefinition) {
  UnitBench bench;
  bench.run([&] {
    for (std::uint32_t seed = 0; seed < 72; ++seed) {
      SCOPED_TRACE(seed);
      const Shape shape = random_shape(random_);
      const std::uint32_t bits = 4u << (seed % 3);
      const double density = std::array{0.0, 0.03, 0.3, 1.0}[seed / 3 % 4];
      auto weights = random_values(random_, shape.weights_per_channel() * shape.output_channels, bits, density);
      auto packed =
          seed % 5 == 0 ? pack_bitmap(shape, weights, bits) : pack_relative(shape, weights, bits, 1 + seed % 8);
      bench.scratchpad.grants_dmi = seed % 4 != 3;
      ASSERT_NO_FATAL_FAILURE(
          check(bench, {shape, random_image_of(random_, shape, seed % 2 == 0), std::move(weights), std::move(packed)}));
    }
  });
}

TEST_F(SpuTest, ColumnsOfLanesEqualDefinitionInAnyRowOrder) {
  UnitBenchParameters parameters;
  parameters.spu = {.lanes = 5, .dataflow = "activation_broadcast"};
  UnitBench bench(parameters);
  bench.run([&] {
    EXPECT_EQ(bench.spu_driver.read(map::cap_formats) >> 8 & 0xFF, 0b100100u) << "relative_columns and dense";
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(seed);
      Shape shape = random_shape(random_);
      const std::uint32_t bits = 4u << (seed % 3);
      const double density = std::array{0.0, 0.05, 0.3, 1.0}[seed / 3 % 4];
      auto weights = random_values(random_, shape.weights_per_channel() * shape.output_channels, bits, density);
      std::vector<std::uint32_t> order(shape.output_channels);
      std::iota(order.begin(), order.end(), 0u);
      if (seed % 2 == 0) std::shuffle(order.begin(), order.end(), random_);
      auto packed = pack_columns(shape, weights, bits, 1 + seed % 8, 5, seed % 3 == 0, order);
      BitWriter table;
      for (const std::uint32_t channel : order) table.add(channel, 16);
      if (seed % 2 == 0) packed.format |= 1u << 13;
      SparsePass pass{shape, random_image_of(random_, shape, seed % 2 == 0), std::move(weights), std::move(packed)};
      pass.job.row_order_address = order_address;
      bench.scratchpad.put(order_address, table.bytes);
      bench.scratchpad.grants_dmi = seed % 4 != 3;
      ASSERT_NO_FATAL_FAILURE(check(bench, pass));
    }
  });
}

// One row of 1x1 weights; gaps of 2 bits. K = 12: positions 1 and 9 are gap 1, then 7 zeros: a filler with gap 3 at 5 and
// gap 3. A third gap of 3 would be position 13.
TEST_F(SpuTest, IllegalRelativeAndBitmapIndicesAreNamed) {
  UnitBench bench;
  bench.run([&] {
    const Shape shape{.input_channels = 12};
    std::vector<std::int16_t> weights(12);
    weights[1] = 3;
    weights[9] = 4;
    const SparsePass relative{shape, random_image_of(random_, shape, false), weights,
                              pack_relative(shape, weights, 8, 2)};
    EXPECT_EQ(relative.packed.values.bytes, (Bytes{3, 0, 4}));
    EXPECT_EQ(relative.packed.indices.bytes, (Bytes{1 | 3 << 2 | 3 << 4}));
    ASSERT_NO_FATAL_FAILURE(check(bench, relative));
    bench.spu_driver.clear();
    bench.scratchpad.bytes[pointer_address + 4] = 4;
    bench.scratchpad.bytes[index_address] |= 0xC0;
    bench.spu_driver.expect_failure(relative.job, ErrorCode::illegal_encoding, index_address);
    const SparsePass bitmap{shape, random_image_of(random_, shape, false), weights, pack_bitmap(shape, weights, 8)};
    for (const std::uint8_t byte : {std::uint8_t{0x00}, std::uint8_t{0x06}}) {  // one bit less, one more than values
      bitmap.put(bench);
      bench.scratchpad.bytes[index_address] = byte;
      bench.spu_driver.expect_failure(bitmap.job, ErrorCode::illegal_encoding, pointer_address + 4);
    }
    map::Job ordered = bitmap.job;
    ordered.format |= 1u << 13;
    ordered.row_order_address = order_address;
    bitmap.put(bench);
    bench.scratchpad.bytes[order_address] = 1;  // there is output channel 0 only
    bench.spu_driver.expect_failure(ordered, ErrorCode::illegal_encoding, order_address);
    ordered.row_order_address = order_address + 2;
    bench.spu_driver.expect_failure(ordered, ErrorCode::unaligned_address, order_address + 2);
  });
}

TEST_F(SpuTest, IllegalColumnsAreNamed) {
  UnitBenchParameters parameters;
  parameters.spu = {.lanes = 2, .dataflow = "activation_broadcast"};
  UnitBench bench(parameters);
  bench.run([&] {
    // Output channels 0, 2 belong to lane 0, channel 1 to lane 1; K = 2, all weights stored, gaps of 4 bits.
    const Shape shape{.input_channels = 2, .output_channels = 3};
    const std::vector<std::int16_t> weights(6, 1);
    const SparsePass pass{shape, random_image_of(random_, shape, false), weights,
                          pack_columns(shape, weights, 8, 4, 2, false, {0, 1, 2})};
    ASSERT_NO_FATAL_FAILURE(check(bench, pass));
    bench.spu_driver.clear();
    bench.scratchpad.bytes[index_address + 4] = 1;  // lane 1 has one row only
    bench.spu_driver.expect_failure(pass.job, ErrorCode::illegal_encoding, index_address + 4);
    pass.put(bench);
    bench.scratchpad.bytes[pointer_address + 8 + 4] = 0;  // lane 1: 0, 1, then 0
    bench.spu_driver.expect_failure(pass.job, ErrorCode::illegal_encoding, pointer_address + 12);
  });
}

TEST_F(SpuTest, AccumulateAddsInTheSparsePlane) {
  UnitBench bench;
  bench.run([&] {
    SparsePass pass = absolute_pass(random_, small_, 8, 0.3, true);
    check(bench, pass);
    pass.job.flags |= 2;
    bench.spu_driver.run(pass.job);
    auto twice = pass.expected();
    for (auto& sum : twice) sum *= 2;
    EXPECT_EQ(pass.results(bench), twice);
    EXPECT_EQ(bench.sums(AccumulatorPlane::dense, 0, 8192), std::vector<std::int64_t>(8192, 0));
  });
}

TEST_F(SpuTest, UnsortedAndRepeatedPositionsAddUp) {
  UnitBench bench;
  bench.run([&] {
    SparsePass pass = absolute_pass(random_, {.input_channels = 4}, 8, 0, false);
    pass.packed.values.bytes = {3, 5, 7};
    pass.packed.indices.bytes = {2, 0, 1, 0, 2, 0};
    pass.packed.row_pointers.bytes = {0, 0, 0, 0, 3, 0, 0, 0};
    pass.weights = {0, 5, 10, 0};
    check(bench, pass);
  });
}

TEST_F(SpuTest, SaysWhatItIs) {
  UnitBenchParameters parameters;
  parameters.spu = {.lanes = 48, .value_bits = 8, .absolute_indices = false};
  UnitBench bench(parameters);
  bench.run([&] {
    EXPECT_EQ(bench.spu_driver.read(map::cap_unit), 3u);
    EXPECT_EQ(bench.spu_driver.read(map::cap_geometry), 48u);
    EXPECT_EQ(bench.spu_driver.read(map::cap_formats), 8u | 0b011110u << 8 | 0b011u << 16);
  });
}

// -- cycles --------------------------------------------------------------------------------------------------------

// 2 of 4, 8-bit values, K = 27: 7 groups, 14 slots per channel, 4 output channels, 30 pixels. Lanes 10: C = 4 channels
// at a time (1 group of channels), P = floor(10 / 4) = 2 pixels.
//   steps            ceil(30 / 2) * 14 = 210
//   compute          ceil(4 * 14 * 30 / 10) = 168; lane_imbalance 42 (two lanes of ten have nothing to do)
//   gather           the lanes of a pixel read within a group of 4 bytes, which lie in 2 words at most: 4 words for 2
//                    pixels through 4 ports, so no activation_fetch
//   weight_load      4 * (14 bytes + 14 * 2 bits = 4 bytes) = 72 bytes = 576 bits through 64: 9
//   index_decode     6, one group
//   job              5 + 9 + 6 + 168 + 42 + 7 = 237
TEST_F(SpuTest, CyclesOfARegularPattern) {
  UnitBenchParameters parameters;
  parameters.spu = {.lanes = 10,
                    .gather_ports = 4,
                    .value_bits_per_cycle = 64,
                    .index_decode_cycles = 6,
                    .setup_cycles = 5,
                    .pipeline_depth = 7};
  UnitBench bench(parameters);
  bench.run([&] { check(bench, n_of_m_pass(random_, small_, 8, 2, 4, false)); });
  const JobRecord& record = bench.last();
  EXPECT_EQ(UnitBench::cycles(record, Cause::driver), 5u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::weight_load), 9u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::index_decode), 6u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::compute), 168u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::lane_imbalance), 42u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::activation_fetch), 0u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::drain), 7u);
  EXPECT_EQ(UnitBench::duration(record), 237);
  EXPECT_EQ(record.operations, 4u * 14 * 30);
}

// Unstructured, 1x1 kernel, 6 input channels, 5 output channels with 3, 1, 0 | 0, 0 values, 2 lanes, 4 pixels:
//   groups of 2 channels: (3, 1), (0, 0), (0); P = 1
//   steps            4 * (3 + 1 + 1) = 20: a group without values writes its zeros
//   compute          ceil(4 values * 4 pixels / 2) = 8, and 2 * 4 steps of groups without values: 16; lane_imbalance 4
//   bytes            values 4, indices 8, row pointers 5 * 4: 32; activations 4 * 4 = 16
//   weight_load      first group 4 + 8 + 8 = 20 bytes = 160 bits through 256: 1 cycle, the others hide
//   index_decode     3 groups * 2
TEST_F(SpuTest, CyclesOfAnIrregularPattern) {
  UnitBenchParameters parameters;
  parameters.spu = {.lanes = 2};
  UnitBench bench(parameters);
  bench.run([&] {
    const Shape shape{.input_width = 4, .input_channels = 6, .output_width = 4, .output_channels = 5};
    std::vector<std::int16_t> weights(30);
    weights[0] = weights[2] = weights[5] = 3;
    weights[6 + 1] = -4;
    auto packed = pack_absolute(shape, weights, 8);
    check(bench, {shape, random_image_of(random_, shape, false), weights, packed});
  });
  const JobRecord& record = bench.last();
  EXPECT_EQ(UnitBench::cycles(record, Cause::compute), 16u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::lane_imbalance), 4u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::index_decode), 6u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::weight_load), 1u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::activation_fetch), 0u);
  EXPECT_EQ(record.bytes_read, 32u + 16u);
}

// Dense: no decoder, no imbalance when lanes and channels fit: 16 channels on 16 lanes, 30 pixels of K = 27 values.
TEST_F(SpuTest, CyclesAtFullDensity) {
  UnitBench bench;
  bench.run([&] {
    Shape shape = small_;
    shape.output_channels = 16;
    check(bench, dense_pass(random_, shape, 8, false));
  });
  EXPECT_EQ(UnitBench::cycles(bench.last(), Cause::compute), 30u * 27);
  EXPECT_EQ(UnitBench::cycles(bench.last(), Cause::lane_imbalance), 0u);
  EXPECT_EQ(UnitBench::cycles(bench.last(), Cause::index_decode), 0u);
  EXPECT_EQ(bench.last().operations, 30u * 27 * 16);
  // 16 * 27 bytes of values; 208 positions inside (see tmac_test), 3 channels, for each output channel.
  EXPECT_EQ(bench.last().bytes_read, 16u * 27 + 208u * 3 * 16);
}

// -- interrupts, faults ----------------------------------------------------------------------------------------------

TEST_F(SpuTest, RaisesItsInterrupt) {
  UnitBench bench;
  sc_core::sc_time raised;
  bench.run([&] {
    const SparsePass pass = absolute_pass(random_, small_, 8, 0.1, false);
    pass.put(bench);
    bench.spu_driver.write(map::irq_enable, 1);
    bench.spu_driver.start(pass.job);
    sc_core::wait(bench.spu_driver.interrupt.posedge_event());
    raised = sc_core::sc_time_stamp();
  });
  EXPECT_EQ(raised, bench.last().end + clock_period);
}

TEST_F(SpuTest, FaultChangesOneBitOfTheNamedChannel) {
  UnitBench bench;
  bench.spu.inject_fault({.tag = 0x20005, .channel = 3, .bit = 31});
  bench.run([&] {
    const SparsePass pass = absolute_pass(random_, small_, 8, 0.3, true);
    pass.put(bench);
    bench.spu_driver.run(pass.job);
    EXPECT_EQ(bench.spu_driver.error(), ErrorCode::none);
    auto expected = pass.expected();
    for (std::size_t i = 3; i < expected.size(); i += 4) {
      expected[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(expected[i]) ^ 0x80000000u);
    }
    EXPECT_EQ(pass.results(bench), expected);
  });
}

// -- errors ----------------------------------------------------------------------------------------------------------

TEST_F(SpuTest, UnsupportedFormatsAreNamed) {
  UnitBench bench;
  UnitBenchParameters narrow_parameters;
  narrow_parameters.spu.value_bits = 8;
  narrow_parameters.spu.absolute_indices = narrow_parameters.spu.n_of_m_indices = false;
  narrow_parameters.spu.relative_indices = narrow_parameters.spu.bitmap_indices = false;
  UnitBench narrow(narrow_parameters, "narrow");
  bench.run([&] {
    const SparsePass pass = absolute_pass(random_, small_, 8, 0.1, false);
    pass.put(bench);
    const auto refuse = [&](UnitBench& where, std::uint32_t format) {
      map::Job job = pass.job;
      job.format = format;
      SCOPED_TRACE(testing::Message() << std::hex << format);
      where.spu_driver.expect_failure(job, ErrorCode::illegal_value, map::format);
    };
    refuse(bench, quad8(5, 8, 4, 0));
    refuse(bench, quad8(6, 8, 0, 0));
    refuse(bench, quad8(3, 8, 0, 0));
    refuse(bench, quad8(3, 8, 9, 0));
    refuse(bench, format_word(IndexFormat::absolute, 0));
    refuse(bench, format_word(IndexFormat::absolute, 5));
    refuse(bench, format_word(IndexFormat::n_of_m, 8, 0, 4));
    refuse(bench, format_word(IndexFormat::n_of_m, 8, 1, 0));
    refuse(bench, format_word(IndexFormat::n_of_m, 8, 5, 4));
    refuse(narrow, format_word(IndexFormat::absolute, 8));
    refuse(narrow, format_word(IndexFormat::n_of_m, 8, 1, 4));
    refuse(narrow, format_word(IndexFormat::dense, 16));
    refuse(narrow, format_word(IndexFormat::relative, 8, 4));
    refuse(narrow, format_word(IndexFormat::bitmap, 8));
    const SparsePass dense = dense_pass(random_, small_, 4, false);
    dense.put(narrow);
    narrow.spu_driver.run(dense.job);
    EXPECT_EQ(dense.results(narrow), dense.expected());
  });
}

TEST_F(SpuTest, IllegalStridesAndSizesAreNamed) {
  UnitBench bench;
  bench.run([&] {
    const SparsePass pass = n_of_m_pass(random_, small_, 8, 1, 4, false);  // 7 slots: 7 bytes of values, 2 of indices
    pass.put(bench);
    const auto refuse = [&](std::uint32_t map::Job::*field, std::uint32_t value, std::uint32_t offset) {
      map::Job job = pass.job;
      job.*field = value;
      SCOPED_TRACE(offset);
      bench.spu_driver.expect_failure(job, ErrorCode::illegal_value, offset);
    };
    refuse(&map::Job::value_row_stride, 10, map::value_row_stride);
    refuse(&map::Job::value_row_stride, 4, map::value_row_stride);
    refuse(&map::Job::index_row_stride, 6, map::index_row_stride);
    refuse(&map::Job::index_row_stride, 0, map::index_row_stride);
    refuse(&map::Job::kernel, quad8(3, 3, 0, 1), map::kernel);
    refuse(&map::Job::output_channels, 0, map::output_channels);
    check(bench, pass);
  });
}

TEST_F(SpuTest, IllegalAddressesAreNamed) {
  UnitBench bench;
  bench.run([&] {
    const SparsePass pass = absolute_pass(random_, small_, 8, 1.0, false);
    pass.put(bench);
    for (const bool dmi : {true, false}) {
      bench.scratchpad.grants_dmi = dmi;
      const auto refuse = [&](std::uint32_t map::Job::*field, std::uint32_t value, ErrorCode code, std::uint32_t at) {
        map::Job job = pass.job;
        job.*field = value;
        SCOPED_TRACE(testing::Message() << dmi << " " << value);
        bench.spu_driver.expect_failure(job, code, at);
      };
      constexpr std::uint32_t end = 1 << 18;
      refuse(&map::Job::value_address, value_address + 1, ErrorCode::unaligned_address, value_address + 1);
      refuse(&map::Job::index_address, index_address + 2, ErrorCode::unaligned_address, index_address + 2);
      refuse(&map::Job::row_pointer_address, pointer_address + 2, ErrorCode::unaligned_address, pointer_address + 2);
      refuse(&map::Job::value_address, end - 8, ErrorCode::out_of_range, end);
      refuse(&map::Job::index_address, end - 8, ErrorCode::out_of_range, end);
      refuse(&map::Job::row_pointer_address, end - 8, ErrorCode::out_of_range, end);
      refuse(&map::Job::input_address, end - 8, ErrorCode::out_of_range, end);
      refuse(&map::Job::accumulator_base, 8191, ErrorCode::accumulator_range, 8192);
    }
    bench.scratchpad.broken = index_address + 10;
    bench.spu_driver.expect_failure(pass.job, ErrorCode::bus_error, index_address);
  });
}

TEST_F(SpuTest, IllegalIndicesAreNamedByTheirWord) {
  UnitBench bench;
  bench.run([&] {
    SparsePass pass = absolute_pass(random_, small_, 8, 1.0, false);
    pass.put(bench);
    bench.scratchpad.bytes[index_address + 2 * 33] = 27;  // K is 27
    bench.spu_driver.expect_failure(pass.job, ErrorCode::illegal_encoding, index_address + 64);
    pass.put(bench);
    bench.scratchpad.bytes[pointer_address + 8] = 0;  // the second channel's end before its beginning
    bench.spu_driver.expect_failure(pass.job, ErrorCode::illegal_encoding, pointer_address + 8);

    // 1 of 4 with K = 27: the last group has 3 positions, its slot number is 6, bits 12 and 13 of the row's stream.
    SparsePass slots = n_of_m_pass(random_, small_, 8, 1, 4, false);
    slots.put(bench);
    const std::uint32_t row = 2 * slots.packed.index_row_stride;
    bench.scratchpad.bytes[index_address + row + 1] |= 0x30;
    bench.scratchpad.bytes[value_address + 2 * slots.packed.value_row_stride + 6] = 1;
    bench.spu_driver.expect_failure(slots.job, ErrorCode::illegal_encoding, index_address + row);
    // 1 of 3: the index 3 is in no group.
    SparsePass thirds = n_of_m_pass(random_, small_, 8, 1, 3, false);
    thirds.put(bench);
    bench.scratchpad.bytes[index_address] |= 0x03;
    bench.scratchpad.bytes[value_address] = 1;
    bench.spu_driver.expect_failure(thirds.job, ErrorCode::illegal_encoding, index_address);
  });
}

// 300 weights of -32768 times 255: -2,506,752,000 does not fit 32 bits.
TEST_F(SpuTest, OverflowIsStickyAndCounted) {
  UnitBench bench;
  bench.run([&] {
    const Shape shape{.input_channels = 300, .output_channels = 2};
    std::vector<std::int16_t> weights(600, -32768);
    std::fill(weights.begin(), weights.begin() + 300, std::int16_t{1});
    Image image{.channels = 300, .row_stride = 300, .pixel_stride = 300, .bytes = Bytes(300, 255)};
    const SparsePass pass(shape, image, weights, pack_dense(shape, weights, 16));
    pass.put(bench);
    bench.spu_driver.run(pass.job);
    EXPECT_EQ(bench.spu_driver.error(), ErrorCode::accumulator_overflow);
    EXPECT_EQ(bench.spu_driver.error_address(), base + 1);
    EXPECT_EQ(bench.spu_driver.read(map::overflow_count), 1u);
    EXPECT_EQ(bench.merge.peek(AccumulatorPlane::sparse, base), 300 * 255);
  });
}

// Both units want more than one byte per cycle at the same time: each finds the other and gets half.
TEST_F(SpuTest, SharesTheBandwidthWithTmac) {
  ScratchpadBandwidth bandwidth(1.0);
  UnitBench bench;
  bench.run([&] {
    const SparsePass pass = absolute_pass(random_, small_, 8, 1.0, false);
    pass.put(bench);
    auto job = convolution_job<registers::tmac::Job>(small_, pass.image, input_address);
    job.weight_address = 0x38000;
    job.weight_row_stride = 8;
    bench.tmac.set_bandwidth(&bandwidth);
    bench.tmac.set_timing(Timing::approximate);
    bench.spu.set_bandwidth(&bandwidth);
    bench.spu.set_timing(Timing::approximate);
    bench.spu_driver.run(pass.job);
    bench.spu_driver.start(pass.job);
    bench.tmac_driver.start(job);
    bench.spu_driver.finish();
    bench.tmac_driver.finish();
    EXPECT_EQ(pass.results(bench), pass.expected());
  });
  const auto find = [&](const std::string& unit, std::size_t skip) {
    for (const JobRecord& record : bench.records) {
      if (record.unit == unit && skip-- == 0) return record;
    }
    return JobRecord{};
  };
  const JobRecord alone = find("bench.spu", 0), shared = find("bench.spu", 1), tmac = find("bench.tmac", 0);
  EXPECT_EQ(UnitBench::cycles(alone, Cause::bank_conflict), 0u);
  EXPECT_GT(UnitBench::cycles(shared, Cause::bank_conflict), 0u);
  EXPECT_EQ(UnitBench::cycles(shared, Cause::compute), UnitBench::cycles(alone, Cause::compute));
  // tmac runs inside spu's job from begin to end, so it finds two users in every piece. Its 652 bytes (see tmac_test)
  // take twice 652 cycles, 652 of them lost to the other; eight pieces round each up.
  EXPECT_GE(UnitBench::cycles(tmac, Cause::bank_conflict), 652u);
  EXPECT_LE(UnitBench::cycles(tmac, Cause::bank_conflict), 660u);
}

}  // namespace
}  // namespace terse::test
