// merge stepped alone, every word granted at once unless a test says otherwise. 4 channels per cycle, records 8 bytes per
// cycle, set-up 2, pipeline 3, FIFO of 5 pixels; 8 banks of 8-byte words, read latency 1.
// One letter per cycle: tests/models/clocked/stepped.hpp.
#include "models/merge/merge_schedule.hpp"

#include <gtest/gtest.h>

#include "models/clocked/nominal_time.hpp"
#include "tests/models/clocked/stepped.hpp"

namespace terse::testing {
namespace {

const BankLayout layout(1 << 16, 8, 8, BankLayout::Interleaving::word);

MergeParameters small() {
  return {.accumulator_banks = 4,
          .output_channels = 4,
          .record_bytes_per_cycle = 8,
          .setup_cycles = 2,
          .pipeline_depth = 3,
          .fetch_ahead = 4,
          .write_ahead = 5};
}

/// height x width pixels of `channels` bytes from the dense plane.
MergeJob tile(std::uint32_t height, std::uint32_t width, std::uint32_t channels) {
  MergeJob job;
  job.dense_plane = true;
  job.shape.output_height = height;
  job.shape.output_width = width;
  job.shape.output_channels = job.shape.input_channels = channels;
  job.output = {.address = 0x4000, .row_stride = width * 64, .pixel_stride = 64};
  job.residual_tile = {.address = 0x2000, .row_stride = width * 64, .pixel_stride = 64};
  return job;
}

std::string causes(const MergeJob& job, const MergeParameters& parameters, const BankLayout& banks = layout,
                   const std::function<BankSet(unsigned)>& taken = {}) {
  MergeSchedule schedule(job, parameters);
  StreamEngine engine(merge_stream(parameters, 1), schedule, banks);
  return causes_of(engine, taken);
}

// Set-up 2. Records of 4 channels: 64 bytes, 8 beats in cycles 2 to 9, there in cycle 10: 8 cycles of weight_load. 6
// pixels, one per cycle. The last result enters the FIFO 3 cycles after its step's end and is written in the fourth.
TEST(MergeCycles, FillSteadyDrain) {
  EXPECT_EQ(causes(tile(2, 3, 4), small()), "ddwwwwwwwwCCCCCCDDDD");
}

// 5 channels: groups of 4 and 1. The second group's 16 bytes are loaded in cycles 10 and 11, behind the first group's pixels.
// The residual, in bank 4 for every pixel, is fetched ahead in cycles 2 to 5, when the records come from banks 0 to 3.
TEST(MergeCycles, OddChannelsAndResidual) {
  MergeJob job = tile(1, 3, 5);
  job.residual = true;
  job.residual_tile.address += 32;
  EXPECT_EQ(causes(job, small()), "ddwwwwwwwwCCCCCCDDDD");
}

// The same with the residual in bank 0, where the records begin: fetch comes before load, so that the first beat waits for
// the 4 residuals that are fetched ahead, cycles 2 to 5.
TEST(MergeCycles, ResidualAndRecordsInOneBank) {
  MergeJob job = tile(1, 3, 5);
  job.residual = true;
  EXPECT_EQ(causes(job, small()), "ddwwwwwwwwwwwwCCCCCCDDDD");
}

// One pixel per group: the second group's records (4 channels, 8 beats from cycle 10 on, there in 18) do not hide.
TEST(MergeCycles, RecordsThatTakeLongerThanTheGroup) {
  EXPECT_EQ(causes(tile(1, 1, 8), small()), "ddwwwwwwwwCwwwwwwwCDDDD");
}

// 2 accumulator banks serve 4 channels in 2 cycles.
TEST(MergeCycles, AccumulatorBanks) {
  MergeParameters parameters = small();
  parameters.accumulator_banks = 2;
  EXPECT_EQ(causes(tile(1, 2, 4), parameters), "ddwwwwwwwwChChDDDD");
}

// A FIFO of 2 pixels: a pixel's place is taken from its step's end (cycle e + 1) to its writing (cycle e + 4), so the third
// step waits for the end of that: steps in cycles 10, 11, then 15, 16.
TEST(MergeCycles, ASmallOutputFifo) {
  MergeParameters parameters = small();
  parameters.write_ahead = 2;
  EXPECT_EQ(causes(tile(1, 4, 4), parameters), "ddwwwwwwwwCCfffCCDDDD");
}

// A 2x2 window at a corner, one position inside: 4 cycles per pixel all the same.
TEST(MergeCycles, APositionPerCycle) {
  MergeJob job = tile(1, 1, 4);
  job.dense_plane = false;
  job.activations = true;
  job.input = {.address = 0x1000, .row_stride = 64, .pixel_stride = 64};
  job.shape.kernel_height = job.shape.kernel_width = 2;
  job.shape.pad_top = job.shape.pad_left = 1;
  EXPECT_EQ(causes(job, small()), "ddwwwwwwwwCCCCDDDD");
}

// Nominal time has neither the read latency nor the last write.
TEST(MergeCycles, NominalTimeIsOneCycleLessOfDrain) {
  MergeSchedule schedule(tile(2, 3, 4), small());
  const JobTime time = nominal_time(schedule, merge_stream(small(), 1), 1);
  EXPECT_EQ(time.setup, 2u);
  EXPECT_EQ(time.weight_load, 8u);
  EXPECT_EQ(time.compute, 6u);
  EXPECT_EQ(time.drain, 3u);
}

}  // namespace
}  // namespace terse::testing
