#include "models/bus/address_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace terse {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t last_address = std::numeric_limits<std::uint64_t>::max();

AddressRegion region(const std::string& name, std::uint64_t base, std::uint64_t size) {
  return {.name = name, .base = base, .size = size, .target = 0};
}

AddressMap two_regions() {
  AddressMap map;
  map.add(region("high", 0x8000, 0x1000));
  map.add(region("low", 0x1000, 0x1000));
  return map;
}

TEST(AddressMap, FindsTheRegionOfItsFirstAndLastByteOnly) {
  const AddressMap map = two_regions();
  EXPECT_EQ(map.find(0x0FFF), nullptr);
  ASSERT_NE(map.find(0x1000), nullptr);
  EXPECT_EQ(map.find(0x1000)->name, "low");
  EXPECT_EQ(map.find(0x1FFF)->name, "low");
  EXPECT_EQ(map.find(0x2000), nullptr);
  EXPECT_EQ(map.find(0x8000)->name, "high");
  EXPECT_EQ(map.find(0x8FFF)->name, "high");
  EXPECT_EQ(map.find(0x9000), nullptr);
  EXPECT_EQ(map.find(last_address), nullptr);
}

TEST(AddressMap, HolesEndAtTheNeighbours) {
  const AddressMap map = two_regions();
  EXPECT_EQ(map.hole(0).first, 0u);
  EXPECT_EQ(map.hole(0).last, 0x0FFFu);
  EXPECT_EQ(map.hole(0x5000).first, 0x2000u);
  EXPECT_EQ(map.hole(0x5000).last, 0x7FFFu);
  EXPECT_EQ(map.hole(0x9000).first, 0x9000u);
  EXPECT_EQ(map.hole(0x9000).last, last_address);
}

TEST(AddressMap, NeighboursTouchWithoutOverlap) {
  AddressMap map = two_regions();
  EXPECT_NO_THROW(map.add(region("between", 0x2000, 0x6000)));
  EXPECT_EQ(map.find(0x2000)->name, "between");
  EXPECT_EQ(map.find(0x7FFF)->name, "between");
}

struct Overlap {
  const char* what;
  std::uint64_t base;
  std::uint64_t size;
};
class AddressMapOverlap : public ::testing::TestWithParam<Overlap> {};

TEST_P(AddressMapOverlap, NamesBothRegionsAndTheirAddressesAndLeavesTheMapAlone) {
  AddressMap map = two_regions();
  try {
    map.add(region("intruder", GetParam().base, GetParam().size));
    FAIL() << "no error";
  } catch (const AddressMapError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'intruder'"));
    EXPECT_THAT(error.what(), HasSubstr("'low' [0x00001000, 0x00001fff]"));
    EXPECT_EQ(error.region().name, "intruder");
    ASSERT_TRUE(error.other().has_value());
    EXPECT_EQ(error.other()->name, "low");
  }
  EXPECT_EQ(map.regions().size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(AllKinds, AddressMapOverlap,
                         ::testing::Values(Overlap{"end", 0x0800, 0x801}, Overlap{"begin", 0x1FFF, 0x10},
                                           Overlap{"inside", 0x1100, 0x10}, Overlap{"around", 0x0, 0x4000},
                                           Overlap{"same", 0x1000, 0x1000}),
                         [](const auto& overlap) { return std::string(overlap.param.what); });

TEST(AddressMap, RefusesEmptyAndEndlessRegions) {
  AddressMap map;
  EXPECT_THROW(map.add(region("nothing", 0x1000, 0)), AddressMapError);
  EXPECT_THROW(map.add(region("too long", last_address - 15, 17)), AddressMapError);
  EXPECT_NO_THROW(map.add(region("to the end", last_address - 15, 16)));
  EXPECT_NE(map.find(last_address), nullptr);
}

}  // namespace
}  // namespace terse
