#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include "platform/cli/format_option.hpp"
#include "platform/cli/progress_bar.hpp"
#include "platform/cli/report_page.hpp"
#include "platform/cli/what_if_report.hpp"
#include "platform/compare/difference.hpp"
#include "platform/compare/source.hpp"
#include "platform/report/flat_row.hpp"
#include "platform/report/page.hpp"
#include "platform/report/result_json.hpp"
#include "platform/report/result_table.hpp"
#include "platform/report/trace_events.hpp"
#include "platform/report/waveform.hpp"
#include "platform/run/firmware_run.hpp"
#include "platform/run/runner.hpp"

namespace terse::cli {
namespace {

void write_result(const std::filesystem::path& folder, const nlohmann::ordered_json& result) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  write_file(folder / "result.json", report::text_of(result), "-o");
}

using Values = boost::program_options::variables_map;

template <class T>
std::optional<T> option(const Values& values, const char* name) {
  return values.count(name) == 0 ? std::nullopt : std::optional(values[name].as<T>());
}

/// --set, and the options that are short for one.
std::vector<std::string> all_settings(const Values& values) {
  std::vector<std::string> all = settings(values);
  if (const auto limit = option<std::string>(values, "time-limit")) all.push_back("run.time_limit_ms=" + *limit);
  if (const auto network = option<std::string>(values, "network")) all.push_back("network=" + *network);
  if (const auto firmware = option<std::string>(values, "firmware")) all.push_back("run.firmware=" + *firmware);
  return all;
}

run::TraceRequest trace_request(const Values& values) {
  using List = std::vector<std::string>;
  run::TraceRequest request;
  if (const auto file = option<std::string>(values, "trace")) request.file = *file;
  request.functions = option<List>(values, "trace-function").value_or(List{});
  request.ranges = option<List>(values, "trace-range").value_or(List{});
  if (!request.file && !(request.functions.empty() && request.ranges.empty()))
    throw UsageError("--trace-function and --trace-range filter a trace; name its file with --trace FILE");
  return request;
}

int run_elf(const std::filesystem::path& elf, const Values& values, const run::Progress& progress) {
  for (const char* name : {"report", "trace-events", "vcd"}) {
    if (values.count(name) != 0) throw UsageError(fmt::format("--{} is for a scenario, not for an ELF alone", name));
  }
  const auto platform = option<std::string>(values, "platform");
  if (!platform) {
    throw UsageError("an ELF needs --platform, for example --platform scenarios/platforms/reference.yaml");
  }
  run::FirmwareSetup setup = run::read_firmware_setup(*platform, all_settings(values));
  run::FirmwareRequest request{.trace = trace_request(values), .signature = std::nullopt};
  if (const auto file = option<std::string>(values, "signature"))
    request.signature = run::SignatureRequest{*file, values["signature-granularity"].as<std::uint32_t>()};
  const run::FirmwareResult result = run::run_firmware(elf, setup, request, progress);
  const report::Format format = format_of(values);
  if (format == report::Format::json) {
    std::cout << report::to_json(result).dump(2) << "\n";
  } else if (format == report::Format::csv) {
    throw UsageError("--format csv has the figures of a network; an ELF has none, use json");
  } else {
    std::cout << fmt::format("{}: {} instructions, {} cycles, {:.2f} s simulating, {:.1f} million instructions/s\n",
                             result.program, result.instructions, result.cycles, result.wall_s, result.mips());
    if (result.failure) std::cout << report::to_text(*result.failure);
  }
  if (const auto folder = option<std::string>(values, "output")) write_result(*folder, report::to_json(result));
  return result.failure ? exit_guest_failed : exit_good;
}

/// The outputs that need to know what happened when.
constexpr std::array timeline_outputs = {"report", "trace-events", "vcd", "timeline"};

run::Recording recording_of(const Values& values) {
  run::Recording recording{.trace = trace_request(values), .timeline = std::nullopt};
  for (const char* name : timeline_outputs) {
    const bool asked = std::string(name) == "timeline" ? values[name].as<bool>() : values.count(name) != 0;
    if (!asked) continue;
    if (recording.trace.file) throw UsageError(fmt::format("--trace and --{} observe the core both; run twice", name));
    recording.timeline = values["timeline-intervals"].as<std::uint64_t>();
  }
  if (values.count("report") != 0) require_page();
  return recording;
}

/// Everything that a run is asked to write. Says where on the standard output if that has a table.
void write_outputs(const run::RunResult& result, nlohmann::ordered_json json, const Arguments& arguments,
                   const Values& values, bool say) {
  const auto written = [&](const char* what, const std::string& path) {
    if (say) std::cout << fmt::format("{:<12} {}\n", what, path);
  };
  json["host"]["command"] = command_line("run", arguments);
  if (const auto folder = option<std::string>(values, "output")) {
    nlohmann::ordered_json stored = json;
    if (!values["timeline"].as<bool>()) stored.erase("timeline");
    write_result(*folder, stored);
    written("result", (std::filesystem::path(*folder) / "result.json").string());
  }
  if (const auto file = option<std::string>(values, "report")) {
    write_file(*file, report::page({{"kind", "run"}, {"result", std::move(json)}}), "--report");
    written("report", *file);
  }
  if (const auto file = option<std::string>(values, "trace-events")) {
    write_file(*file, report::trace_events(result).dump() + "\n", "--trace-events");
    written("trace events", *file);
  }
  if (const auto file = option<std::string>(values, "vcd")) {
    write_file(*file, report::waveform(result), "--vcd");
    written("waveform", *file);
  }
}

/// The headline numbers as CSV.
void print_line(const nlohmann::ordered_json& result) {
  report::Rows rows;
  rows.rows.emplace_back();
  for (const auto& [name, value] : report::flat_row(result)) {
    rows.columns.push_back(name);
    rows.rows.back().push_back(value);
  }
  std::cout << report::to_text(rows, report::Format::csv);
}

/// What the scenario wants to be compared with; null for nothing. A scenario is run now, in a process of its own.
nlohmann::ordered_json baseline_of(const run::Scenario& scenario) {
  if (scenario.baseline.empty()) return nullptr;
  const bool from_command = scenario.baseline_place.file.starts_with("--set");
  const std::filesystem::path folder =
      from_command ? "" : std::filesystem::path(scenario.baseline_place.file).parent_path();
  return compare::result_of(scenario.baseline, scenario.baseline_place, folder, {});
}

int run_network(const std::filesystem::path& file, const Arguments& arguments, const Values& values,
                const run::Progress& progress) {
  for (const char* name : {"platform", "signature"}) {
    if (values.count(name) != 0)
      throw UsageError(fmt::format("--{} is for an ELF; {} is taken for a scenario", name, file.string()));
  }
  if (values.count("what-if") != 0) return what_if(file, all_settings(values), format_of(values));
  const run::Recording recording = recording_of(values);
  run::Scenario scenario = run::read_scenario(file, all_settings(values));
  const nlohmann::ordered_json baseline = baseline_of(scenario);
  const run::RunResult result = run::run_scenario(scenario, progress, recording);
  nlohmann::ordered_json json = report::to_json(result);
  std::string comparison;
  if (!baseline.is_null()) {
    const compare::Difference difference = compare::difference(baseline, json);
    json["comparison"] = compare::to_json(difference);
    comparison = "\ncompared with " + scenario.baseline + "\n" + compare::to_text(difference);
  }
  const report::Format format = format_of(values);
  const bool table = format == report::Format::table;
  if (table) {
    std::cout << report::to_table(result) << comparison;
  } else if (format == report::Format::csv) {
    print_line(json);
  } else {
    std::cout << json.dump(2) << "\n";
  }
  write_outputs(result, std::move(json), arguments, values, table);
  return run::exit_code(result);
}

bool is_elf(const std::filesystem::path& file) {
  std::array<char, 4> magic{};
  std::ifstream(file, std::ios::binary).read(magic.data(), magic.size());
  return file.extension() == ".elf" || magic == std::array{'\x7f', 'E', 'L', 'F'};
}

void add_options(Options& options) {
  using boost::program_options::value;
  using List = std::vector<std::string>;
  options.add()("output,o", value<std::string>(), "folder for result.json");
  add_format(options);
  options.add()("time-limit", value<std::string>(), "MS of simulated time, short for --set run.time_limit_ms=MS");
  options.add()("firmware", value<std::string>(),
                "ELF for the core, or native: the driver on the host; short for --set run.firmware=FILE");
  options.add()("trace", value<std::string>(), "FILE for a line per executed instruction");
  options.add()("trace-function", value<List>()->composing(), "NAME: only this function's instructions; repeatable");
  options.add()("trace-range", value<List>()->composing(),
                "FIRST:LAST: only these addresses, numbers or symbols; repeatable");
  options.add()("report", value<std::string>(), "FILE.html for people: everything about the run in one page");
  options.add()("trace-events", value<std::string>(),
                "FILE.json for Perfetto and chrome://tracing: what happened when");
  options.add()("vcd", value<std::string>(), "FILE.vcd for GTKWave: units, core and interrupts as waveforms");
  options.add()("timeline", boost::program_options::bool_switch(), "the same in result.json, for terse report");
  options.add()("timeline-intervals", value<std::uint64_t>()->default_value(run::timeline_intervals),
                "keep no more intervals than this, the first ones");
  options.add()("network", value<std::string>(), "FILE (ONNX or TFLite) in place of the scenario's network");
  options.add()("platform,p", value<std::string>(), "for an ELF: platform or scenario file");
  options.add()("signature", value<std::string>(),
                "for an ELF: FILE for the memory from begin_signature to end_signature");
  options.add()("signature-granularity", value<std::uint32_t>()->default_value(4), "bytes per line of the signature");
  options.add()("what-if", "also run it without each limit in turn, and say what that would give at most");
  add_settings(options);
}

}  // namespace

