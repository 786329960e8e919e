// merge alone: results, cycles, errors, accumulators. The clock period is 10 ns.
#include "models/merge/merge.hpp"

#include <cmath>

#include "tests/models/ports/job_builder.hpp"
#include "tests/models/ports/unit_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse::test {
namespace {

namespace map = registers::merge;

constexpr std::uint32_t record_address = 0x1000;
constexpr std::uint32_t residual_address = 0x2003;
constexpr std::uint32_t input_address = 0x4001;
constexpr std::uint32_t output_address = 0x8004;
constexpr std::uint32_t base = 200;

constexpr std::uint32_t use_dense = 1, use_sparse = 2, source_activations = 4, input_signed = 8, residual = 16,
                        residual_signed = 32, output_words = 64, pool_maximum = 1 << 8, pool_sum = 2 << 8;

/// Rounds half away from zero by the definition, on doubles: exact for the small values of these tests.
std::int64_t rounded(std::int64_t v, std::uint32_t shift) {
  return static_cast<std::int64_t>(std::round(static_cast<double>(v) / static_cast<double>(std::uint64_t{1} << shift)));
}

/// A merge job over `height` x `width` x `channels` outputs, which lie without gaps.
struct Tile {
  std::uint32_t height, width, channels;
  std::vector<Record> records;
  map::Job job{};

  Tile(Random& random, std::uint32_t rows, std::uint32_t columns, std::uint32_t outputs, std::uint32_t flags)
      : height(rows), width(columns), channels(outputs) {
    for (std::uint32_t c = 0; c < channels; ++c) {
      records.push_back({.bias = pick(random, -1000, 1000),
                         .dense = static_cast<std::int16_t>(pick(random, -50, 50)),
                         .sparse = static_cast<std::int16_t>(pick(random, -50, 50)),
                         .residual = static_cast<std::int16_t>(pick(random, -50, 50)),
                         .shift = static_cast<std::uint8_t>(pick(random, 0, 9))});
    }
    const std::uint32_t bytes = (flags & output_words) != 0 ? 4 : 1;
    job.tag = 0x30001;
    job.flags = flags;
    job.accumulator_base = base;
    job.output_size = pair16(height, width);
    job.channels = channels;
    job.parameter_address = record_address;
    job.residual_address = residual_address;
    job.output_address = output_address;
    job.output_pixel_stride = channels * bytes;
    job.output_row_stride = width * job.output_pixel_stride;
    job.clip_low = 0;
    job.clip_high = 255;
  }
  [[nodiscard]] std::uint64_t outputs() const { return std::uint64_t{height} * width * channels; }
  void put(UnitBench& bench) const { bench.scratchpad.put(record_address, pack_records(records)); }
  /// Output `index` from its three operands.
  [[nodiscard]] std::int64_t output(std::size_t index, std::int64_t dense, std::int64_t sparse, std::int64_t r) const {
    const Record& record = records[index % channels];
    const std::int64_t v = record.dense * dense + record.sparse * sparse + record.residual * r + record.bias;
    return std::clamp<std::int64_t>(rounded(v, record.shift), static_cast<std::int32_t>(job.clip_low),
                                    static_cast<std::int32_t>(job.clip_high));
  }
  [[nodiscard]] std::vector<std::int64_t> byte_results(const UnitBench& bench, bool is_signed = false) const {
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < outputs(); ++i) {
      const std::uint8_t byte = bench.scratchpad.bytes[output_address + i];
      values.push_back(is_signed ? static_cast<std::int8_t>(byte) : byte);
    }
    return values;
  }
  void set_residual(UnitBench& bench, const Image& image) {
    bench.scratchpad.put(residual_address, image.bytes);
    job.residual_row_stride = image.row_stride;
    job.residual_pixel_stride = image.pixel_stride;
  }
  void set_input(UnitBench& bench, const Image& image, const Shape& window) {
    bench.scratchpad.put(input_address, image.bytes);
    job.input_address = input_address;
    job.input_row_stride = image.row_stride;
    job.input_pixel_stride = image.pixel_stride;
    job.input_size = pair16(image.height, image.width);
    job.pool_window = quad8(window.kernel_height, window.kernel_width, window.stride_y, window.stride_x);
    job.padding = quad8(window.pad_top, window.pad_left, 0, 0);
  }
};

