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
  ///   int8     every layer with weights in int8, on the same platform with tmac.weight_type int8 (at least)
  ///   ternary  without the high-precision part, on the same platform
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

  void start(const std::string& name, Scenario& scenario, const compiler::QuantizedNetwork& network);

  std::vector<Child> children_;
};

}  // namespace terse::run
