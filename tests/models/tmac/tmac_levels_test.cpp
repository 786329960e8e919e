// The module in all timing levels: the same bits, and in level cycle the banks shared with another initiator.
#include <memory>

#include "models/tmac/tmac.hpp"
#include "tests/models/ports/job_builder.hpp"
#include "tests/models/ports/unit_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse::test {
namespace {

namespace map = registers::tmac;

constexpr std::size_t scratchpad_bytes = 1 << 18;
const BankLayout layout(scratchpad_bytes, 16, 8, BankLayout::Interleaving::word);

/// A bench, a clock domain, and arbitration by turns among three ports.
struct ClockedBench {
  UnitBench units;
  BankArbiter arbiter{"round_robin", {.banks = 16, .ports = 3}};
  ClockDomain domain;

  ClockedBench(const TmacParameters& array, const std::string& name)
      : units({.tmac = array, .spu = {}, .merge = {}, .scratchpad_bytes = scratchpad_bytes}, name.c_str()),
        domain((name + "_domain").c_str(), clock_period, arbiter) {
    units.tmac.set_clock({.domain = &domain, .port = 0, .layout = &layout, .read_latency = 1});
  }
  std::uint64_t run(const map::Job& job, Timing timing) {
    units.tmac.set_timing(timing);
    units.tmac_driver.run(job);
    EXPECT_EQ(units.tmac_driver.error(), ErrorCode::none);
    std::uint64_t sum = 0;
    for (const std::uint64_t cycles : units.last().cycles) sum += cycles;
    EXPECT_EQ(static_cast<double>(sum), UnitBench::duration(units.last())) << "every cycle has one cause";
    return sum;
  }
};

/// Wants one bank until it has got it `words` times.
class Reader final : public Clocked {
 public:
  Reader(std::uint32_t bank, std::uint64_t words) : bank_(bank), words_(words) {}
  BankSet request() override {
    BankSet banks;
    banks.insert(bank_);
    return banks;
  }
  void step(const BankSet& granted) override {
    book(granted.empty() ? Cause::bank_conflict : Cause::compute);
    if (!granted.empty()) --words_;
  }
  [[nodiscard]] bool finished() const override { return words_ == 0; }

 private:
  std::uint32_t bank_;
  std::uint64_t words_;
};

TmacParameters random_array(Random& random, const std::string& dataflow) {
  const auto number = [&](std::int64_t low, std::int64_t high) {
    return static_cast<std::uint32_t>(pick(random, low, high));
  };
  TmacParameters array;
  array.dataflow = dataflow;
  array.output_channels = number(1, 8);
  array.input_channels = number(1, 8);
  array.pixels = dataflow == "unrolled" ? 1 : number(1, 4);
  array.unrolled_kernel = 5;
  array.weight_bits_per_cycle = 8u << number(0, 5);
  array.weight_buffers = number(1, 2);
  array.weight_buffer_depth = number(0, 1) == 0 ? 0 : array.input_channels * 25;
  array.fetch_ahead = number(1, 5);
  array.accumulator_words_per_cycle = number(0, 3);
  array.setup_cycles = number(0, 4);
  array.pipeline_depth = number(0, 5);
  return array;
}

class TmacLevelsTest : public SystemcTest {};

TEST_F(TmacLevelsTest, RandomPassesHaveTheSameBitsInEveryLevelAndEveryDataflow) {
  Random random(3);
  std::vector<std::unique_ptr<ClockedBench>> benches;
  for (unsigned i = 0; i < 24; ++i) {
    const std::string dataflow = tmac_dataflows().names()[i % 3];
    TmacParameters array = i < 3 ? TmacParameters{} : random_array(random, dataflow);
    array.dataflow = dataflow;
    array.unrolled_kernel = 5;
    if (i >= 3 && i < 6) array.output_channels = array.input_channels = array.pixels = 1;
    benches.push_back(std::make_unique<ClockedBench>(array, "bench" + std::to_string(i)));
  }
  benches.front()->units.run([&] {
    for (unsigned i = 0; i < 4 * benches.size(); ++i) {
      ClockedBench& bench = *benches[i % benches.size()];
      Shape shape = random_shape(random);
      if (i % 3 == 2) shape.dilation_x = shape.dilation_y = 1;  // unrolled
      const Image image = random_image(random, shape.input_height, shape.input_width, shape.input_channels, i % 2 == 0);
      const auto weights = random_ternary(random, shape.weights_per_channel() * shape.output_channels);
      auto job = convolution_job<map::Job>(shape, image, 0x101);
      job.weight_address = 0x8000;
      job.weight_row_stride = pack_ternary(shape, weights).row_stride;
      bench.units.scratchpad.put(0x101, image.bytes);
      bench.units.scratchpad.put(0x8000, pack_ternary(shape, weights).bytes);
      const auto expected = golden_sums(shape, image, weights);
      std::vector<std::uint64_t> cycles;
      for (const Timing timing : {Timing::functional, Timing::approximate, Timing::cycle, Timing::cycle}) {
        cycles.push_back(bench.run(job, timing));
        ASSERT_EQ(bench.units.sums(AccumulatorPlane::dense, 0, shape.outputs()), expected) << i;
      }
      EXPECT_EQ(cycles[1], cycles[0]) << "no bandwidth set";
      EXPECT_GE(cycles[2], cycles[0]) << i;
      EXPECT_EQ(cycles[3], cycles[2]) << "the same job takes the same time again";
    }
  });
}

/// Four pixels of two channels in bank 0, weights in bank 8.
map::Job four_pixels(ClockedBench& bench) {
  const Shape shape{.input_width = 4, .input_channels = 2, .output_width = 4, .output_channels = 2};
  const Image image{.width = 4, .channels = 2, .row_stride = 8, .pixel_stride = 2, .bytes = {1, 2, 3, 4, 5, 6, 7, 8}};
  auto job = convolution_job<map::Job>(shape, image, 0);
  job.weight_address = 0x8000 + 8 * 8;
  job.weight_row_stride = 4;
  bench.units.scratchpad.put(0, image.bytes);
  bench.units.scratchpad.put(job.weight_address, {0b0101, 0, 0, 0, 0b1101, 0, 0, 0});
  return job;
}

// Po 2, Pi 2: four pixels of two channels in one word of bank 0, weights in bank 8. Set-up in cycles 0 and 1; in cycle 2 the
// first pixel is fetched and the weights are loaded. The reader wants bank 0 in every cycle; by turns, tmac first: fetches are
// granted in 2, 4, 6 and 8, steps happen in 3, 5, 7 and 9, and each cycle between is lost to the reader.
TEST_F(TmacLevelsTest, ABankIsSharedByTurns) {
  TmacParameters array;
  array.output_channels = array.input_channels = 2;
  array.setup_cycles = 2;
  array.pipeline_depth = 3;
  ClockedBench bench(array, "bench");
  Reader reader(0, 1000);
  sc_core::sc_event done;
  bench.units.run([&] {
    const map::Job job = four_pixels(bench);
    EXPECT_EQ(bench.run(job, Timing::cycle), 2u + 1 + 4 + 3);
    bench.domain.attach(reader, 1, done);
    EXPECT_EQ(bench.run(job, Timing::cycle), 2u + 1 + 4 + 3 + 3);
    EXPECT_EQ(bench.units.sums(AccumulatorPlane::dense, 0, 8),
              (std::vector<std::int64_t>{3, -1, 7, -1, 11, -1, 15, -1}));
    bench.domain.detach(reader);
  });
  const JobRecord& record = bench.units.last();
  EXPECT_EQ(UnitBench::cycles(record, Cause::driver), 2u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::weight_load), 1u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::compute), 4u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::bank_conflict), 3u);
  EXPECT_EQ(UnitBench::cycles(record, Cause::drain), 3u);
  EXPECT_EQ(bench.arbiter.losses(0, 1), 3u);
}