class MergeTest : public SystemcTest {
 protected:
  /// Writes words to a plane through tmac's port, by the plane's place in the address range.
  static void preset(UnitBench& bench, AccumulatorPlane plane, std::uint32_t index, std::vector<std::int32_t> words) {
    const std::uint64_t offset = plane == AccumulatorPlane::sparse ? 4ull * bench.merge.capacity() : 0;
    EXPECT_EQ(access(bench, tlm::TLM_WRITE_COMMAND, offset + 4 * index, words), tlm::TLM_OK_RESPONSE);
  }
  static tlm::tlm_response_status access(UnitBench& bench, tlm::tlm_command command, std::uint64_t address,
                                         std::vector<std::int32_t>& words, int bytes_less = 0) {
    tlm::tlm_generic_payload transaction;
    const auto length = static_cast<unsigned>(4 * words.size()) - static_cast<unsigned>(bytes_less);
    transaction.set_command(command);
    transaction.set_address(address);
    transaction.set_data_ptr(reinterpret_cast<unsigned char*>(words.data()));
    transaction.set_data_length(length);
    transaction.set_streaming_width(length);
    sc_core::sc_time delay;
    bench.tmac.accumulators->b_transport(transaction, delay);
    return transaction.get_response_status();
  }
  std::vector<std::int32_t> random_sums(std::size_t count) {
    std::vector<std::int32_t> sums(count);
    for (auto& sum : sums) sum = static_cast<std::int32_t>(pick(random_, -3000, 3000));
    return sums;
  }
  Random random_{23};
};

TEST_F(MergeTest, SuperposesThePlanesThatTheFlagsName) {
  UnitBench bench;
  bench.run([&] {
    for (std::uint32_t combination = 0; combination < 16; ++combination) {
      SCOPED_TRACE(combination);
      const bool dense = combination & 1, sparse = combination & 2, with_residual = combination & 4,
                 is_signed = combination & 8;
      Tile tile(random_, 3, 4, 5,
                (dense ? use_dense : 0) | (sparse ? use_sparse : 0) | (with_residual ? residual : 0) |
                    (is_signed ? residual_signed : 0));
      if (is_signed) tile.job.clip_low = static_cast<std::uint32_t>(-128), tile.job.clip_high = 127;
      const auto a = random_sums(60), b = random_sums(60);
      preset(bench, AccumulatorPlane::dense, base, a);
      preset(bench, AccumulatorPlane::sparse, base, b);
      const Image image = random_image(random_, 3, 4, 5, is_signed);
      tile.set_residual(bench, image);
      tile.put(bench);
      bench.scratchpad.grants_dmi = combination % 3 != 0;
      bench.merge_driver.run(tile.job);
      ASSERT_EQ(bench.merge_driver.error(), ErrorCode::none);
      std::vector<std::int64_t> expected;
      for (std::size_t i = 0; i < 60; ++i) {
        const std::int64_t r =
            image.value(static_cast<std::int64_t>(i / 20), static_cast<std::int64_t>(i / 5 % 4), i % 5);
        expected.push_back(tile.output(i, dense ? a[i] : 0, sparse ? b[i] : 0, with_residual ? r : 0));
      }
      EXPECT_EQ(tile.byte_results(bench, is_signed), expected);
      EXPECT_EQ(bench.sums(AccumulatorPlane::dense, base, 60), std::vector<std::int64_t>(a.begin(), a.end()));
    }
  });
}

