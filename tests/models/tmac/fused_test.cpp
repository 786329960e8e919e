// The fused lanes' time: a step takes as long as the output channel that has most values among its weights.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/models/tmac/dataflow_bench.hpp"

namespace terse::test {
namespace {

/// Values at the given positions per output channel, one byte each from address 0x1020 (bank 4) on, indices not stored.
TmacValues values_at(const std::vector<std::vector<std::uint32_t>>& rows, std::uint32_t lanes) {
  TmacValues values{.lanes = lanes, .rows = {}, .starts = {0}, .positions = {}};
  for (const auto& row : rows) {
    values.rows.push_back({.values = {0x1020 + values.positions.size(), row.size()}, .indices = {}, .pointer = {}});
    values.positions.insert(values.positions.end(), row.begin(), row.end());
    values.starts.push_back(values.positions.size());
  }
  return values;
}

TmacParameters array_of(const std::string& dataflow, std::uint32_t output_channels, std::uint32_t input_channels) {
  TmacParameters array;
  array.dataflow = dataflow;
  array.output_channels = output_channels;
  array.input_channels = input_channels;
  array.setup_cycles = 2;
  array.pipeline_depth = 3;
  return array;
}

// 8 input channels, Pi 4, two output channels. Slice 0: channel 0 has three values, channel 1 one; slice 1: none and two.
// One lane: 3 and 2 cycles per pixel; two lanes: 2 and 1; four lanes: 1 and 1.
TEST(Fused, AStepTakesAsLongAsItsFullestChannel) {
  for (const auto& [lanes, pixel] : {std::pair{1u, "C1l2C1l1"}, {2u, "C1l1C1"}, {4u, "C2"}}) {
    const TmacParameters array = array_of("output_stationary", 2, 4);
    TmacWork work = work_of(array, pointwise(1, 8, 2));
    const TmacValues values = values_at({{0, 1, 3}, {2, 5, 7}}, lanes);
    work.values = &values;
    EXPECT_EQ(stepped(work), std::string("d2w1") + pixel + "D3") << lanes;
  }
}

// Under weight_stationary the same steps follow each other slice by slice: the first slice's in cycles 3 to 5 and 6 to 8, whose
// sums leave the pipeline of 3 for cycles 9 and 12. The second slice's take 9 to 10 and, one cycle late, 12 to 13.
TEST(Fused, OtherDataflowsHaveTheSameSteps) {
  const TmacParameters array = array_of("weight_stationary", 2, 4);
  TmacWork work = work_of(array, pointwise(2, 8, 2));
  const TmacValues values = values_at({{0, 1, 3}, {2, 5, 7}}, 1);
  work.values = &values;
  EXPECT_EQ(stepped(work), "d2w1C1l2C1l2C1l1h1C1l1D3");
}

// Unrolled: a step multiplies all nine positions of a channel slice. Values at k = 0 and 8 (two positions of channel 0 of 1).
TEST(Fused, AnUnrolledStepHasTheWholeKernelsValues) {
  TmacParameters array = array_of("unrolled", 1, 1);
  TmacWork work = work_of(array, same_3x3(3, 1, 1));
  const TmacValues values = values_at({{0, 8}}, 1);
  work.values = &values;
  EXPECT_EQ(tmac_cost(work).time.compute, 9u);
  EXPECT_EQ(tmac_cost(work).time.lane_imbalance, 9u);
}

// Every byte of the values is loaded once, in whatever parts: 2 * 2 bytes of dense weights and 6 of values.
TEST(Fused, ValuesAreLoadedWithTheirWeights) {
  const TmacValues values = values_at({{0, 1, 3}, {2, 5, 7}}, 1);
  for (const std::uint32_t depth : {0u, 4u}) {
    TmacParameters array = array_of("output_stationary", 2, 4);
    array.weight_buffer_depth = depth;
    TmacWork work = work_of(array, pointwise(1, 8, 2));
    work.values = &values;
    EXPECT_EQ(tmac_cost(work).weight_bytes, 4u + 6) << depth;
  }
}

double expected_cycles(unsigned chunk, unsigned lanes, double density) {
  double sum = 0, ways = 1;
  for (unsigned k = 0; k <= chunk; ++k) {
    const double probability = ways * std::pow(density, k) * std::pow(1 - density, chunk - k);
    sum += probability * std::max(1u, (k + lanes - 1) / lanes);
    ways = ways * (chunk - k) / (k + 1);
  }
  return sum;
}

// OLAccel (Park et al., ISCA 2018): chunks of 16 weights, one multiplier for outliers: max(1, k) cycles for k outliers. 50
// rows of 4000 chunks with independent outliers: the mean over 200,000 chunks lies within 0.5 % of the expectation, more than
// three standard deviations of it.
TEST(Fused, OlaccelsChunkRule) {
  Random random(5);
  EXPECT_NEAR(expected_cycles(16, 1, 0.03), 1.094, 0.0005);
  EXPECT_NEAR(expected_cycles(16, 1, 0.10), 1.785, 0.0005);
  for (const std::uint32_t lanes : {1u, 2u}) {
    for (const double density : {0.01, 0.03, 0.05, 0.10}) {
      std::vector<std::vector<std::uint32_t>> rows(50);
      std::bernoulli_distribution is_outlier(density);
      for (auto& row : rows) {
        for (std::uint32_t k = 0; k < 64000; ++k) {
          if (is_outlier(random)) row.push_back(k);
        }
      }
      const TmacParameters array = array_of("output_stationary", 1, 16);
      TmacWork work = work_of(array, pointwise(1, 64000, 50));
      const TmacValues values = values_at(rows, lanes);
      work.values = &values;
      const JobTime time = tmac_cost(work).time;
      EXPECT_EQ(time.compute, 200'000u);
      const double cycles = static_cast<double>(time.compute + time.lane_imbalance) / 200'000;
      EXPECT_NEAR(cycles / expected_cycles(16, lanes, density), 1, 0.005) << lanes << " lanes, density " << density;
    }
  }
}

}  // namespace
}  // namespace terse::test
