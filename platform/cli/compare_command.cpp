#include <filesystem>
#include <iostream>

#include "platform/cli/format_option.hpp"
#include "platform/compare/difference.hpp"
#include "platform/compare/source.hpp"

namespace terse::cli {

namespace {

void print(const compare::Difference& difference, report::Format format) {
  switch (format) {
    case report::Format::table:
      std::cout << compare::to_text(difference);
      break;
    case report::Format::json:
      std::cout << compare::to_json(difference).dump(2) << "\n";
      break;
    case report::Format::csv:
      std::cout << compare::to_csv(difference);
      break;
  }
}

}  // namespace

int compare_command(const Arguments& arguments) {
  Options options(
      "compare BEFORE AFTER [options]",
      "What is configured differently, and what that did to cycles (by layer and cause) and energy (by unit).\n"
      "Each is a result.json, RESULTS.sqlite:POINT (a number or the start of a hash), or a scenario, which is run.",
      "  terse compare out/result.json scenarios/fashion.yaml --set platform.spu.lanes=8\n"
      "  terse compare out/results.sqlite:1 out/results.sqlite:7\n");
  options.positional("BEFORE");
  options.positional("AFTER");
  add_format(options);
  add_settings(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  const report::Format format = format_of(*values);
  const auto result = [&](const char* name, const std::vector<std::string>& over) {
    const std::string text = (*values)[name].as<std::string>();
    return compare::result_of(text, {text, 0, 0}, std::filesystem::current_path(), over);
  };
  const auto before = result("BEFORE", {});
  print(compare::difference(before, result("AFTER", settings(*values))), format);
  return exit_good;
}

}  // namespace terse::cli