TEST_F(MergeTest, WordsKeepAll32BitsAndStridesLeaveGapsAlone) {
  UnitBench bench;
  bench.run([&] {
    Tile tile(random_, 2, 2, 3, use_dense | output_words);
    tile.job.clip_low = 0x80000000;
    tile.job.clip_high = 0x7FFFFFFF;
    tile.job.output_pixel_stride = 20;
    tile.job.output_row_stride = 48;
    const auto sums = random_sums(12);
    preset(bench, AccumulatorPlane::dense, base, sums);
    tile.put(bench);
    bench.scratchpad.put(output_address, Bytes(100, 0xEE));
    bench.merge_driver.run(tile.job);
    Bytes expected(100, 0xEE);
    for (std::size_t i = 0; i < 12; ++i) {
      const auto word = static_cast<std::int32_t>(tile.output(i, sums[i], 0, 0));
      std::memcpy(&expected[i / 6 * 48 + i / 3 % 2 * 20 + i % 3 * 4], &word, 4);
    }
    EXPECT_EQ(
        Bytes(bench.scratchpad.bytes.begin() + output_address, bench.scratchpad.bytes.begin() + output_address + 100),
        expected);
  });
}

TEST_F(MergeTest, PoolsActivations) {
  UnitBench bench;
  bench.run([&] {
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(seed);
      const std::uint32_t pool = seed % 3;
      Shape window = random_shape(random_);
      if (pool == 0) window.kernel_height = window.kernel_width = 1;
      const bool is_signed = seed % 2 == 0;
      const Image image =
          random_image(random_, window.input_height, window.input_width, window.output_channels, is_signed);
      Tile tile(random_, window.output_height, window.output_width, window.output_channels,
                source_activations | use_dense | pool << 8 | (is_signed ? input_signed : 0));
      tile.set_input(bench, image, window);
      tile.put(bench);
      bench.scratchpad.grants_dmi = seed % 4 != 1;
      bench.merge_driver.run(tile.job);
      ASSERT_EQ(bench.merge_driver.error(), ErrorCode::none);
      std::vector<std::int64_t> expected;
      for (std::size_t i = 0; i < tile.outputs(); ++i) {
        const std::size_t c = i % tile.channels, x = i / tile.channels % tile.width, y = i / tile.channels / tile.width;
        std::int64_t sum = 0, greatest = -1000;
        for (std::int64_t r = 0; r < window.kernel_height; ++r) {
          for (std::int64_t k = 0; k < window.kernel_width; ++k) {
            const std::int64_t row = static_cast<std::int64_t>(y * window.stride_y) + r - window.pad_top;
            const std::int64_t column = static_cast<std::int64_t>(x * window.stride_x) + k - window.pad_left;
            if (row < 0 || column < 0 || row >= image.height || column >= image.width) continue;
            sum += image.value(row, column, c);
            greatest = std::max(greatest, image.value(row, column, c));
          }
        }
        expected.push_back(tile.output(i, pool == 1 ? (greatest == -1000 ? 0 : greatest) : sum, 0, 0));
      }
      ASSERT_EQ(tile.byte_results(bench), expected);
    }
  });
}

TEST_F(MergeTest, AddsTwoTensors) {
  UnitBench bench;
  bench.run([&] {
    Tile tile(random_, 4, 3, 6, source_activations | residual | residual_signed);
    const Image a = random_image(random_, 4, 3, 6, false), b = random_image(random_, 4, 3, 6, true);
    tile.set_input(bench, a, Shape{});
    tile.set_residual(bench, b);
    tile.put(bench);
    bench.merge_driver.run(tile.job);
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < 72; ++i) {
      const auto y = static_cast<std::int64_t>(i / 18), x = static_cast<std::int64_t>(i / 6 % 3);
      expected.push_back(tile.output(i, a.value(y, x, i % 6), 0, b.value(y, x, i % 6)));
    }
    EXPECT_EQ(tile.byte_results(bench), expected);
  });
}

