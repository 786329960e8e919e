// The ternary MAC array alone: what it computes, and what it says of itself.
#include "tests/models/tmac/dense_pass.hpp"

namespace terse::test {
namespace {

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

}  // namespace
}  // namespace terse::test
