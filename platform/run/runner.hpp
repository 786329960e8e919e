#pragma once
// The main job: compile the network, elaborate the platform, let the driver run on the core, check everything.
#include <functional>
#include <string>

#include "platform/run/debugger.hpp"
#include "platform/run/instruction_trace.hpp"
#include "platform/run/result.hpp"
#include "platform/run/scenario.hpp"

namespace terse::run {

/// What a run tells while it goes on.
struct Progress {
  std::function<void(std::uint32_t done, std::uint32_t total)> inferences = [](auto, auto) {};
  std::function<void(const std::string& line)> guest_output = [](const auto&) {};
  Debugger* debugger = nullptr;
};

/// What to write down of a run beyond its figures, as the command line says it.
struct Recording {
  TraceRequest trace;
  std::optional<std::uint64_t> timeline;  ///< Greatest number of intervals; nothing: no timeline.
};

/// Runs a scenario once (SystemC elaborates once per process). Throws ConfigurationError, CompileError, DatasetError,
/// ElfError for bad input; a guest that fails and a wrong result are in the result.
RunResult run_scenario(Scenario& scenario, const Progress& progress, const Recording& recording = {});

/// The same with another network in place of the scenario's. The inputs must fit it.
RunResult run_network(Scenario& scenario, compiler::QuantizedNetwork network, const Progress& progress = {});

/// Outcome as an exit code: 0 verified and all expectations held, 1 wrong result, 3 the guest failed.
int exit_code(const RunResult& result);

}  // namespace terse::run
