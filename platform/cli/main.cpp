// terse: the one program. SystemC's library owns main() and calls sc_main.
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <systemc>

#include "compiler/compiler.hpp"
#include "models/riscv/elf.hpp"
#include "platform/cli/options.hpp"
#include "platform/configuration/node.hpp"
#include "platform/netlist/module_type.hpp"
#include "platform/run/dataset.hpp"

namespace {

using terse::cli::Arguments;

struct Command {
  const char* name;
  const char* sentence;
  int (*run)(const Arguments&);
};

constexpr Command commands[] = {
    {"run", "simulate a scenario and verify every layer", terse::cli::run_command},
    {"report", "one HTML page of a run, of a sweep, or of what differs between two runs", terse::cli::report_command},
    {"sweep", "simulate many points of a scenario", terse::cli::sweep_command},
    {"sweep-task", "run one task of a sweep on Slurm; started by sweep", terse::cli::sweep_task_command},
    {"explore", "train networks over a grid of densities and patterns, and run them on platforms",
     terse::cli::explore_command},
    {"query", "ask the results of sweeps", terse::cli::query_command},
    {"compare", "set two results side by side, with the causes of differences", terse::cli::compare_command},
    {"debug", "simulate under control of gdb", terse::cli::debug_command},
    {"compile", "ONNX network to network image", terse::cli::compile_command},
    {"describe", "modules, parameters, address map and connections of a platform", terse::cli::describe_command},
    {"validate", "check a scenario without simulating", terse::cli::validate_command},
    {"parameters", "reference page of all parameters", terse::cli::parameters_command},
    {"schema", "JSON Schema of scenario files", terse::cli::schema_command},
};

/// SystemC prints its banner before sc_main; only this variable, set before main(), keeps it out of every output.
const int quiet_systemc = setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "DISABLE", 0);

std::string usage() {
  std::string text = "usage: terse COMMAND [options]\n\n";
  for (const auto& command : commands) text += fmt::format("  {:<12}{}\n", command.name, command.sentence);
  text += "\n  ./terse test      all tests\n";
  text += "\n'terse COMMAND --help' shows options and examples.\nExample: ./terse run scenarios/fashion.yaml\n";
  return text;
}

int dispatch(const Arguments& words) {
  if (words.empty()) {
    std::cerr << usage();
    return terse::cli::exit_bad_input;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    std::cout << usage();
    return terse::cli::exit_good;
  }
  std::vector<std::string> names;
  for (const auto& command : commands) {
    if (words[0] == command.name) return command.run(Arguments(words.begin() + 1, words.end()));
    names.emplace_back(command.name);
  }
  const std::string near = terse::configuration::nearest(words[0], names);
  throw terse::cli::UsageError(
      fmt::format("there is no command '{}'{}", words[0],
                  near.empty() ? "; see terse --help" : fmt::format("; did you mean '{}'?", near)));
}

}  // namespace

int sc_main(int argc, char** argv) {
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  try {
    terse::netlist::register_types();
    return dispatch(Arguments(argv + 1, argv + argc));
  } catch (const terse::configuration::ConfigurationError& error) {
    std::cerr << "error: " << error.what() << "\n";
  } catch (const terse::compiler::CompileError& error) {
    std::cerr << "error: " << error.what() << "\n";
  } catch (const terse::run::DatasetError& error) {
    std::cerr << "error: " << error.what() << "\n";
  } catch (const terse::ElfError& error) {
    std::cerr << "error: " << error.what() << "\n";
  } catch (const terse::cli::UsageError& error) {
    std::cerr << "error: " << error.what() << "\n";
  }
  return terse::cli::exit_bad_input;
}
