#include "explore/grid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "tests/support/temporary_path.hpp"

namespace terse::explore {
namespace {

using testing::HasSubstr;

class GridTest : public testing::Test {
 protected:
  GridTest() : folder_("grid") {
    std::filesystem::create_directories(folder_.path());
    for (const char* part : {"train", "t10k"}) {
      const std::string name = std::string(part);
      std::ofstream(folder_.path() / (name + "-images-idx3-ubyte"), std::ios::binary)
          << std::string("\0\0\x08\x03\0\0\0\2\0\0\0\1\0\0\0\2\1\2\3\4", 20);
      std::ofstream(folder_.path() / (name + "-labels-idx1-ubyte"), std::ios::binary)
          << std::string("\0\0\x08\x01\0\0\0\2\0\1", 10);
    }
  }

  Grid grid(const std::string& text, const std::vector<std::string>& settings = {}) const {
    std::ofstream(folder_.path() / "grid.yaml") << "data: {set: idx, path: .}\n" << text;
    return Grid(folder_.path() / "grid.yaml", settings);
  }

  std::string message_of(const std::string& text) const {
    try {
      (void)grid(text);
    } catch (const configuration::ConfigurationError& error) {
      return error.what();
    }
    return "no error";
  }

  test::TemporaryPath folder_;
};

TEST_F(GridTest, PointsThatComeToTheSameAreThereOnce) {
  const Grid all = grid(
      "sweep:\n  grid:\n    weights.density: [0, 0.125, 1]\n    weights.pattern: ['1:m', '1:8', unstructured]\n"
      "    seed: [1, 2]\n");
  // Density 0 and 1 have no pattern, and 1:m at 1/8 is 1:8, which fixes its density: 4 networks a seed.
  EXPECT_EQ(all.points().size(), 8U);
  std::set<std::string> floats;
  for (const GridPoint& point : all.points()) floats.insert(point.float_hash);
  EXPECT_EQ(floats.size(), 2U);
}

TEST_F(GridTest, TheDatasContentsCountNotTheirPlace) {
  const std::string here = grid("seed: 1\n").points()[0].hash;
  const test::TemporaryPath other("copy");
  std::filesystem::copy(folder_.path(), other.path());
  EXPECT_EQ(grid("seed: 1\n", {"data.path=" + other.path().string()}).points()[0].hash, here);
  std::ofstream(other.path() / "t10k-labels-idx1-ubyte", std::ios::binary)
      << std::string("\0\0\x08\x01\0\0\0\2\1\1", 10);
  EXPECT_NE(grid("seed: 1\n", {"data.path=" + other.path().string()}).points()[0].hash, here);
}

TEST_F(GridTest, SaysEverythingThatIsWrongOnce) {
  const std::string message = message_of("sweep: {grid: {weights.pattern: [blok, '9:4'], seed: [1, 2, 3]}}\n");
  EXPECT_THAT(message, testing::AllOf(HasSubstr("blok"), HasSubstr("9:4")));
  EXPECT_EQ(message.find("blok"), message.rfind("'blok'") + 1);
  EXPECT_THAT(message_of("sweep: {grid: {weights.densty: [0]}}\n"), HasSubstr("density"));
}

}  // namespace
}  // namespace terse::explore
