#include "platform/run/baselines.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>

#include "compiler/baselines.hpp"
#include "compiler/compiler.hpp"
#include "platform/run/equal_area.hpp"
#include "platform/run/runner.hpp"

namespace terse::run {
namespace {

using Json = nlohmann::ordered_json;

/// The array's weights on another machine.
struct Machine {
  const char* name;
  std::uint32_t integer_bits;  ///< 0: ternary.
  bool equal_area;             ///< Else as many multipliers.
};

constexpr Machine machines[] = {{"int8", 8, false},
                                {"ternary", 0, false},
                                {"int8_equal_area", 8, true},
                                {"int4", 4, false},
                                {"int4_equal_area", 4, true}};

/// How many of them each choice of run.baselines runs.
std::size_t machines_of(const std::string& choice) {
  return choice == "none" ? 0 : choice == "auto" ? 2 : choice == "equal_area" ? 3 : std::size(machines);
}

/// What the array has become, in words; empty where nothing is to be said.
std::string multiply_integers(netlist::PlatformSettings& platform, const Machine& machine) {
  const std::string type = fmt::format("int{}", machine.integer_bits);
  if (!machine.equal_area) {
    set_parameter(platform, "tmac", "weight_type", type);
    return "";
  }
  const ArrayOfArea array = make_equal_area(platform, type);
  return fmt::format("{} x {} {} multipliers, tmac and spu {:.4f} mm2 of {:.4f} mm2", array.output_channels,
                     array.input_channels, type, array.um2 * 1e-6, array.limit * 1e-6);
}

/// In the child: one inference of the baseline.
Json simulate(const Machine& machine, Scenario& scenario, const compiler::QuantizedNetwork& network) {
  scenario.run.baselines = "none";
  scenario.dataset.images = 1;
  scenario.faults.clear();
  scenario.expectations.clear();
  scenario.validation.clear();
  if (scenario.run.superposition == "fused") scenario.run.superposition = "sequential";  // there is one pass only
  const bool integer = machine.integer_bits != 0;
  const std::string array = integer ? multiply_integers(scenario.platform, machine) : "";
  const RunResult result = run_network(
      scenario, integer ? compiler::all_integers(network, machine.integer_bits) : compiler::all_ternary(network));
  if (!result.verified) return {{"error", "its outputs differ from the reference, or the guest failed"}};
  if (!result.energy) return {{"error", "it ended without an inference"}};
  return {{"array", array},
          {"cycles", result.cycles_per_inference},
          {"energy_pj", result.energy->total.value},
          {"on_chip_pj", result.energy->on_chip.value},
          {"energy_uncertainty_pj", result.energy->total.uncertainty}};
}

/// In the child: never returns.
[[noreturn]] void run_child(int pipe, const Machine& machine, Scenario& scenario,
                            const compiler::QuantizedNetwork& network) {
  Json answer;
  prctl(PR_SET_PDEATHSIG, SIGKILL);                             // nobody would read it
  std::FILE* nowhere = std::freopen("/dev/null", "w", stdout);  // the guest's and the program's words are the parent's
  (void)nowhere;
  try {
    answer = simulate(machine, scenario, network);
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
  for (std::size_t i = 0; i < machines_of(scenario.run.baselines); ++i) start(i, scenario, network);
}

void Baselines::start(std::size_t index, Scenario& scenario, const compiler::QuantizedNetwork& network) {
  const Machine& machine = machines[index];
  int ends[2];
  std::cout.flush();
  std::fflush(nullptr);
  if (pipe(ends) != 0) return children_.push_back({.name = machine.name, .process = -1, .pipe = -1});
  const pid_t process = fork();
  if (process == 0) {
    close(ends[0]);
    run_child(ends[1], machine, scenario, network);
  }
  close(ends[1]);
  children_.push_back({.name = machine.name, .process = process, .pipe = ends[0]});
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
      result.array = answer["array"];
      result.cycles = answer["cycles"];
      result.energy_pj = answer["energy_pj"];
      result.energy_uncertainty_pj = answer["energy_uncertainty_pj"];
      result.on_chip_pj = answer["on_chip_pj"];
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