int run_command(const Arguments& arguments) {
  Options options(
      "run SCENARIO.yaml|FIRMWARE.elf [options]",
      "Compiles the network, simulates the driver on the RISC-V core, checks every layer's output against the golden\n"
      "reference and prints cycles per layer and pass. Exit code: 0 verified; 1 wrong result or a missed 'expect';\n"
      "2 bad input; 3 the guest failed.\n"
      "An ELF instead of a scenario is run on --platform without a network, until it writes testdev's EXIT register, "
      "or\n"
      "tohost (as riscv-tests do), or exits by semihosting.",
      "  terse run scenarios/fashion.yaml\n"
      "  terse run scenarios/fashion.yaml -o out --set run.superposition=sequential\n"
      "  terse run scenarios/fashion.yaml --set dataset.images=1000 --set platform.spu.lanes=8\n"
      "  terse run scenarios/fashion.yaml --set run.timing=cycle --set dataset.images=2 --report fashion.html\n"
      "  terse run scenarios/fashion.yaml --network my.tflite --set dataset.type=random\n"
      "  terse run scenarios/fashion.yaml --firmware native --set run.profile=true\n"
      "  terse run build/release/firmware/selftest.elf --platform scenarios/platforms/reference.yaml\n"
      "  terse run scenarios/fashion.yaml --set dataset.images=1 --trace out.txt --trace-function "
      "terse::driver::crc32\n");
  options.positional("SCENARIO.yaml|FIRMWARE.elf");
  add_options(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  (void)format_of(*values);
  ProgressBar bar("inferences");
  run::Progress progress;
  progress.inferences = [&](std::uint32_t done, std::uint32_t total) { bar.update(done, total); };
  progress.guest_output = [&](const std::string& line) {
    bar.clear();
    std::cerr << "guest: " << line << "\n";
  };
  const std::filesystem::path input = (*values)["SCENARIO.yaml|FIRMWARE.elf"].as<std::string>();
  return is_elf(input) ? run_elf(input, *values, progress) : run_network(input, arguments, *values, progress);
}

}  // namespace terse::cli
