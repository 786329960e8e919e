#pragma once
// The scenario's network as an all-int8 and an all-ternary machine would run it, for comparison: one inference each, in
// processes of their own (SystemC simulates one platform per process), at the same time as the run itself.
#include <string>
#include <vector>

#include "compiler/quantized_network.hpp"
#include "platform/run/result.hpp"
#include "platform/run/scenario.hpp"

namespace terse::run {

class Baselines {
 public:
  /// Starts the child processes, if `run.baselines` asks for them and the network has mixed layers. Must be called before
  /// anything of SystemC exists.
  ///   int8             every layer with weights in int8, on the same platform with tmac.weight_type int8: as many
  ///                    multipliers, so equal throughput
  ///   ternary          without the high-precision part, on the same platform
  ///   int8_equal_area  as int8, with the largest array that takes no more area (make_equal_area)
  ///   int4, int4_equal_area  likewise
  Baselines(Scenario& scenario, const compiler::QuantizedNetwork& network);
  /// Kills children whose results nobody collected.
  ~Baselines();
  Baselines(const Baselines&) = delete;
  Baselines& operator=(const Baselines&) = delete;

  /// Waits for the children. `cycles` and `energy_pj` are the run's own, per inference.
  std::vector<BaselineResult> collect(double cycles, double energy_pj);

 private:
  struct Child {
    std::string name;
    int process = -1;
    int pipe = -1;
  };

  void start(std::size_t machine, Scenario& scenario, const compiler::QuantizedNetwork& network);

  std::vector<Child> children_;
};

}  // namespace terse::run
