#include "platform/cli/options.hpp"

#include <fmt/format.h>

#include <iostream>

namespace terse::cli {

namespace po = boost::program_options;

Options::Options(std::string usage, std::string summary, std::string examples)
    : usage_(std::move(usage)), summary_(std::move(summary)), examples_(std::move(examples)) {
  add()("help,h", "this text");
}

void Options::positional(const std::string& name, bool required) {
  positional_.push_back({.name = name, .required = required});
}

void Options::positionals(const std::string& name) {
  positional_.push_back({.name = name, .many = true});
}

std::optional<po::variables_map> Options::parse(const Arguments& arguments) {
  po::options_description all;
  all.add(visible_);
  po::positional_options_description position;
  for (const auto& [name, required, many] : positional_) {
    if (many) {
      all.add_options()(name.c_str(), po::value<std::vector<std::string>>());
    } else {
      all.add_options()(name.c_str(), po::value<std::string>());
    }
    position.add(name.c_str(), many ? -1 : 1);
  }
  po::variables_map values;
  try {
    po::store(po::command_line_parser(arguments).options(all).positional(position).run(), values);
    if (values.count("help") == 0) po::notify(values);  // --help alone needs no required option
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}; usage: terse {}; see --help", error.what(), usage_));
  }
  if (values.count("help") != 0) {
    std::ostringstream options;
    options << visible_;
    std::cout << "usage: terse " << usage_ << "\n\n"
              << summary_ << "\n\n"
              << options.str() << "\nExamples:\n"
              << examples_;
    return std::nullopt;
  }
  for (const auto& [name, required, many] : positional_) {
    if (required && values.count(name) == 0)
      throw UsageError(fmt::format("{} is missing; usage: terse {}; see --help", name, usage_));
  }
  return values;
}

void add_settings(Options& options) {
  options.add()("set", po::value<std::vector<std::string>>()->composing(),
                "KEY=VALUE, over the file's; repeatable. Example: --set platform.tmac.output_channels=64");
}

std::vector<std::string> settings(const po::variables_map& values) {
  return values.count("set") == 0 ? std::vector<std::string>{} : values["set"].as<std::vector<std::string>>();
}

}  // namespace terse::cli
