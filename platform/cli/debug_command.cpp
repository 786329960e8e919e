#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "platform/cli/options.hpp"
#include "platform/debug/session.hpp"
#include "platform/report/result_table.hpp"
#include "platform/run/firmware_run.hpp"
#include "platform/run/runner.hpp"

namespace terse::cli {
namespace {

namespace po = boost::program_options;

void say(const std::string& line) {
  std::cerr << line << "\n";
}

int debug_elf(const std::filesystem::path& elf, const po::variables_map& values, const run::Progress& progress) {
  if (values.count("platform") == 0) {
    throw UsageError("an ELF needs --platform, for example --platform scenarios/platforms/reference.yaml");
  }
  run::FirmwareSetup setup = run::read_firmware_setup(values["platform"].as<std::string>(), settings(values));
  const auto result = run::run_firmware(elf, setup, {}, progress);
  if (progress.debugger->killed()) return exit_good;
  if (result.failure) std::cout << report::to_text(*result.failure);
  return result.failure ? exit_guest_failed : exit_good;
}

int debug_scenario(const std::filesystem::path& file, const po::variables_map& values, const run::Progress& progress) {
  if (values.count("platform") != 0) {
    throw UsageError("--platform is for an ELF; a scenario names its platform itself");
  }
  run::Scenario scenario = run::read_scenario(file, settings(values));
  const auto result = run::run_scenario(scenario, progress);
  if (progress.debugger->killed()) return exit_good;
  std::cout << report::to_table(result);
  return run::exit_code(result);
}

}  // namespace

int debug_command(const Arguments& arguments) {
  Options options(
      "debug SCENARIO.yaml|FIRMWARE.elf [options]",
      "Waits for gdb before the first instruction, then runs as `terse run` does. While the guest is stopped,\n"
      "the whole simulation stands still. docs/debugging.md is a walk-through.\n"
      "Exit code: that of `terse run`; 0 if gdb kills the simulation; 2 bad input, or the port is in use.",
      "  terse debug scenarios/fashion.yaml --port 3333 --set dataset.images=1\n"
      "  terse debug build/release/firmware/selftest.elf -p scenarios/platforms/reference.yaml\n");
  options.positional("SCENARIO.yaml|FIRMWARE.elf");
  options.add()("port", po::value<std::uint16_t>()->default_value(0), "TCP port; 0: any that is free");
  options.add()("host", po::value<std::string>()->default_value("127.0.0.1"),
                "numeric address to listen on; the protocol has no password");
  options.add()("platform,p", po::value<std::string>(), "for an ELF: platform or scenario file");
  add_settings(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  try {
    debug::Connection connection((*values)["host"].as<std::string>(), (*values)["port"].as<std::uint16_t>());
    if (!connection.loopback()) {
      say("warning: whoever reaches this address can control the simulation; the protocol has no password");
    }
    debug::Session session(connection, say);
    run::Progress progress;
    progress.debugger = &session;
    progress.guest_output = [](const std::string& line) { say("guest: " + line); };
    const std::filesystem::path input = (*values)["SCENARIO.yaml|FIRMWARE.elf"].as<std::string>();
    const int code =
        input.extension() == ".yaml" ? debug_scenario(input, *values, progress) : debug_elf(input, *values, progress);
    if (session.killed()) say("gdb has ended the simulation");
    return code;
  } catch (const debug::ListenError& error) {
    throw UsageError(error.what());
  }
}

}  // namespace terse::cli
