// A point is known again by everything that could change its result, and by nothing else.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "platform/netlist/module_type.hpp"
#include "platform/sweep/sweep.hpp"
#include "tests/platform/program.hpp"

namespace terse::sweep {
namespace {

class Hash : public ::testing::Test {
 protected:
  Hash() { netlist::register_types(); }

  /// Of the first point of a sweep of this scenario.
  std::string hash(const std::string& rest, const std::vector<std::string>& settings = {},
                   const std::string& name = "s.yaml") const {
    Sweep sweep(folder_.write(name, fmt::format("network: {0}/scenarios/networks/fashion.onnx\n"
                                                "platform: {{include: {0}/scenarios/platforms/reference.yaml}}\n{1}"
                                                "sweep: {{grid: {{platform.dma.channels: [1, 2]}}}}\n",
                                                TERSE_SOURCE_DIR, rest)),
                settings);
    run::Scenario scenario = sweep.scenario_of(sweep.points().front());
    return sweep.hash_of(scenario);
  }

  testing::Workspace folder_;
};

TEST_F(Hash, IsThatOfTheConfigurationNotOfItsNotation) {
  EXPECT_EQ(hash(""), hash("# a comment\nrun: {timing: approximate}\n", {}, "another name.yaml"));
  EXPECT_EQ(hash("dataset: {images: 3}\n"), hash("", {"dataset.images=3"}));
  EXPECT_EQ(hash("name: a\ndescription: b\n"), hash(""));
}

TEST_F(Hash, ChangesWithEveryParameterAndExpectation) {
  EXPECT_NE(hash(""), hash("dataset: {images: 3}\n"));
  EXPECT_NE(hash(""), hash("", {"platform.spu.lanes=8"}));
  EXPECT_NE(hash(""), hash("expect: [{metric: cycles, at_most: 1}]\n"));
  EXPECT_NE(hash("expect: [{metric: cycles, at_most: 1}]\n"), hash("expect: [{metric: cycles, at_most: 2}]\n"));
}

TEST_F(Hash, ChangesWithTheContentsOfFiles) {
  const std::string pixels(784, '\1');
  const auto inputs = folder_.write("inputs.raw", pixels);
  const std::string dataset = fmt::format("dataset: {{type: files, inputs: {}, images: 1}}\n", inputs.string());
  const std::string before = hash(dataset);
  EXPECT_EQ(hash(dataset), before);
  (void)folder_.write("inputs.raw", std::string(784, '\2'));
  EXPECT_NE(hash(dataset), before);
  (void)folder_.write("inputs.raw", pixels);
  EXPECT_EQ(hash(dataset), before);
}

TEST(ContentHashes, OfANetworkTakeInTheFilesThatItNames) {
  const testing::Workspace folder;
  const auto network = folder.write("net.onnx", "weights are in big.bin");
  (void)folder.write("big.bin", "1");
  (void)folder.write("other.bin", "1");
  const std::string before = ContentHashes().of_network(network);
  (void)folder.write("other.bin", "2");
  EXPECT_EQ(ContentHashes().of_network(network), before);
  (void)folder.write("big.bin", "2");
  EXPECT_NE(ContentHashes().of_network(network), before);
}

TEST(ContentHashes, OfAFolderAreThoseOfItsFilesAndNames) {
  const testing::Workspace folder;
  (void)folder.write("a", "1");
  const std::string before = ContentHashes().of(folder.path());
  (void)folder.write("b", "");
  EXPECT_NE(ContentHashes().of(folder.path()), before);
}

}  // namespace
}  // namespace terse::sweep
