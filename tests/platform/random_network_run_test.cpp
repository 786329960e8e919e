// Random networks, with groups, zero points and layers of the core, on the platform: driver, core and units together give
// the reference's bits, in every timing level and superposition, also on small hardware.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "platform/netlist/module_type.hpp"
#include "platform/run/runner.hpp"
#include "platform/run/scenario.hpp"
#include "tests/compiler/random_network.hpp"
#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

constexpr int verified = 0, wrong = 1, threw = 2;

/// In a process of its own, because SystemC elaborates once.
int run_seed(const std::filesystem::path& file, std::uint32_t seed) {
  constexpr std::array levels = {"functional", "approximate", "cycle"};
  constexpr std::array superpositions = {"sequential", "concurrent", "fused"};
  std::vector<std::string> settings = {std::string("run.timing=") + levels[seed % 3],
                                       std::string("run.superposition=") + superpositions[seed / 3 % 3],
                                       "run.baselines=none"};
  if (seed % 2 == 0)
    settings.insert(settings.end(), {"platform.scratchpad.size=16384", "platform.merge.accumulators=256"});
  if (seed % 5 == 0) settings.push_back("platform.tmac.weight_type=int8");
  try {
    netlist::register_types();
    run::Scenario scenario = run::read_scenario(file, settings);
    RandomNetwork random(seed, true);
    compiler::QuantizedNetwork network = random.network();
    for (compiler::Layer& layer : network.layers) {
      // The reference platform's fused lanes and weights of 8 bits.
      if (layer.value_bits != 16) continue;
      layer.value_bits = 8;
      for (std::int16_t& value : layer.high_precision) value = static_cast<std::int16_t>(value / 256);
    }
    const run::RunResult result = run::run_network(scenario, std::move(network));
    return result.verified ? verified : wrong;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return threw;
  }
}

TEST(RandomNetworks, AreVerifiedOnThePlatform) {
  const Workspace folder;
  const auto file = folder.write("s.yaml", "platform: " TERSE_SOURCE_DIR
                                           "/scenarios/platforms/reference.yaml\n"
                                           "network: {input: {channels: 4}, layers: [{fully_connected: 2}]}\n"
                                           "dataset: {type: random, images: 2, seed: 3}\n");
  for (std::uint32_t seed = 1; seed <= 36; ++seed) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) _exit(run_seed(file, seed));
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == verified)
        << "seed " << seed << " ended with " << (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  }
}

}  // namespace
}  // namespace terse::testing