TEST_F(TmacLevelsTest, AnUnrolledArrayRefusesLargerKernels) {
  TmacParameters array;
  array.dataflow = "unrolled";
  ClockedBench bench(array, "bench");
  bench.units.run([&] {
    const Shape shape{.input_width = 8, .output_width = 4, .kernel_width = 5};
    Random random(1);
    const Image image = random_image(random, 1, 8, 1, false);
    auto job = convolution_job<map::Job>(shape, image, 0);
    job.weight_address = 0x8000;
    job.weight_row_stride = 4;
    bench.units.scratchpad.put(0x8000, {0, 0, 0, 0});
    bench.units.tmac_driver.expect_failure(job, ErrorCode::illegal_value, map::kernel);
  });
}

TEST_F(TmacLevelsTest, ASoftClearStopsAJobUnderWay) {
  ClockedBench bench(TmacParameters{}, "bench");
  bench.units.run([&] {
    Random random(1);
    const Shape shape{.input_width = 200, .input_channels = 64, .output_width = 200, .output_channels = 8};
    const Image image = random_image(random, 1, 200, 64, false);
    auto job = convolution_job<map::Job>(shape, image, 0);
    job.weight_address = 0x10000;
    job.weight_row_stride = 16;
    bench.units.scratchpad.put(0, image.bytes);
    bench.units.scratchpad.put(0x10000, std::vector<std::uint8_t>(8 * 16));
    bench.units.tmac.set_timing(Timing::cycle);
    bench.units.tmac_driver.start(job);
    sc_core::wait(100 * clock_period);
    bench.units.tmac_driver.clear();
    sc_core::wait(1000 * clock_period);
    EXPECT_TRUE(bench.units.records.empty());
    EXPECT_GE(bench.run(job, Timing::cycle), 400u);
  });
}

// The same job against a reader of bank 0. With the higher priority the array does not notice it. With the lower one and a
// stall of 3 cycles at most, a fetch asked for in cycle 2 is granted in 5, the next ones in 9, 13 and 17; the last step
// happens in 18, and three cycles of pipeline follow.
TEST_F(TmacLevelsTest, RegistersSayWhoGetsABank) {
  TmacParameters array;
  array.output_channels = array.input_channels = 2;
  array.setup_cycles = 2;
  array.pipeline_depth = 3;
  array.arbitration.priority = 1;
  ClockedBench bench(array, "bench");
  Reader reader(0, 1000);
  sc_core::sc_event done;
  bench.units.run([&] {
    const map::Job job = four_pixels(bench);
    EXPECT_EQ(bench.units.tmac_driver.read(map::arb_priority), 1u) << "after reset as configured";
    bench.domain.attach(reader, 1, done);
    EXPECT_EQ(bench.run(job, Timing::cycle), 2u + 1 + 4 + 3);
    bench.units.tmac_driver.write(map::arb_priority, 0);
    bench.units.tmac_driver.write(map::arb_max_stall, 3);
    bench.domain.set_rank(1, {.priority = 2});
    EXPECT_EQ(bench.run(job, Timing::cycle), 19u + 3);
    EXPECT_EQ(UnitBench::cycles(bench.units.last(), Cause::compute), 4u);
    bench.domain.detach(reader);
  });
}

}  // namespace
}  // namespace terse::test
