#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string_view>

#include "platform/cli/options.hpp"
#include "platform/cli/report_page.hpp"
#include "platform/report/page.hpp"
#include "platform/report/sweep_data.hpp"
#include "platform/results/sqlite.hpp"

namespace terse::cli {
namespace {

using Json = nlohmann::ordered_json;
namespace po = boost::program_options;

/// A folder that `terse run -o` wrote means the file in it.
Json read_result(std::filesystem::path path) {
  if (std::filesystem::is_directory(path)) path /= "result.json";
  std::ifstream file(path);
  if (!file)
    throw UsageError(fmt::format("{} cannot be read; expected a result.json of 'terse run -o DIR'", path.string()));
  Json result;
  try {
    result = Json::parse(file);
  } catch (const Json::parse_error& error) {
    throw UsageError(
        fmt::format("{} is not JSON: {}; expected a result.json of 'terse run -o DIR'", path.string(), error.what()));
  }
  const bool ours = result.is_object() && result.value("schema", "").starts_with("terse.result/");
  if (!ours)
    throw UsageError(fmt::format("{} has no schema 'terse.result/...'; expected a result.json of 'terse run -o DIR'",
                                 path.string()));
  if (!result.contains("layers"))
    throw UsageError(fmt::format("{} is of an ELF alone; a report needs the run of a scenario", path.string()));
  return result;
}

/// results.sqlite itself, or the folder that `terse sweep` wrote it into.
std::optional<std::filesystem::path> database_of(std::filesystem::path path) {
  if (std::filesystem::is_directory(path) && !std::filesystem::exists(path / "result.json")) path /= "results.sqlite";
  constexpr std::string_view magic = "SQLite format 3";
  std::string begin(magic.size(), '\0');
  std::ifstream(path, std::ios::binary).read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin == magic ? std::optional(path) : std::nullopt;
}

Json sweep_of(const std::filesystem::path& database, const std::string& name) {
  try {
    return {{"kind", "sweep"}, {"sweep", report::sweep_data(database, name)}};
  } catch (const results::SqliteError& error) {
    throw UsageError(fmt::format("{}; expected a results.sqlite of 'terse sweep'", error.what()));
  } catch (const report::SweepDataError& error) {
    throw UsageError(error.what());
  }
}

Json data_of(const std::vector<std::string>& inputs, bool compare, const std::string& sweep) {
  if (compare) {
    if (inputs.size() != 2)
      throw UsageError(fmt::format("--compare takes two results, but there are {}", inputs.size()));
    return {{"kind", "comparison"},
            {"a", read_result(inputs[0])},
            {"b", read_result(inputs[1])},
            {"names", {inputs[0], inputs[1]}}};
  }
  if (inputs.size() != 1)
    throw UsageError(fmt::format("one result is reported at a time, but there are {}; two are compared with --compare",
                                 inputs.size()));
  if (const auto database = database_of(inputs[0])) return sweep_of(*database, sweep);
  if (!sweep.empty()) throw UsageError(fmt::format("--sweep chooses from results.sqlite; {} is none", inputs[0]));
  return {{"kind", "run"}, {"result", read_result(inputs[0])}};
}

}  // namespace

int report_command(const Arguments& arguments) {
  Options options(
      "report RESULT.json|RESULTS.sqlite -o FILE.html | report --compare A.json B.json -o FILE.html",
      "One HTML page for people: of a run, of a sweep, or of what differs between two runs. It needs no network\n"
      "and no other file. Folders that -o has written may be named instead of the files in them.",
      "  terse run scenarios/fashion.yaml --timeline -o out && terse report out -o fashion.html\n"
      "  terse report --compare before after -o difference.html\n");
  options.positionals("RESULT.json");
  options.add()("output,o", po::value<std::string>()->required(), "FILE.html to write");
  options.add()("sweep", po::value<std::string>()->default_value(""),
                "NAME of the sweep, where a database has several; otherwise the one that was worked on last");
  options.add()("compare", po::bool_switch(), "what changed from the first result to the second, and why");
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  require_page();
  const auto inputs = (*values)["RESULT.json"].as<std::vector<std::string>>();
  const std::string output = (*values)["output"].as<std::string>();
  write_file(output,
             report::page(data_of(inputs, (*values)["compare"].as<bool>(), (*values)["sweep"].as<std::string>())),
             "-o");
  std::cout << fmt::format("report       {}\n", output);
  return exit_good;
}

}  // namespace terse::cli
