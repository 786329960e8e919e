// Jobs of the MAC array that are both passes of a tile: sums, cycles, what is counted.
#include <array>

#include "tests/models/tmac/dense_pass.hpp"

namespace terse::test {
namespace {

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

/// Makes the pass a fused one with these values, and puts all of it into the scratchpad.
void fuse(UnitBench& bench, DensePass& pass, const PackedSparse& packed) {
  registers::spu::Job sparse{};
  describe_sparse(sparse, packed, 0x10000, 0x28000, 0x34000);
  std::memcpy(&pass.job.value_address, &sparse.value_address, 6 * 4);
  pass.job.flags |= map::fields::flags::fused.make(1);
  pass.put(bench);
  bench.scratchpad.put(0x10000, packed.values.bytes);
  bench.scratchpad.put(0x28000, packed.indices.bytes);
  bench.scratchpad.put(0x34000, packed.row_pointers.bytes);
}

// The array of the test before: six 8-bit values at 5 pixels, all inside the tile, none zero: 30 products, each of which
// selects its activation. They are stored in 6 bytes, their indices in 12, with pointers of 12: 30 bytes are loaded, once.
// Values and indices leave the buffer for each pixel.
TEST_F(TmacTest, FusedValuesAreCounted) {
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
    fuse(bench, pass, pack_absolute(shape, values, 8));
    bench.tmac_driver.run(pass.job);
    pass.job.flags |= accumulate;
    bench.tmac_driver.run(pass.job);
  });
  ASSERT_EQ(bench.records.size(), 2u);
  const Activity& activity = bench.records[0].activity;
  EXPECT_EQ(activity[Action::sparse_mac_8], 30u);
  EXPECT_EQ(activity[Action::sparse_gated], 0u);
  EXPECT_EQ(activity[Action::sparse_sum_update], 30u);
  EXPECT_EQ(activity[Action::sparse_select], 30u);
  EXPECT_EQ(activity[Action::sparse_gather], 0u);
  EXPECT_EQ(activity[Action::sparse_index_decode], 30u);
  EXPECT_EQ(activity[Action::sparse_stream_bytes], 30u);
  EXPECT_EQ(activity[Action::sparse_weight_write_bits], 8u * 30);
  EXPECT_EQ(activity[Action::sparse_weight_read_bits], 8u * 18 * 5);
  EXPECT_EQ(activity[Action::sparse_accumulator_writes], 15u);
  EXPECT_EQ(activity[Action::sparse_accumulator_reads], 0u);
  EXPECT_EQ(activity[Action::dense_accumulator_writes], 15u);
  EXPECT_EQ(bench.records[1].activity[Action::sparse_accumulator_reads], 15u);
}

// Whichever unit does a sparse pass: its products and those that are gated are the same, padding and fillers included.
TEST_F(TmacTest, FusedValuesAreCountedAsTheSparsePass) {
  UnitBenchParameters parameters;
  parameters.tmac.fused_lanes = 2;
  UnitBench bench(parameters);
  std::vector<std::uint32_t> bits;
  bench.run([&] {
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
      DensePass pass(random_, random_shape(random_), false);
      bits.push_back(4u << (seed % 3));
      const std::uint64_t count = pass.shape.weights_per_channel() * pass.shape.output_channels;
      std::vector<std::int16_t> values = random_values(random_, count, bits.back(), 0.2);
      if (seed % 4 == 3) values = random_n_of_m(random_, pass.shape, bits.back(), 2, 16);
      const PackedSparse packed = seed % 4 == 0   ? pack_relative(pass.shape, values, bits.back(), 2)
                                  : seed % 4 == 1 ? pack_dense(pass.shape, values, bits.back())
                                  : seed % 4 == 2 ? pack_bitmap(pass.shape, values, bits.back())
                                                  : pack_n_of_m(pass.shape, values, bits.back(), 2, 16);
      fuse(bench, pass, packed);
      bench.tmac_driver.run(pass.job);
      auto sparse = convolution_job<registers::spu::Job>(pass.shape, pass.image, input_address);
      sparse.accumulator_base = base;
      describe_sparse(sparse, packed, 0x10000, 0x28000, 0x34000);
      bench.spu_driver.run(sparse);
      ASSERT_EQ(bench.spu_driver.error(), ErrorCode::none);
    }
  });
  for (std::size_t i = 0; i < bits.size(); ++i) {
    const Activity& fused = bench.records[2 * i].activity;
    const Activity& alone = bench.records[2 * i + 1].activity;
    for (const Action action : {sparse_mac(bits[i]), Action::sparse_gated, Action::sparse_sum_update}) {
      EXPECT_EQ(fused[action], alone[action]) << i << " " << description(action).name;
    }
    EXPECT_EQ(fused[Action::sparse_select], fused[sparse_mac(bits[i])]) << i;
  }
}

}  // namespace
}  // namespace terse::test
