#include "compiler/memory_plan.hpp"

#include <gtest/gtest.h>

#include "tests/compiler/random_network.hpp"

namespace terse::compiler {
namespace {

/// A chain of layers over tensors of the given sizes; `residuals` are (layer, tensor).
QuantizedNetwork chain(const std::vector<std::uint32_t>& sizes,
                       const std::vector<std::pair<std::size_t, std::size_t>>& residuals = {}) {
  QuantizedNetwork network;
  for (const std::uint32_t size : sizes) {
    Tensor tensor;
    tensor.channels = size;
    network.tensors.push_back(tensor);
  }
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    Layer layer;
    layer.input = i;
    layer.output = i + 1;
    network.layers.push_back(layer);
  }
  for (const auto& [layer, tensor] : residuals) network.layers[layer].residual = tensor;
  network.output = sizes.size() - 1;
  return network;
}

TEST(MemoryPlan, InputAndOutputHaveRegionsOfTheirOwn) {
  const MemoryPlan plan = plan_memory(chain({100, 200, 10}));
  EXPECT_EQ(plan.places[0].region, image::Region::input);
  EXPECT_EQ(plan.places[1].region, image::Region::arena);
  EXPECT_EQ(plan.places[2].region, image::Region::output);
  EXPECT_EQ(plan.arena_bytes, 256u);  // 200 rounded up to 64
}

TEST(MemoryPlan, FreedBuffersAreUsedAgain) {
  // Tensors 1 and 3 are never live together: two buffers serve four tensors.
  const MemoryPlan plan = plan_memory(chain({1, 64, 64, 64, 64, 1}));
  EXPECT_EQ(plan.places[1].offset, plan.places[3].offset);
  EXPECT_EQ(plan.places[2].offset, plan.places[4].offset);
  EXPECT_EQ(plan.arena_bytes, 128u);
}

TEST(MemoryPlan, AResidualStaysUntilItIsRead) {
  const MemoryPlan plan = plan_memory(chain({1, 64, 64, 64, 64, 1}, {{3, 1}}));
  EXPECT_NE(plan.places[1].offset, plan.places[3].offset);
  EXPECT_EQ(plan.arena_bytes, 192u);
}

TEST(MemoryPlan, LiveTensorsNeverOverlap) {
  for (std::uint32_t seed = 1; seed < 100; ++seed) {
    testing::RandomNetwork random(seed);
    const QuantizedNetwork network = random.network();
    const MemoryPlan plan = plan_memory(network);
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      const Layer& layer = network.layers[i];
      for (std::size_t operand : {layer.input, layer.residual}) {
        if (operand == Layer::no_tensor || plan.places[operand].region != plan.places[layer.output].region) continue;
        const std::uint64_t a = plan.places[operand].offset, b = plan.places[layer.output].offset;
        EXPECT_TRUE(a + network.tensors[operand].bytes() <= b || b + network.tensors[layer.output].bytes() <= a);
      }
    }
  }
}

}  // namespace
}  // namespace terse::compiler
