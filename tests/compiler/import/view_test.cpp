// Views against the row-major arithmetic they stand for.
#include "compiler/import/view.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace terse::compiler::importer {
namespace {

using Offsets = std::vector<std::uint32_t>;

/// Executes blocks on a tensor that holds its own offsets.
Offsets executed(const std::vector<RearrangeOperation::Block>& blocks, std::size_t size) {
  Offsets out(size, 9999);
  for (const auto& block : blocks) {
    const std::size_t count = std::accumulate(block.extents.begin(), block.extents.end(), std::size_t{1},
                                              [](std::size_t a, std::uint32_t b) { return a * b; });
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t rest = i;
      std::int64_t source = block.source, destination = block.destination;
      for (std::size_t d = block.extents.size(); d-- > 0;) {
        const auto index = static_cast<std::int64_t>(rest % block.extents[d]);
        rest /= block.extents[d];
        source += index * block.source_strides[d];
        destination += index * block.destination_strides[d];
      }
      out.at(static_cast<std::size_t>(destination)) = static_cast<std::uint32_t>(source);
    }
  }
  return out;
}

TEST(View, AnImageSeenByItsFile) {
  const View image({1, 2, 2, 3}, {0, 2, 3, 1});  // stored [2][3][2]
  EXPECT_EQ(image.shape(), (Shape{1, 2, 2, 3}));
  EXPECT_EQ(image.offsets(), (Offsets{0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}));
  EXPECT_TRUE(image.is_packed({0, 2, 3, 1}));
  EXPECT_FALSE(image.is_packed({0, 1, 2, 3}));
  EXPECT_EQ(image.memory_order(), (std::vector<std::size_t>{0, 2, 3, 1}));
  EXPECT_EQ(image.transposed({0, 2, 3, 1}).memory_order(), (std::vector<std::size_t>{0, 1, 2, 3}));
}

TEST(View, ReshapingKeepsTheFilesOrder) {
  const View image({1, 4, 2, 3}, {0, 2, 3, 1});
  for (const Shape& shape : {Shape{1, 24}, Shape{4, 6}, Shape{2, 2, 6}, Shape{1, 2, 2, 2, 3}, Shape{8, 3}}) {
    const auto other = image.reshaped(shape);
    ASSERT_TRUE(other);
    EXPECT_EQ(other->shape(), shape);
    EXPECT_EQ(other->offsets(), image.offsets());
  }
  EXPECT_FALSE(image.reshaped({3, 8})) << "it would cut the four channels into three";
  const View row({1, 24}, {0, 1});
  EXPECT_TRUE(row.reshaped({3, 8}));
}

TEST(View, SlicesStepThroughTheTensor) {
  const View rows({4, 6}, {0, 1});
  const auto part = rows.sliced(0, 1, 2)->sliced(1, 1, 3, 2);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->offsets(), (Offsets{7, 9, 11, 13, 15, 17}));
  EXPECT_FALSE(part->is_packed({0, 1}));
}

TEST(View, CopiesOfEveryKind) {
  const View image({1, 4, 2, 3}, {0, 2, 3, 1});
  const View packed({1, 4, 2, 3}, {0, 1, 2, 3});
  EXPECT_EQ(executed(View::copy(image, packed, 0), 24), image.offsets());
  // An axis of two factors to one of one, and six axes that do not join.
  const View merged = *View({2, 3, 4}, {1, 0, 2}).reshaped({6, 4});
  EXPECT_EQ(executed(View::copy(merged, View({6, 4}, {0, 1}), 0), 24), merged.offsets());
  const View reversed({2, 2, 2, 2, 2, 2}, {5, 4, 3, 2, 1, 0});
  const auto blocks = View::copy(reversed, View({2, 2, 2, 2, 2, 2}, {0, 1, 2, 3, 4, 5}), 0);
  EXPECT_EQ(blocks.size(), 2U) << "a block has five extents";
  EXPECT_EQ(executed(blocks, 64), reversed.offsets());
  // Factors that cut at different places are copied element by element.
  const View two_by_three = *View({2, 3}, {1, 0}).reshaped({6}), three_by_two = *View({3, 2}, {1, 0}).reshaped({6});
  Offsets expected(6);
  for (std::size_t i = 0; i < 6; ++i) expected[three_by_two.offsets()[i]] = two_by_three.offsets()[i];
  EXPECT_EQ(executed(View::copy(two_by_three, three_by_two, 0), 6), expected);
}

TEST(View, RepeatedElementsReadTheSame) {
  const View row({1, 3}, {0, 1});
  EXPECT_EQ(row.repeated(1, 2).offsets(), (Offsets{0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(executed(View::copy(row.repeated(1, 2), View({1, 6}, {0, 1}), 0), 6), (Offsets{0, 0, 1, 1, 2, 2}));
}

}  // namespace
}  // namespace terse::compiler::importer
