#include "platform/run/isolated_run.hpp"

#include <iostream>

#include "platform/report/result_json.hpp"
#include "platform/run/dataset.hpp"
#include "platform/run/network_source.hpp"
#include "platform/run/runner.hpp"

namespace terse::run {
namespace {

using Json = nlohmann::ordered_json;

Json answer_of(Scenario& scenario, const compiler::QuantizedNetwork* network) {
  Progress progress;
  progress.guest_output = [](const std::string& line) { std::cerr << "guest: " << line << "\n"; };
  try {
    const RunResult result = run_network(scenario, network != nullptr ? *network : network_of(scenario), progress);
    return {{"exit_code", exit_code(result)}, {"result", report::to_json(result)}};
  } catch (const configuration::ConfigurationError& error) {
    return {{"refused", error.what()}};
  } catch (const compiler::CompileError& error) {
    return {{"refused", error.what()}};
  } catch (const DatasetError& error) {
    return {{"refused", error.what()}};
  } catch (const ElfError& error) {
    return {{"refused", error.what()}};
  }
}

}  // namespace

std::string simulate_for_parent(Scenario& scenario, const compiler::QuantizedNetwork* network) {
  return answer_of(scenario, network).dump();
}

IsolatedOutcome outcome_of(const process::Ending& ending) {
  IsolatedOutcome outcome;
  outcome.errors = ending.errors;
  outcome.seconds = ending.seconds;
  outcome.reason = ending.failure();
  if (!outcome.reason.empty()) {
    outcome.failure = ending.timed_out ? "timeout" : "crash";
    return outcome;
  }
  const Json answer = Json::parse(ending.answer, nullptr, false);
  if (answer.is_discarded()) {
    outcome.failure = "crash";
    outcome.reason = "its process ended without an answer";
  } else if (answer.contains("refused")) {
    outcome.exit_code = 2;
    outcome.failure = "refused";
    outcome.reason = answer["refused"];
  } else {
    outcome.exit_code = answer["exit_code"];
    outcome.result = answer["result"];
    if (!outcome.result["guest_failure"].is_null()) {
      outcome.failure = "guest";
      outcome.reason = outcome.result["guest_failure"]["text"];
    }
  }
  return outcome;
}

IsolatedOutcome run_isolated(Scenario& scenario) {
  return outcome_of(process::run_in_child([&] { return simulate_for_parent(scenario, nullptr); }));
}

}  // namespace terse::run
