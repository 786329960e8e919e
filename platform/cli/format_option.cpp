#include "platform/cli/format_option.hpp"

#include <fmt/format.h>

namespace terse::cli {

namespace po = boost::program_options;

void add_format(Options& options) {
  options.add()("format", po::value<std::string>()->default_value("table"), "what to print: table | json | csv");
}

report::Format format_of(const po::variables_map& values) {
  const std::string& format = values["format"].as<std::string>();
  if (format == "table") return report::Format::table;
  if (format == "json") return report::Format::json;
  if (format == "csv") return report::Format::csv;
  throw UsageError(fmt::format("--format is '{}'; known: table, json, csv", format));
}

}  // namespace terse::cli
