#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "platform/cli/options.hpp"
#include "platform/report/result_json.hpp"
#include "platform/report/result_table.hpp"
#include "platform/run/firmware_run.hpp"
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
  if (!file.flush())
    throw UsageError(
        fmt::format("{} cannot be written; choose another folder with -o", (folder / "result.json").string()));
}

int run_elf(const std::filesystem::path& elf, const boost::program_options::variables_map& values,
            const run::Progress& progress) {
  if (values.count("platform") == 0) {
    throw UsageError("an ELF needs --platform, for example --platform scenarios/platforms/reference.yaml");
  }
  const auto platform = run::read_platform_file(values["platform"].as<std::string>(), settings(values));
  const auto result = run::run_firmware(elf, platform, run::RunSettings{}, progress);
  std::cout << fmt::format("{}: {} instructions, {} cycles, {:.2f} s simulating, {:.1f} million instructions/s\n",
                           elf.filename().string(), result.instructions, result.cycles, result.wall_s,
                           static_cast<double>(result.instructions) / result.wall_s / 1e6);
  if (result.failure) std::cout << report::to_text(*result.failure);
  return result.failure ? exit_guest_failed : exit_good;
}

}  // namespace

int run_command(const Arguments& arguments) {
  Options options(
      "run SCENARIO.yaml|FIRMWARE.elf [options]",
      "Compiles the network, simulates the driver on the RISC-V core, checks every layer's output against the golden\n"
      "reference and prints cycles per layer and pass. Exit code: 0 verified; 1 wrong result or a missed 'expect';\n"
      "2 bad input; 3 the guest failed.\n"
      "An ELF instead of a scenario is run on --platform without a network, until it writes testdev's EXIT register.",
      "  terse run scenarios/fashion.yaml\n"
      "  terse run scenarios/fashion.yaml -o out --set run.superposition=sequential\n"
      "  terse run scenarios/fashion.yaml --set dataset.images=1000 --set platform.spu.lanes=8\n"
      "  terse run build/release/firmware/selftest.elf --platform scenarios/platforms/reference.yaml\n");
  options.positional("SCENARIO.yaml|FIRMWARE.elf");
  options.add()("output,o", boost::program_options::value<std::string>(), "folder for result.json");
  options.add()("format", boost::program_options::value<std::string>()->default_value("table"),
                "what to print: table | json");
  options.add()("platform,p", boost::program_options::value<std::string>(), "for an ELF: platform or scenario file");
  add_settings(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  const std::string format = (*values)["format"].as<std::string>();
  if (format != "table" && format != "json")
    throw UsageError(fmt::format("--format is '{}'; known: table, json", format));

  ProgressBar bar;
  run::Progress progress;
  progress.inferences = [&](std::uint32_t done, std::uint32_t total) { bar.update(done, total); };
  progress.guest_output = [&](const std::string& line) {
    bar.clear();
    std::cerr << "guest: " << line << "\n";
  };
  const std::filesystem::path input = (*values)["SCENARIO.yaml|FIRMWARE.elf"].as<std::string>();
  if (input.extension() == ".elf") return run_elf(input, *values, progress);
  if (values->count("platform") != 0)
    throw UsageError("--platform is for an ELF; a scenario names its platform itself");
  run::Scenario scenario = run::read_scenario(input, settings(*values));
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
