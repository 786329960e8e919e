// Commands that look at input without simulating: compile, describe, validate, parameters, schema.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <optional>

#include "compiler/compiler.hpp"
#include "compiler/import/activation_error.hpp"
#include "compiler/import/explicit_superposition.hpp"
#include "compiler/import/import.hpp"
#include "compiler/onnx/onnx_writer.hpp"
#include "platform/cli/options.hpp"
#include "platform/configuration/problems.hpp"
#include "platform/documentation/documentation.hpp"
#include "platform/netlist/platform_settings.hpp"
#include "platform/report/energy_report.hpp"
#include "platform/run/energy.hpp"
#include "platform/run/network_source.hpp"
#include "platform/run/scenario.hpp"
#include "platform/run/scenario_tree.hpp"
#include "platform/sweep/sweep.hpp"

namespace terse::cli {

namespace po = boost::program_options;

namespace {

struct Compiled {
  run::Scenario scenario;
  compiler::CompiledNetwork network;
  std::optional<compiler::ImportedNetwork> source;  ///< Of a network file.
};

/// --set, and the options that are short for it.
std::vector<std::string> all_settings(const po::variables_map& values) {
  std::vector<std::string> all = settings(values);
  const bool has_network = values.count("network") != 0, has_inputs = values.count("calibration") != 0;
  // The longer form where calibration inputs are given too: `network` is a map then.
  if (has_network) all.push_back((has_inputs ? "network.file=" : "network=") + values["network"].as<std::string>());
  if (has_inputs) all.push_back("network.calibration.inputs=" + values["calibration"].as<std::string>());
  return all;
}

/// A network file on a platform; or a scenario, with its network, platform, mapping and superposition.
run::Scenario scenario_as_asked(const po::variables_map& values) {
  const bool has_positional = values.count("NETWORK") != 0;
  if (!has_positional && values.count("network") == 0) {
    throw UsageError("give a network file with --platform, or a scenario");
  }
  const std::string file = values[has_positional ? "NETWORK" : "network"].as<std::string>();
  const bool is_scenario = file.ends_with(".yaml") || file.ends_with(".yml");
  if (is_scenario && values.count("platform") != 0) {
    throw UsageError("a scenario has its own platform; leave --platform out, or give a network file");
  }
  if (is_scenario) return run::read_scenario(file, all_settings(values));
  if (values.count("platform") == 0) {
    throw UsageError(fmt::format("{} needs --platform P.yaml, a platform or scenario file; a scenario does not", file));
  }
  return run::scenario_of_network(file, values["platform"].as<std::string>(), all_settings(values));
}

Compiled compile_as_asked(const po::variables_map& values) {
  run::Scenario scenario = scenario_as_asked(values);
  const bool needs_file = values.count("write-onnx") != 0 || values["errors"].as<bool>();
  if (scenario.shapes && !needs_file) {
    compiler::CompiledNetwork network = run::compile_for(scenario, run::network_of(scenario));
    return {std::move(scenario), std::move(network), std::nullopt};
  }
  compiler::ImportedNetwork source = run::imported_network_of(scenario);
  compiler::CompiledNetwork network = run::compile_for(scenario, source.network);
  return {std::move(scenario), std::move(network), std::move(source)};
}

std::string errors_of(const Compiled& compiled) {
  const compiler::graph::Model model = compiler::read_model(compiled.scenario.network);
  return compiler::explain_errors(*compiled.source, compiled.network, run::calibration_of(compiled.scenario, model));
}

}  // namespace

int compile_command(const Arguments& arguments) {
  Options options(
      "compile NETWORK.onnx|NETWORK.tflite|SCENARIO.yaml [--platform P.yaml] [--explain] [-o IMAGE] [--write-onnx "
      "FILE]",
      "Compiles a network for a platform, prints what was decided per layer, and writes the image the driver executes.",
      "  terse compile scenarios/networks/fashion.onnx --platform scenarios/platforms/reference.yaml -o fashion.img\n"
      "  terse compile scenarios/resnet8.yaml --explain --set mapping.keep_activations=false\n"
      "  terse compile scenarios/fashion.yaml --network scenarios/networks/fashion_float.onnx --write-onnx "
      "mixed.onnx\n");
  options.positional("NETWORK", false);
  options.add()("platform,p", po::value<std::string>(), "for a network file: platform or scenario file");
  options.add()("network", po::value<std::string>(), "FILE (ONNX or TFLite) in place of the scenario's network");
  options.add()("explain", po::bool_switch(), "also tiles, loads, predicted cycles of each unit and the bound");
  options.add()("errors", po::bool_switch(),
                "also bits per weight, the error of the weights and of the outputs on calibration inputs, and what was "
                "not split");
  options.add()("calibration", po::value<std::string>(),
                "FILE or folder of real inputs, short for --set network.calibration.inputs=FILE");
  options.add()("output,o", po::value<std::string>(), "file for the network image");
  options.add()("write-onnx", po::value<std::string>(),
                "FILE.onnx for the decomposed network, which any ONNX runtime executes");
  add_settings(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  const Compiled all = compile_as_asked(*values);
  const compiler::CompiledNetwork& compiled = all.network;
  std::cout << compiler::explain(compiled);
  if ((*values)["explain"].as<bool>()) std::cout << "\n" << compiler::explain_mapping(compiled);
  if ((*values)["errors"].as<bool>()) std::cout << "\n" << errors_of(all);
  if (values->count("output") != 0) {
    const std::string path = (*values)["output"].as<std::string>();
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(compiled.image.data()),
               static_cast<std::streamsize>(compiled.image.size()));
    if (!file.flush()) throw UsageError(fmt::format("{} cannot be written; choose another file with -o", path));
    std::cout << fmt::format("\nimage {}: {} bytes\n", path, compiled.image.size());
  }
  if (values->count("write-onnx") != 0) {
    const std::string path = (*values)["write-onnx"].as<std::string>();
    compiler::write_onnx(compiler::explicit_superposition(*all.source), path);
    std::cout << fmt::format("\nnetwork {}: ONNX, ternary and high-precision parts as two operators and an Add\n",
                             path);
  }
  return exit_good;
}

int describe_command(const Arguments& arguments) {
  Options options("describe PLATFORM.yaml [options]",
                  "Modules with their parameters, address map, connections and area of a platform or scenario file.",
                  "  terse describe scenarios/platforms/reference.yaml\n"
                  "  terse describe scenarios/fashion.yaml --set platform.spu.lanes=8\n");
  options.positional("PLATFORM.yaml");
  add_settings(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  const auto platform = run::read_platform_file((*values)["PLATFORM.yaml"].as<std::string>(), settings(*values));
  const std::string technology = fmt::format("{} at {:g} V", platform.table->name(), platform.table->voltage());
  std::cout << netlist::describe(platform) << report::area_table(run::area_of(platform), technology);
  return exit_good;
}

namespace {

/// Checks every point of a sweep as far as that goes without compiling.
void validate_points(const std::filesystem::path& file, const std::vector<std::string>& settings) {
  const sweep::Sweep sweep(file, settings);
  configuration::Problems problems;
  std::size_t refused = 0;
  for (const auto& point : sweep.points()) {
    try {
      (void)sweep.scenario_of(point);
    } catch (const configuration::ConfigurationError& error) {
      ++refused;
      problems.add({{fmt::format("point {} {}", point.position, point.parameters().dump()), 0, 0}, error.what()});
    }
  }
  std::cout << fmt::format("{}: {} points, {} refused\n", file.string(), sweep.points().size(), refused);
  problems.raise();
}

}  // namespace

int validate_command(const Arguments& arguments) {
  Options options(
      "validate SCENARIO.yaml [options]",
      "Checks a scenario, its platform and its network, and the configuration of every point of its sweep,\n"
      "without simulating. All that is wrong is said in one go.",
      "  terse validate scenarios/fashion.yaml\n");
  options.positional("SCENARIO.yaml");
  add_settings(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  const std::filesystem::path file = (*values)["SCENARIO.yaml"].as<std::string>();
  run::Scenario scenario = run::read_scenario(file, settings(*values));
  run::compile_for(scenario, run::network_of(scenario));
  if (run::read_scenario_tree(file, settings(*values)).find("sweep") != nullptr)
    validate_points(file, settings(*values));
  std::cout << fmt::format("{}: good; configuration {}\n", scenario.file.string(),
                           run::configuration_hash(scenario.effective()));
  return exit_good;
}

int parameters_command(const Arguments& arguments) {
  Options options("parameters", "Reference page of every parameter, as Markdown (docs/parameters.md).",
                  "  terse parameters > docs/parameters.md\n");
  if (!options.parse(arguments)) return exit_good;
  std::cout << documentation::reference_page();
  return exit_good;
}

int schema_command(const Arguments& arguments) {
  Options options("schema", "JSON Schema of scenario files, for editors (docs/scenario.schema.json).",
                  "  terse schema > docs/scenario.schema.json\n");
  if (!options.parse(arguments)) return exit_good;
  std::cout << documentation::scenario_schema().dump(2) << "\n";
  return exit_good;
}

}  // namespace terse::cli
