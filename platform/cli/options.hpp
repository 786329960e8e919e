#pragma once
// Command-line options of one command, on Boost.Program_options, with --help and its examples in one place.
#include <boost/program_options.hpp>
#include <optional>
#include <string>

#include "platform/cli/commands.hpp"

namespace terse::cli {

/// A wrong command line; exit code 2.
class UsageError : public std::exception {
 public:
  explicit UsageError(std::string message) : message_(std::move(message)) {}
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

class Options {
 public:
  /// `usage` without the program's name, e.g. "run SCENARIO.yaml [options]".
  Options(std::string usage, std::string summary, std::string examples);

  boost::program_options::options_description_easy_init add() { return visible_.add_options(); }
  /// The next positional argument.
  void positional(const std::string& name, bool required = true);
  /// Any number of positional arguments, at least one; read back as a vector of strings.
  void positionals(const std::string& name);

  /// Parses. Nothing when --help was asked for (and printed). Throws UsageError.
  std::optional<boost::program_options::variables_map> parse(const Arguments& arguments);

 private:
  struct Positional {
    std::string name;
    bool required = true;
    bool many = false;
  };

  std::string usage_, summary_, examples_;
  std::vector<Positional> positional_;
  boost::program_options::options_description visible_{"Options"};
};

/// Adds --set, read back with settings().
void add_settings(Options& options);
std::vector<std::string> settings(const boost::program_options::variables_map& values);

}  // namespace terse::cli