TEST_F(MergeTest, CountsSaturations) {
  UnitBench bench;
  bench.run([&] {
    Tile tile(random_, 1, 4, 1, use_dense);
    tile.records = {{.dense = 1}};
    tile.put(bench);
    preset(bench, AccumulatorPlane::dense, base, {-1, 255, 256, 70000});
    bench.merge_driver.run(tile.job);
    EXPECT_EQ(tile.byte_results(bench), (std::vector<std::int64_t>{0, 255, 255, 255}));
    EXPECT_EQ(bench.merge_driver.read(map::saturation_count), 2u);
    tile.job.clip_low = static_cast<std::uint32_t>(-128);
    tile.job.clip_high = 127;
    preset(bench, AccumulatorPlane::dense, base, {-128, -129, 127, 128});
    bench.merge_driver.run(tile.job);
    EXPECT_EQ(tile.byte_results(bench, true), (std::vector<std::int64_t>{-128, -128, 127, 127}));
    EXPECT_EQ(bench.merge_driver.read(map::saturation_count), 4u);
    EXPECT_EQ(bench.merge_driver.error(), ErrorCode::none);
  });
}

// -- cycles --------------------------------------------------------------------------------------------------------

// 4 channels per cycle, 2 banks, records 8 bytes per cycle, set-up 5, pipeline 7; 2x3 outputs of 6 channels: groups of
// 4 and 2 channels.
//   compute             2 groups * 6 pixels = 12
//   accumulator_hazard  group 0: ceil(4 / 2) = 2 cycles per pixel, 6 * 1 more; group 1: ceil(2 / 2) = 1, none
//   weight_load         4 * 16 / 8 = 8 for the first; 2 * 16 / 8 = 4 for the second hide behind 12
//   job                 5 + 8 + 12 + 6 + 7 = 38
// Bytes: 6 * 16 of records and 36 of the residual; 36 written.
TEST_F(MergeTest, CyclesFollowTheFormula) {
  UnitBenchParameters parameters;
  parameters.merge = {.accumulators = 1024,
                      .accumulator_banks = 2,
                      .output_channels = 4,
                      .record_bytes_per_cycle = 8,
                      .setup_cycles = 5,
                      .pipeline_depth = 7};
  UnitBench bench(parameters);
  bench.run([&] {
    Tile tile(random_, 2, 3, 6, use_dense | use_sparse | residual);
    tile.set_residual(bench, random_image(random_, 2, 3, 6, false));
    tile.put(bench);
    bench.merge_driver.run(tile.job);
    EXPECT_EQ(bench.merge_driver.read(map::cap_unit), 4u);
    EXPECT_EQ(bench.merge_driver.read(map::cap_accumulators), 1024u);
    EXPECT_EQ(bench.merge_driver.read(map::cap_geometry), 4u);
  });
  const JobRecord& record = bench.last();
  EXPECT_EQ(UnitBench::cycles(record, Cause::driver), 5u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::weight_load), 8u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::compute), 12u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::accumulator_hazard), 6u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::drain), 7u);
  EXPECT_EQ(UnitBench::duration(record), 38);
  EXPECT_EQ(record.operations, 36u);
  EXPECT_EQ(record.bytes_read, 96u + 36u);
  EXPECT_EQ(record.bytes_written, 36u);
}

// Pooling: each of 2x2 outputs reads its 2x2 window, 4 cycles per pixel, one group of 3 channels: 16. The windows lie
// inside: 16 positions of 3 channels, and 3 records.
TEST_F(MergeTest, CyclesOfAWindow) {
  UnitBench bench;
  bench.run([&] {
    Tile tile(random_, 2, 2, 3, source_activations | pool_maximum);
    tile.set_input(bench, random_image(random_, 4, 4, 3, false),
                   {.kernel_height = 2, .kernel_width = 2, .stride_y = 2, .stride_x = 2});
    tile.put(bench);
    bench.merge_driver.run(tile.job);
  });
  EXPECT_EQ(UnitBench::cycles(bench.last(), Cause::compute), 16u);
  EXPECT_EQ(UnitBench::cycles(bench.last(), Cause::weight_load), 3u);
  EXPECT_EQ(UnitBench::cycles(bench.last(), Cause::accumulator_hazard), 0u);
  EXPECT_EQ(bench.last().bytes_read, 16u * 3 + 48);
}

// -- interrupts, faults ----------------------------------------------------------------------------------------------

