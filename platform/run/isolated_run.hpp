#pragma once
// A run in a process of its own. SystemC elaborates once per process, and a run that crashes takes nobody with it.
#include <memory>
#include <nlohmann/json.hpp>

#include "compiler/quantized_network.hpp"
#include "platform/process/child_process.hpp"
#include "platform/run/scenario.hpp"

namespace terse::run {

/// What came of it: a result, or a failure with its reason.
struct IsolatedOutcome {
  int exit_code = 0;              ///< Of run_scenario(); 2 when the input was refused.
  nlohmann::ordered_json result;  ///< result.json; null when there is none.
  std::string failure;            ///< refused | guest | crash | timeout; empty for a good or a wrong result.
  std::string reason;
  std::string errors;  ///< The end of stderr.
  double seconds = 0;
};

/// The work of the child. `network` is that of the scenario when it is known already, else null.
std::string simulate_for_parent(Scenario& scenario, const compiler::QuantizedNetwork* network);
/// What the parent makes of the child's end.
IsolatedOutcome outcome_of(const process::Ending& ending);

/// Runs and waits.
IsolatedOutcome run_isolated(Scenario& scenario);

}  // namespace terse::run
