#include "models/scratchpad/bank_layout.hpp"

#include <gtest/gtest.h>

#include <map>

namespace terse {
namespace {

using Interleaving = BankLayout::Interleaving;
using Load = std::map<std::uint32_t, std::uint64_t>;

Load load_of(const BankLayout& layout, std::uint64_t address, std::uint64_t length) {
  Load load;
  layout.for_each_bank(address, length, [&](std::uint32_t bank, std::uint64_t words) {
    EXPECT_FALSE(load.contains(bank)) << "bank " << bank << " visited twice";
    load[bank] = words;
  });
  return load;
}

TEST(BankLayout, WordInterleavingGoesRound) {
  const BankLayout layout(1024, 4, 8, Interleaving::word);
  EXPECT_EQ(layout.depth(), 32u);
  EXPECT_EQ(load_of(layout, 0, 8), (Load{{0, 1}}));
  EXPECT_EQ(load_of(layout, 7, 2), (Load{{0, 1}, {1, 1}}));
  EXPECT_EQ(load_of(layout, 24, 16), (Load{{0, 1}, {3, 1}}));
  EXPECT_EQ(load_of(layout, 8, 48), (Load{{0, 1}, {1, 2}, {2, 2}, {3, 1}}));
}

TEST(BankLayout, BlockInterleavingFillsABankFirst) {
  const BankLayout layout(1024, 4, 8, Interleaving::block);
  EXPECT_EQ(load_of(layout, 0, 256), (Load{{0, 32}}));
  EXPECT_EQ(load_of(layout, 255, 2), (Load{{0, 1}, {1, 1}}));
  EXPECT_EQ(load_of(layout, 0, 1024), (Load{{0, 32}, {1, 32}, {2, 32}, {3, 32}}));
}

// Oracle: the bank of each byte's word, counted one by one.
TEST(BankLayout, EveryRangeAgreesWithCountingBytes) {
  constexpr std::uint64_t size = 96;
  for (const Interleaving interleaving : {Interleaving::word, Interleaving::block}) {
    for (const std::uint32_t banks : {1u, 2u, 4u}) {
      const std::uint32_t width = 4;
      const BankLayout layout(size, banks, width, interleaving);
      for (std::uint64_t address = 0; address < size; ++address) {
        for (std::uint64_t length = 1; address + length <= size; ++length) {
          Load expected;
          for (std::uint64_t word = address / width; word * width < address + length; ++word) {
            const std::uint64_t bank =
                interleaving == Interleaving::word ? word % banks : word * width / (size / banks);
            ++expected[static_cast<std::uint32_t>(bank)];
          }
          ASSERT_EQ(load_of(layout, address, length), expected) << address << "+" << length << " banks " << banks;
        }
      }
    }
  }
}

}  // namespace
}  // namespace terse