TEST_F(MergeTest, RaisesItsInterruptWhenTheOutputsAreThere) {
  UnitBench bench;
  sc_core::sc_time raised;
  bench.run([&] {
    Tile tile(random_, 1, 1, 1, use_dense);
    tile.records = {{.bias = 77}};
    tile.put(bench);
    bench.merge_driver.write(map::irq_enable, 1);
    bench.merge_driver.start(tile.job);
    sc_core::wait(bench.merge_driver.interrupt.posedge_event());
    raised = sc_core::sc_time_stamp();
    EXPECT_EQ(bench.scratchpad.bytes[output_address], 77);
  });
  EXPECT_EQ(raised, bench.last().end + clock_period);
}

TEST_F(MergeTest, FaultChangesOneBitOfTheNamedChannel) {
  UnitBench bench;
  bench.merge.inject_fault({.tag = 0x30001, .channel = 1, .bit = 7});
  bench.run([&] {
    Tile tile(random_, 2, 2, 3, use_dense);
    preset(bench, AccumulatorPlane::dense, base, random_sums(12));
    tile.put(bench);
    bench.merge_driver.run(tile.job);
    std::vector<std::int64_t> expected;
    for (std::uint32_t i = 0; i < 12; ++i) {
      const std::int64_t y = tile.output(i, bench.merge.peek(AccumulatorPlane::dense, base + i), 0, 0);
      expected.push_back(i % 3 == 1 ? y ^ 128 : y);
    }
    EXPECT_EQ(tile.byte_results(bench), expected);
  });
}

// -- errors ----------------------------------------------------------------------------------------------------------

TEST_F(MergeTest, IllegalRegistersAreNamed) {
  UnitBench bench;
  bench.run([&] {
    Tile tile(random_, 2, 3, 4, source_activations | pool_sum);
    tile.set_input(bench, random_image(random_, 4, 4, 4, false), {.kernel_height = 2, .kernel_width = 2});
    tile.put(bench);
    const auto refuse = [&](std::uint32_t map::Job::*field, std::uint32_t value, std::uint32_t offset) {
      map::Job job = tile.job;
      job.*field = value;
      SCOPED_TRACE(testing::Message() << std::hex << offset << " " << value);
      bench.merge_driver.expect_failure(job, ErrorCode::illegal_value, offset);
    };
    refuse(&map::Job::flags, source_activations | 3 << 8, map::flags);
    refuse(&map::Job::flags, source_activations, map::pool_window);  // 2x2 needs a pool
    refuse(&map::Job::output_size, pair16(0, 3), map::output_size);
    refuse(&map::Job::output_size, pair16(2, 0), map::output_size);
    refuse(&map::Job::channels, 0, map::channels);
    refuse(&map::Job::output_row_stride, 11, map::output_row_stride);
    refuse(&map::Job::output_pixel_stride, 3, map::output_pixel_stride);
    refuse(&map::Job::clip_low, 256, map::clip_low);
    refuse(&map::Job::clip_low, static_cast<std::uint32_t>(-129), map::clip_low);
    refuse(&map::Job::clip_low, static_cast<std::uint32_t>(-1), map::clip_high);  // [-1, 255] fits no byte
    refuse(&map::Job::clip_high, 256, map::clip_high);
    refuse(&map::Job::input_size, pair16(0, 4), map::input_size);
    refuse(&map::Job::input_size, pair16(4, 0), map::input_size);
    refuse(&map::Job::pool_window, quad8(0, 2, 1, 1), map::pool_window);
    refuse(&map::Job::pool_window, quad8(2, 0, 1, 1), map::pool_window);
    refuse(&map::Job::pool_window, quad8(2, 2, 0, 1), map::pool_window);
    refuse(&map::Job::pool_window, quad8(2, 2, 1, 0), map::pool_window);
    map::Job words = tile.job;
    words.flags |= output_words;
    words.output_pixel_stride = 18;
    words.output_row_stride = 54;
    bench.merge_driver.expect_failure(words, ErrorCode::illegal_value, map::output_row_stride);
    words.output_row_stride = 56;
    bench.merge_driver.expect_failure(words, ErrorCode::illegal_value, map::output_pixel_stride);
  });
}

