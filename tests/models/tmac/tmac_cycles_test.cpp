// The MAC array's time in levels functional and approximate. The clock period is 10 ns.
#include "models/tmac/tmac_cost.hpp"
#include "tests/models/tmac/dense_pass.hpp"

namespace terse::test {
namespace {

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

}  // namespace
}  // namespace terse::test
