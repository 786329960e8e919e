// What the MAC array refuses, and how it says so.
#include <limits>

#include "tests/models/tmac/dense_pass.hpp"

namespace terse::test {
namespace {

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
