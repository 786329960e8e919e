#include "platform/cli/what_if_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <thread>

#include "platform/cli/commands.hpp"
#include "platform/cli/progress_bar.hpp"
#include "platform/process/process_pool.hpp"
#include "platform/run/isolated_run.hpp"
#include "platform/run/scenario_tree.hpp"
#include "platform/run/what_if.hpp"

namespace terse::cli {
namespace {

using Json = nlohmann::ordered_json;

/// The scenario without some limits; alone, because what it would be compared with stands for the run as it is.
run::Scenario without(const configuration::Node& tree, const std::filesystem::path& file,
                      const std::vector<configuration::Assignment>& assignments) {
  configuration::Node changed = tree;
  run::assign_all(changed, assignments);
  run::Scenario scenario = run::interpret_scenario(changed, file);
  if (!assignments.empty()) {
    scenario.run.baselines = "none";
    scenario.expectations.clear();
    scenario.validation.clear();
  }
  return scenario;
}

/// Every variant in a process; nothing for one whose configuration is refused.
std::vector<run::IsolatedOutcome> run_all(const configuration::Node& tree, const std::filesystem::path& file,
                                          const std::vector<run::Limit>& limits) {
  std::vector<run::IsolatedOutcome> outcomes(limits.size());
  process::ProcessPool pool(std::max(1u, std::thread::hardware_concurrency()), 0);
  ProgressBar bar("runs");
  std::size_t done = 0;
  const auto take = [&] {
    const auto finished = pool.wait(1000);
    if (!finished) return;
    outcomes[finished->tag] = run::outcome_of(finished->ending);
    bar.update(++done, limits.size());
  };
  for (std::size_t i = 0; i < limits.size(); ++i) {
    while (pool.full()) take();
    try {
      run::Scenario scenario = without(tree, file, limits[i].assignments);
      pool.start(i, [&] { return run::simulate_for_parent(scenario, nullptr); });
    } catch (const configuration::ConfigurationError& error) {
      outcomes[i].failure = "refused";
      outcomes[i].reason = error.what();
      ++done;
    }
  }
  while (pool.running() > 0) take();
  return outcomes;
}

/// Cycles of an inference in which no unit had a job: what an infinitely fast driver would save at most, from the
/// attribution.
double driver_cycles(const Json& result) {
  double cycles = 0;
  for (const auto& layer : result["layers"]) cycles += layer["driver_cycles"].get<double>();
  return cycles;
}

}  // namespace

int what_if(const std::filesystem::path& file, const std::vector<std::string>& settings, report::Format format) {
  const configuration::Node tree = run::read_scenario_tree(file, settings);
  std::vector<run::Limit> limits = run::limits_of(run::interpret_scenario(tree, file));
  run::Limit all{"all of them", "all of the above", {}};
  for (const auto& limit : limits)
    all.assignments.insert(all.assignments.end(), limit.assignments.begin(), limit.assignments.end());
  limits.push_back(all);
  limits.insert(limits.begin(), {"none", "the run as it is", {}});
  const auto outcomes = run_all(tree, file, limits);
  const run::IsolatedOutcome& as_it_is = outcomes.front();
  if (!as_it_is.failure.empty()) {
    std::cerr << fmt::format("error: the run as it is has no result: {}: {}\n", as_it_is.failure, as_it_is.reason);
    return as_it_is.failure == "refused" ? exit_bad_input : exit_guest_failed;
  }
  const double cycles = as_it_is.result["cycles_per_inference"];
  report::Rows rows{{"without", "cycles per inference", "at most", "how"}, {}};
  const auto add = [&](const std::string& name, double value, const std::string& how) {
    rows.rows.push_back({name, value, fmt::format("{:.2f}x", cycles / value), how});
  };
  for (std::size_t i = 0; i < limits.size(); ++i) {
    if (outcomes[i].failure.empty()) {
      add(limits[i].name, outcomes[i].result["cycles_per_inference"], limits[i].sentence);
    } else {
      rows.rows.push_back({limits[i].name, nullptr, nullptr, outcomes[i].failure + ": " + outcomes[i].reason});
    }
  }
  const double driver = driver_cycles(as_it_is.result);
  add("driver", cycles - driver,
      "computed: without the cycles in which no unit had a job; no parameter makes code take no time");
  std::cout << report::to_text(rows, format);
  return as_it_is.exit_code;
}

}  // namespace terse::cli