TEST_F(MergeTest, IllegalAddressesAndRecordsAreNamed) {
  UnitBench bench;
  constexpr std::uint32_t end = 1 << 18;
  bench.run([&] {
    Tile tile(random_, 2, 3, 4, source_activations | residual | use_sparse);
    tile.set_input(bench, random_image(random_, 2, 3, 4, false), Shape{});
    tile.set_residual(bench, random_image(random_, 2, 3, 4, false));
    tile.put(bench);
    for (const bool dmi : {true, false}) {
      bench.scratchpad.grants_dmi = dmi;
      const auto refuse = [&](std::uint32_t map::Job::*field, std::uint32_t value, ErrorCode code, std::uint32_t at) {
        map::Job job = tile.job;
        job.*field = value;
        SCOPED_TRACE(testing::Message() << dmi << " " << std::hex << value);
        bench.merge_driver.expect_failure(job, code, at);
      };
      refuse(&map::Job::parameter_address, record_address + 4, ErrorCode::unaligned_address, record_address + 4);
      refuse(&map::Job::parameter_address, end - 24, ErrorCode::out_of_range, end);
      refuse(&map::Job::residual_address, end - 3, ErrorCode::out_of_range, end);
      refuse(&map::Job::input_address, end - 3, ErrorCode::out_of_range, end);
      refuse(&map::Job::output_address, end - 3, ErrorCode::out_of_range, end);
      refuse(&map::Job::accumulator_base, 8192 - 23, ErrorCode::accumulator_range, 8192);
      map::Job words = tile.job;
      words.flags |= output_words;
      words.output_pixel_stride = 16;
      words.output_row_stride = 48;
      words.output_address = output_address + 2;
      bench.merge_driver.expect_failure(words, ErrorCode::unaligned_address, output_address + 2);
    }
    bench.scratchpad.broken = output_address + 5;
    bench.merge_driver.expect_failure(tile.job, ErrorCode::bus_error, output_address);
    bench.scratchpad.broken = ~std::uint64_t{0};
    tile.records[2].shift = 63;
    tile.put(bench);
    bench.merge_driver.expect_failure(tile.job, ErrorCode::illegal_encoding, record_address + 32);
    EXPECT_EQ(tile.byte_results(bench), std::vector<std::int64_t>(24, 0)) << "nothing was written";
  });
}

// -- accumulators ----------------------------------------------------------------------------------------------------

TEST_F(MergeTest, AccumulatorsAnswerWholeWordsOnly) {
  UnitBench bench;
  bench.run([&] {
    std::vector<std::int32_t> words = {1, 2};
    constexpr std::uint64_t end = 2 * 4 * 8192;
    EXPECT_EQ(access(bench, tlm::TLM_WRITE_COMMAND, end - 8, words), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(bench.merge.peek(AccumulatorPlane::sparse, 8191), 2);
    EXPECT_EQ(access(bench, tlm::TLM_WRITE_COMMAND, end - 4, words), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(access(bench, tlm::TLM_READ_COMMAND, 2, words), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(access(bench, tlm::TLM_READ_COMMAND, 0, words, 1), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(access(bench, tlm::TLM_READ_COMMAND, 4 * 8192 + 4 * 8190, words), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(words, (std::vector<std::int32_t>{1, 2}));

    tlm::tlm_generic_payload request;
    request.set_address(0);
    tlm::tlm_dmi dmi;
    ASSERT_TRUE(bench.spu.accumulators->get_direct_mem_ptr(request, dmi));
    EXPECT_EQ(dmi.get_end_address(), end - 1);
    EXPECT_TRUE(dmi.is_read_write_allowed());
    std::int32_t word = 0;
    request.set_command(tlm::TLM_READ_COMMAND);
    request.set_address(end - 4);
    request.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
    request.set_data_length(4);
    request.set_streaming_width(4);
    EXPECT_EQ(bench.spu.accumulators->transport_dbg(request), 4u);
    EXPECT_EQ(word, 2);
  });
}

}  // namespace
}  // namespace terse::test
