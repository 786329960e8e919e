// The trained network that the project ships: imports, compiles, and its image computes what the reference does.
#include <gtest/gtest.h>

#include <filesystem>

#include "compiler/compiler.hpp"
#include "compiler/reference/reference.hpp"
#include "tests/compiler/image_interpreter.hpp"
#include "tests/compiler/random_network.hpp"

namespace terse::compiler {
namespace {

const std::filesystem::path networks = std::filesystem::path(TERSE_SOURCE_DIR) / "scenarios/networks";

class Fashion : public ::testing::TestWithParam<const char*> {};

TEST_P(Fashion, ImageEqualsTheReference) {
  const QuantizedNetwork network = import_onnx(networks / GetParam(), {});
  EXPECT_EQ(network.tensors[network.input].elements(), 28u * 28u);
  EXPECT_EQ(network.tensors[network.output].elements(), 10u);
  EXPECT_EQ(network.tensors[network.output].bits, 32u);
  const CompiledNetwork compiled = compile(network, {32 * 1024, 2048, 8, 8, 4, 8, 1u << 22});
  testing::RandomNetwork random(1);
  const std::vector<std::uint8_t> input = random.input(network);
  testing::ImageInterpreter interpreter(compiled.image, testing::Overlap::late_stores);
  const std::vector<std::uint8_t> output = interpreter.run(input);
  const std::vector<std::int32_t> expected = reference::evaluate(network, input)[network.output];
  for (std::size_t i = 0; i < expected.size(); ++i) {
    std::uint32_t word = 0;
    for (std::size_t byte = 0; byte < 4; ++byte) word |= std::uint32_t{output[4 * i + byte]} << 8 * byte;
    EXPECT_EQ(static_cast<std::int32_t>(word), expected[i]) << "logit " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, Fashion,
                         ::testing::Values("fashion.onnx", "fashion_int8.onnx", "fashion_ternary.onnx"));

TEST(FashionDecomposition, MixedLayersAreOneInThirtyTwo) {
  const QuantizedNetwork network = import_onnx(networks / "fashion.onnx", {});
  std::size_t mixed = 0;
  for (const Layer& layer : network.layers) {
    if (layer.ternary.empty() || layer.high_precision.empty()) continue;
    ++mixed;
    EXPECT_EQ(layer.pattern.kind, Pattern::Kind::n_of_m) << layer.name;
    EXPECT_EQ(layer.pattern.n, 1u);
  }
  EXPECT_GE(mixed, 6u);
}

TEST(FashionDecomposition, TheFloatNetworkIsRefused) {
  EXPECT_THROW(import_onnx(networks / "fashion_float.onnx", {}), CompileError);
}

}  // namespace
}  // namespace terse::compiler
