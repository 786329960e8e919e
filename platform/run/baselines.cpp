#include "platform/run/baselines.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>

#include "compiler/baselines.hpp"
#include "compiler/compiler.hpp"
#include "platform/run/runner.hpp"

namespace terse::run {
namespace {

using Json = nlohmann::ordered_json;

/// The array of the int8 machine: as many multipliers, each for int8 weights.
void multiply_int8(Scenario& scenario) {
  for (auto& instance : scenario.platform.instances) {
    if (instance.type->name != "tmac") continue;
    for (const auto& bound : instance.settings->parameters()) {
      if (bound.description.name == "weight_type") *std::get<std::string*>(bound.value) = "int8";
    }
  }
}

/// In the child: one inference of the baseline.
Json simulate(const std::string& name, Scenario& scenario, const compiler::QuantizedNetwork& network) {
  scenario.run.baselines = "none";
  scenario.dataset.images = 1;
  scenario.faults.clear();
  scenario.expectations.clear();
  scenario.validation.clear();
  if (name == "int8") multiply_int8(scenario);
  const RunResult result =
      run_network(scenario, name == "int8" ? compiler::all_int8(network) : compiler::all_ternary(network));
  if (!result.verified) return {{"error", "its outputs differ from the reference, or the guest failed"}};
  if (!result.energy) return {{"error", "it ended without an inference"}};
  return {{"cycles", result.cycles_per_inference},
          {"energy_pj", result.energy->total.value},
          {"energy_uncertainty_pj", result.energy->total.uncertainty}};
}

/// In the child: never returns.
[[noreturn]] void run_child(int pipe, const std::string& name, Scenario& scenario,
                            const compiler::QuantizedNetwork& network) {
  Json answer;
  std::FILE* nowhere = std::freopen("/dev/null", "w", stdout);  // the guest's and the program's words are the parent's
  (void)nowhere;
  try {
    answer = simulate(name, scenario, network);
  } catch (const std::exception& error) {
    answer = {{"error", error.what()}};
  }
  const std::string text = answer.dump();
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = write(pipe, text.data() + done, text.size() - done);
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
  }
  _exit(0);  // no destructors: they belong to the parent
}

std::string read_all(int pipe) {
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = read(pipe, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  return text;
}

}  // namespace

Baselines::Baselines(Scenario& scenario, const compiler::QuantizedNetwork& network) {
  if (scenario.run.baselines == "none" || !compiler::has_mixed_layers(network)) return;
  for (const char* name : {"int8", "ternary"}) start(name, scenario, network);
}

void Baselines::start(const std::string& name, Scenario& scenario, const compiler::QuantizedNetwork& network) {
  int ends[2];
  std::cout.flush();
  std::fflush(nullptr);
  if (pipe(ends) != 0) return children_.push_back({.name = name, .process = -1, .pipe = -1});
  const pid_t process = fork();
  if (process == 0) {
    close(ends[0]);
    run_child(ends[1], name, scenario, network);
  }
  close(ends[1]);
  children_.push_back({.name = name, .process = process, .pipe = ends[0]});
}

Baselines::~Baselines() {
  for (const Child& child : children_) {
    if (child.pipe >= 0) close(child.pipe);
    if (child.process <= 0) continue;
    kill(child.process, SIGKILL);
    waitpid(child.process, nullptr, 0);
  }
}

std::vector<BaselineResult> Baselines::collect(double cycles, double energy_pj) {
  std::vector<BaselineResult> results;
  for (Child& child : children_) {
    BaselineResult result;
    result.name = child.name;
    const std::string text = child.pipe >= 0 ? read_all(child.pipe) : "";
    const Json answer = Json::parse(text, nullptr, false);
    if (answer.is_discarded()) {
      result.error = "its process ended without an answer";
    } else if (answer.contains("error")) {
      result.error = answer["error"].get<std::string>();
    } else {
      result.cycles = answer["cycles"];
      result.energy_pj = answer["energy_pj"];
      result.energy_uncertainty_pj = answer["energy_uncertainty_pj"];
      result.ratio_cycles = cycles / result.cycles;
      result.ratio_energy = energy_pj / result.energy_pj;
    }
    results.push_back(result);
    if (child.pipe >= 0) close(child.pipe);
    if (child.process > 0) waitpid(child.process, nullptr, 0);
  }
  children_.clear();
  return results;
}

}  // namespace terse::run
