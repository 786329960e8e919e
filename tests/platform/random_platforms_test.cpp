// Random small networks on random machines, in every timing level: the bits of the golden reference, the same outputs, and
// every cycle of every unit in one cause. A failure prints the scenario, which can be saved and run as it is.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

class RandomScenario {
 public:
  explicit RandomScenario(std::uint32_t seed) : seed_(seed), random_(seed) {}

  std::string yaml() {
    std::string text = fmt::format("name: random_{}\n", seed_) + network();
    text += fmt::format("dataset: {{type: random, images: 1, seed: {}, density: {}}}\n", seed_,
                        one_of<double>({0, 0.3, 1}));
    const std::string superposition = one_of<std::string>({"sequential", "concurrent", "fused"});
    const bool fused = superposition == "fused";  // rows belong to output channels, not to lanes
    const std::string dataflow = fused ? one_of<std::string>({"gather", "broadcast"})
                                       : one_of<std::string>({"gather", "broadcast", "activation_broadcast"});
    text += platform(fused, dataflow) + mapping(dataflow);
    return text + fmt::format("run: {{superposition: {}, baselines: none}}\n", superposition);
  }

 private:
  unsigned number(unsigned low, unsigned high) { return std::uniform_int_distribution<unsigned>(low, high)(random_); }
  template <typename T>
  T one_of(const std::vector<T>& choices) {
    return choices[number(0, static_cast<unsigned>(choices.size()) - 1)];
  }

  /// Kernels of 1 to 3 with strides and paddings that leave an output; few sizes divide others.
  std::string network() {
    std::string text =
        fmt::format("network:\n  name: random\n  seed: {}\n  input: {{height: {}, width: {}, channels: {}}}\n", seed_,
                    number(5, 9), number(5, 9), number(1, 9));
    const std::string weights = one_of<std::string>({"ternary", "mixed", "mixed", "sparse"});
    const std::string pattern = one_of<std::string>({"unstructured", "n_of_m", "dense"});
    text += fmt::format("  defaults: {{weights: {}", weights);
    if (weights != "ternary") text += fmt::format(", pattern: {}", pattern);
    if (weights != "ternary" && pattern == "unstructured") {
      text += fmt::format(", density: {}", one_of<double>({0.02, 0.3, 1}));
    }
    if (weights != "ternary" && pattern == "n_of_m") {
      text += fmt::format(", n: {}, m: {}", number(1, 2), one_of<int>({2, 5, 32}));
    }
    text += fmt::format(", value_bits: {}}}\n  layers:\n", one_of<int>({4, 8, 16}));
    for (unsigned layer = 0; layer < 2; ++layer) {
      const unsigned kernel = number(1, 3);
      text += fmt::format("    - {{conv: {}, kernel: {}, stride: {}, padding: {}}}\n", number(1, 37), kernel,
                          number(1, 2 + layer), kernel > 1 ? number(layer, 1) : 0);
    }
    return text + fmt::format("    - {{fully_connected: {}, relu: false}}\n", number(1, 11));
  }

  std::string platform(bool fused, const std::string& dataflow) {
    std::string text = fmt::format("platform:\n  include: {}/scenarios/platforms/reference.yaml\n", TERSE_SOURCE_DIR);
    const unsigned banks = 1u << number(0, 5), width = 4u << number(0, 2);
    text += fmt::format(
        "  scratchpad: {{banks: {}, bank_width: {}, interleaving: {}, arbitration: {}, read_latency: {}}}\n", banks,
        width, one_of<std::string>({"word", "block"}), one_of<std::string>({"round_robin", "fixed"}), number(0, 3));
    const std::string order = one_of<std::string>({"output_stationary", "weight_stationary", "unrolled"});
    const unsigned pixels = order == "unrolled" ? 1 : number(1, 3);
    const unsigned inputs = std::min(size(), banks * width / pixels);  // what the banks deliver in a cycle
    text += fmt::format(
        "  tmac: {{output_channels: {}, input_channels: {}, pixels: {}, dataflow: {}, fused_lanes: {}, "
        "fused_value_bits: 16",
        size(), inputs, pixels, order, fused ? number(1, 3) : 0);
    text +=
        fmt::format(", weight_buffers: {}, weight_type: {}, arbitration_priority: {}, arbitration_max_stall: {}}}\n",
                    number(1, 2), one_of<std::string>({"ternary", "int8"}), number(0, 2), number(0, 4));
    text += fmt::format("  spu: {{lanes: {}, dataflow: {}, gather_ports: {}, skip_zero_activations: {}, fifo_depth: {}",
                        size(), dataflow, number(0, 3), dataflow != "gather" && number(0, 1) == 1, number(1, 4));
    text += fmt::format(", value_buffers: {}, arbitration_priority: {}}}\n", number(1, 2), number(0, 2));
    text += fmt::format("  merge: {{output_channels: {}, accumulator_banks: {}, write_ahead: {}}}\n", size(),
                        1u << number(0, 4), number(1, 9));
    return text + fmt::format("  dma: {{channels: {}, arbitration_priority: {}}}\n", number(1, 2), number(0, 2));
  }
  /// Of an array's side: one often.
  unsigned size() { return number(0, 2) == 0 ? 1 : number(2, 24); }

  std::string mapping(const std::string& dataflow) {
    if (dataflow == "activation_broadcast") return "";  // which has one format
    return fmt::format("mapping: {{index_format: {}, lane_assignment: {}}}\n",
                       one_of<std::string>({"auto", "absolute", "relative", "bitmap"}),
                       one_of<std::string>({"interleaved", "balanced"}));
  }

  const std::uint32_t seed_;
  std::mt19937 random_;
};

/// Each unit's causes sum to its cycles, which are the same for all: the time of the run.
void expect_every_cycle_has_a_cause(const nlohmann::json& result) {
  const double cycles = result.at("cycles").get<double>();
  ASSERT_FALSE(result.at("stalls").empty());
  for (const auto& [unit, causes] : result.at("stalls").items()) {
    double sum = 0;
    for (const auto& cause : causes) sum += cause.get<double>();
    EXPECT_EQ(sum, cycles) << unit;
  }
}

void run_in_every_level(const std::string& file) {
  double checked = 0;
  for (const char* timing : {"functional", "approximate", "cycle"}) {
    SCOPED_TRACE(timing);
    const Outcome outcome = run_terse({"run", file, "--set", std::string("run.timing=") + timing, "--format", "json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors << outcome.output;
    const nlohmann::json result = nlohmann::json::parse(outcome.output, nullptr, false);
    ASSERT_FALSE(result.is_discarded());
    EXPECT_TRUE(result.at("verified"));
    const double outputs = result.at("checked_outputs").get<double>();
    EXPECT_TRUE(checked == 0 || outputs == checked) << "every level is compared with the golden reference alike";
    checked = outputs;
    expect_every_cycle_has_a_cause(result);
  }
}

TEST(RandomPlatforms, SameBitsInEveryLevelAndEveryCycleAccountedFor) {
  constexpr std::uint32_t first_seed = 1, scenarios = 40;
  const Workspace workspace;
  for (std::uint32_t seed = first_seed; seed < first_seed + scenarios; ++seed) {
    const std::string yaml = RandomScenario(seed).yaml();
    SCOPED_TRACE(yaml);
    run_in_every_level(workspace.write(fmt::format("random_{}.yaml", seed), yaml).string());
  }
}

}  // namespace
}  // namespace terse::testing
