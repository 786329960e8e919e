// Which blocks a write to memory takes away, and what it leaves alone.
#include "models/riscv/block_cache.hpp"

#include <gtest/gtest.h>

namespace terse::riscv {
namespace {

class BlockCacheTest : public ::testing::Test {
 protected:
  BlockCache cache;

  Block& add(std::uint32_t first, std::uint64_t end, Mode mode = Mode::machine) {
    auto block = std::make_unique<Block>();
    block->pc = first;
    block->end = end;
    block->mode = mode;
    block->bound = block->real_bound = 5;
    source_.emplace_back(std::make_unique<std::uint8_t[]>(end - first));
    block->source = source_.back().get();
    block->bytes.assign(end - first, 0);
    return cache.insert(std::move(block));
  }
  std::uint8_t* last_source() { return source_.back().get(); }

 private:
  std::vector<std::unique_ptr<std::uint8_t[]>> source_;
};

TEST_F(BlockCacheTest, FindsABlockByAddressModeAndKind) {
  Block& machine = add(0x1000, 0x1010);
  Block& user = add(0x1000, 0x1010, Mode::user);
  EXPECT_EQ(cache.find(0x1000, Mode::machine, false), &machine);
  EXPECT_EQ(cache.find(0x1000, Mode::user, false), &user);
  EXPECT_EQ(cache.find(0x1000, Mode::machine, true), nullptr);
  EXPECT_EQ(cache.find(0x1002, Mode::machine, false), nullptr);
}

TEST_F(BlockCacheTest, AWriteTakesTheBlocksWhoseBytesItTouches) {
  Block& before = add(0x1000, 0x1010);
  Block& touched = add(0x1010, 0x1090);  // over three lines
  Block& after = add(0x1090, 0x10a0);
  EXPECT_FALSE(cache.written(0x10a0, 4)) << "in a line with code, but not in a block";
  EXPECT_TRUE(cache.written(0x108f, 1));
  EXPECT_TRUE(before.valid);
  EXPECT_FALSE(touched.valid);
  EXPECT_EQ(touched.bound, Block::never) << "nobody may enter it any more";
  EXPECT_TRUE(after.valid);
  EXPECT_EQ(cache.find(0x1010, Mode::machine, false), nullptr);
  EXPECT_FALSE(cache.written(0x1010, 4)) << "it is gone already";
  EXPECT_TRUE(cache.written(0x100e, 4));
  EXPECT_FALSE(before.valid);
}

TEST_F(BlockCacheTest, LinesWithCodeAreMarkedAsLongAsThereIsSome) {
  add(0x1000, 0x1010);
  add(0x1030, 0x1044);
  EXPECT_TRUE(cache.may_hold(0x1020));
  EXPECT_TRUE(cache.may_hold(0x1040));
  EXPECT_FALSE(cache.may_hold(0x1080));
  EXPECT_TRUE(cache.written(0x1040, 4));
  EXPECT_FALSE(cache.may_hold(0x1040));
  EXPECT_TRUE(cache.may_hold(0x1000));
  cache.clear();
  EXPECT_FALSE(cache.may_hold(0x1000));
  EXPECT_EQ(cache.size(), 0u);
}

TEST_F(BlockCacheTest, TheEndOfTheAddressSpaceIsNoEdgeCase) {
  Block& last = add(0xfffffff0, 0x100000000);
  EXPECT_TRUE(cache.may_hold(0xffffffff));
  EXPECT_TRUE(cache.written(0xfffffffc, 4));
  EXPECT_FALSE(last.valid);
}

TEST_F(BlockCacheTest, VerificationTakesWhatNoLongerMatchesItsSource) {
  Block& same = add(0x1000, 0x1010);
  Block& changed = add(0x2000, 0x2010);
  last_source()[15] = 1;
  cache.verify();
  EXPECT_TRUE(same.valid);
  EXPECT_FALSE(changed.valid);
}

TEST_F(BlockCacheTest, ABlockThatGoesLeavesTheJumpCache) {
  Block& block = add(0x1000, 0x1010);
  cache.jump_cache(Mode::machine).at(0x1000) = {
      .pc = 0x1000, .entry_latency = 0, .block = &block, .translation = nullptr};
  cache.written(0x1000, 2);
  EXPECT_NE(cache.jump_cache(Mode::machine).at(0x1000).pc, 0x1000u);
}

}  // namespace
}  // namespace terse::riscv
