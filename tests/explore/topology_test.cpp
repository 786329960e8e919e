#include "explore/topology.hpp"

#include <gtest/gtest.h>

#include <set>

namespace terse::explore {
namespace {

TEST(Topology, CountsMultiplyAccumulates) {
  // Width 8: stem 28*28*8*9, block1 2*28*28*8*72, block2 14*14*16*(72 + 144 + 8), block3 7*7*32*(144 + 288 + 16), fc.
  EXPECT_EQ(topology_of("fashion", 0, 0, {28, 28, 1}, 10).macs(), 56448 + 903168 + 702464 + 702464 + 320);
  // MLPerf Tiny states 12.5 million for its ResNet-8.
  EXPECT_EQ(topology_of("resnet8", 0, 0, {32, 32, 3}, 10).macs(), 12501632);
  // He et al. 2015, table 6: 0.27 million parameters for ResNet-20; 1 x 1 shortcuts add 2,560 of them.
  EXPECT_EQ(topology_of("resnet20", 0, 0, {32, 32, 3}, 10).weights(), 270896);
}

TEST(Topology, EveryNodeReadsWhatIsThere) {
  for (const std::string& name : topology_names()) {
    for (const int depth : {1, 2, 3}) {
      const Topology topology = topology_of(name, 6, depth, {32, 32, 3}, 7);
      std::set<std::string> defined{"image"};
      for (const Node& node : topology.nodes) {
        EXPECT_TRUE(defined.contains(node.input)) << name << " " << node.name;
        EXPECT_TRUE(node.residual.empty() || defined.contains(node.residual)) << name << " " << node.name;
        EXPECT_TRUE(defined.insert(node.name).second) << name << " " << node.name;
      }
      EXPECT_EQ(topology.nodes.back().output_channels, 7);
    }
  }
}

TEST(Topology, FirstAndLastLayersKeepAllWeightsPreciseUnlessAsked) {
  const auto precise = [](bool split) {
    std::set<std::string> names;
    for (const Node& node : topology_of("ds_cnn", 8, 2, {28, 28, 1}, 10, split).nodes) {
      if (node.all_precise) names.insert(node.name);
    }
    return names;
  };
  EXPECT_EQ(precise(false), (std::set<std::string>{"stem", "depthwise1", "depthwise2", "fc"}));
  EXPECT_EQ(precise(true), (std::set<std::string>{"depthwise1", "depthwise2"}));
}

TEST(Topology, RefusesUnknownNames) {
  EXPECT_THROW(topology_of("vgg19", 0, 0, {}, 10), std::invalid_argument);
}

}  // namespace
}  // namespace terse::explore
