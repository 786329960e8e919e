#include "models/dma/bursts.hpp"

#include <gmock/gmock.h>

#include "models/dma/dma_parameters.hpp"

namespace terse::dma {
namespace {

constexpr Window scratchpad{0x20000000, 0x1000};

registers::dma::Job line(std::uint32_t source, std::uint32_t destination, std::uint32_t length) {
  registers::dma::Job job{};
  job.source = source;
  job.destination = destination;
  job.length = length;
  job.lines = 1;
  job.planes = 1;
  return job;
}

TEST(BlockTest, OverlapOfSimpleRanges) {
  EXPECT_FALSE(Block(line(0x1000, 0x1040, 0x40)).overlaps());
  EXPECT_TRUE(Block(line(0x1000, 0x103F, 0x40)).overlaps());
  EXPECT_FALSE(Block(line(0x1040, 0x1000, 0x40)).overlaps());
  EXPECT_TRUE(Block(line(0x1000, 0x1000, 1)).overlaps());
}

TEST(BlockTest, OverlapThroughStridesAndPadding) {
  registers::dma::Job job = line(0x1000, 0x2000, 0x10);
  job.lines = 3;
  job.source_line_stride = 0x800;
  EXPECT_TRUE(Block(job).overlaps()) << "the third line starts at the destination";
  job.source_line_stride = static_cast<std::uint32_t>(-0x800);
  EXPECT_FALSE(Block(job).overlaps());
  job = line(0x1000, 0x1010, 0x10);
  job.padding = 1;  // one line above, at the destination itself; the data follow one stride later
  job.destination_line_stride = static_cast<std::uint32_t>(-0x10);
  EXPECT_TRUE(Block(job).overlaps());
}

TEST(BlockTest, RangesThatWrapAroundCountAsOverlap) {
  registers::dma::Job job = line(0x1000, 0x8000, 4);
  job.lines = 0xFFFFFFFF;
  job.planes = 0xFFFFFFFF;
  job.source_line_stride = 0x80000000;
  job.source_plane_stride = 0x7FFFFFFF;
  EXPECT_TRUE(Block(job).overlaps());
}

TEST(BurstSequenceTest, EndlessBlocksBecomeBurstsOneByOne) {
  registers::dma::Job job = line(0x1000, 0x80000000, 0xFFFFFFFF);
  job.lines = 0xFFFFFFFF;
  job.planes = 0xFFFFFFFF;
  BurstSequence bursts(Block(job), scratchpad, 64);
  // It overlaps itself upwards, so each line goes from its end, 0x1000 + 0xFFFFFFFE, which is 63 bytes into a burst.
  ASSERT_EQ(bursts.next()->length, 63u);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(bursts.next()->length, 64u);
}

TEST(BurstSequenceTest, PaddingLinesComeBeforeAndAfterEachPlane) {
  registers::dma::Job job = line(0x1000, 0x8000, 4);
  job.planes = 2;
  job.padding = 1 | 1 << 8 | 2 << 16 | 3u << 24;
  job.destination_line_stride = 0x10;
  job.destination_plane_stride = 0x100;
  job.source_plane_stride = 0x40;
  BurstSequence bursts(Block(job), scratchpad, 64);
  const auto expect = [&](bool fill, std::uint32_t destination, std::uint32_t length) {
    const std::optional<Burst> burst = bursts.next();
    ASSERT_TRUE(burst.has_value());
    EXPECT_EQ(burst->fill, fill);
    EXPECT_EQ(burst->destination, destination);
    EXPECT_EQ(burst->length, length);
  };
  for (const std::uint32_t plane : {0x8000u, 0x8100u}) {
    expect(true, plane, 9);          // above
    expect(false, plane + 0x12, 4);  // data
    expect(true, plane + 0x10, 2);   // left
    expect(true, plane + 0x16, 3);   // right
    expect(true, plane + 0x20, 9);   // below
  }
  EXPECT_FALSE(bursts.next().has_value());
  EXPECT_FALSE(bursts.next().has_value());
}

TEST(DmaParametersTest, BurstMustFillTheDataPath) {
  EXPECT_TRUE(DmaParameters{}.problems().empty());
  DmaParameters parameters;
  parameters.bus_bytes = 128;
  ASSERT_EQ(parameters.problems().size(), 1u);
  EXPECT_EQ(parameters.problems()[0].parameter, "burst_bytes");
  EXPECT_THAT(parameters.problems()[0].message, ::testing::HasSubstr("at least bus_bytes"));
}

}  // namespace
}  // namespace terse::dma
