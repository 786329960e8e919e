#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "platform/cli/options.hpp"
#include "platform/report/result_json.hpp"
#include "platform/report/result_table.hpp"
#include "platform/run/runner.hpp"

namespace terse::cli {
namespace {

/// One line on a terminal, rewritten in place; nothing where stderr is no terminal.
class ProgressBar {
 public:
  void update(std::uint32_t done, std::uint32_t total) {
    if (!terminal_) return;
    constexpr std::uint32_t width = 32;
    const std::uint32_t filled = total == 0 ? 0 : width * done / total;
    fmt::print(stderr, "\rinferences [{:#<{}}{:.<{}}] {}/{}", "", filled, "", width - filled, done, total);
    if (done == total) clear();
    std::fflush(stderr);
  }
  void clear() {
    if (terminal_) fmt::print(stderr, "\r{:60}\r", "");
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) == 1;
};

void write_result(const std::filesystem::path& folder, const run::RunResult& result) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::ofstream file(folder / "result.json");
  file << report::to_json(result).dump(2) << "\n";
  if (!file.flush()) throw UsageError(fmt::format("{} cannot be written; choose another folder with -o", (folder / "result.json").string()));
}

}  // namespace

int run_command(const Arguments& arguments) {
  Options options("run SCENARIO.yaml [options]",
                  "Compiles the network, simulates the driver on the RISC-V core, checks every layer's output against the golden\n"
                  "reference and prints cycles per layer and pass. Exit code: 0 verified; 1 wrong result or a missed 'expect';\n"
                  "2 bad input; 3 the guest failed.",
                  "  terse run scenarios/fashion.yaml\n"
                  "  terse run scenarios/fashion.yaml -o out --set run.superposition=sequential\n"
                  "  terse run scenarios/fashion.yaml --set dataset.images=1000 --set platform.spu.lanes=8\n");
  options.positional("SCENARIO.yaml");
  options.add()("output,o", boost::program_options::value<std::string>(), "folder for result.json");
  options.add()("format", boost::program_options::value<std::string>()->default_value("table"), "what to print: table | json");
  add_settings(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  const std::string format = (*values)["format"].as<std::string>();
  if (format != "table" && format != "json") throw UsageError(fmt::format("--format is '{}'; known: table, json", format));

  run::Scenario scenario = run::read_scenario((*values)["SCENARIO.yaml"].as<std::string>(), settings(*values));
  ProgressBar bar;
  run::Progress progress;
  progress.inferences = [&](std::uint32_t done, std::uint32_t total) { bar.update(done, total); };
  progress.guest_output = [&](const std::string& line) {
    bar.clear();
    std::cerr << "guest: " << line << "\n";
  };
  const run::RunResult result = run::run_scenario(scenario, progress);
  std::cout << (format == "json" ? report::to_json(result).dump(2) + "\n" : report::to_table(result));
  if (values->count("output") != 0) {
    const std::filesystem::path folder = (*values)["output"].as<std::string>();
    write_result(folder, result);
    if (format == "table") std::cout << "result       " << (folder / "result.json").string() << "\n";
  }
  return run::exit_code(result);
}

}  // namespace terse::cli
