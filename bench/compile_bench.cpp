// How long the compiler takes: compile_bench SCENARIO.yaml ..., for each the network's making and its compilation, in
// host seconds, the best of three.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <systemc>

#include "platform/run/network_source.hpp"
#include "platform/run/scenario.hpp"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

int sc_main(int count, char* arguments[]) {
  constexpr int repetitions = 3;
  fmt::print("{:<20} {:>6} {:>8} {:>10} {:>10}\n", "network", "layers", "tiles", "network s", "compile s");
  for (int i = 1; i < count; ++i) {
    try {
      const terse::run::Scenario scenario = terse::run::read_scenario(arguments[i], {});
      const auto start = Clock::now();
      const terse::compiler::QuantizedNetwork network = terse::run::network_of(scenario);
      const double making = seconds_since(start);
      double best = 1e9;
      std::size_t tiles = 0;
      for (int repetition = 0; repetition < repetitions; ++repetition) {
        const auto begin = Clock::now();
        const auto compiled = terse::run::compile_for(scenario, network);
        best = std::min(best, seconds_since(begin));
        tiles = 0;
        for (const auto& plan : compiled.plans) tiles += plan.tiles.size();
      }
      fmt::print("{:<20} {:>6} {:>8} {:>10.2f} {:>10.2f}\n", scenario.name, network.layers.size(), tiles, making, best);
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}: {}\n", arguments[i], error.what());
      return 2;
    }
  }
  return 0;
}
