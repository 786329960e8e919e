#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "compiler/compiler.hpp"
#include "tests/compiler/random_network.hpp"

namespace terse::compiler {
namespace {

using ::testing::HasSubstr;

TEST(Explain, HasALinePerLayerATotalAndAlignedColumns) {
  testing::RandomNetwork random(12);
  const CompiledNetwork compiled = compile(random.network(), {1u << 16, 4096, 16, 16, 4, 8, 1u << 20});
  std::istringstream text(explain(compiled));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), compiled.network.layers.size() + 3);  // header, total, image
  std::uint64_t weight_bytes = 0;
  for (std::size_t i = 0; i < compiled.plans.size(); ++i) {
    EXPECT_THAT(lines[i + 1], HasSubstr(compiled.network.layers[i].name));
    EXPECT_EQ(lines[i + 1].size(), lines[0].size());
    weight_bytes += compiled.plans[i].weight_bytes;
  }
  EXPECT_THAT(lines[lines.size() - 2], HasSubstr(std::to_string(weight_bytes)));
  EXPECT_THAT(lines.back(), HasSubstr(std::to_string(compiled.image.size())));
}

}  // namespace
}  // namespace terse::compiler
